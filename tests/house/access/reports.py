"""Who may see figures."""

from house.access.matrix import staff

ROWS = tuple(staff(f"GET /v1/reports/{name}") for name in ("sales", "products", "customers", "stock"))
