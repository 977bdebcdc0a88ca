"""Everybody may look around."""

from house.access.matrix import everyone

ROWS = (
    everyone("GET /v1/products"),
    everyone("GET /v1/products/suggestions", at="/v1/products/suggestions?q=mug"),
)
