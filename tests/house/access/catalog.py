"""Who may do what with categories, products, pictures, variants and stock."""

from house.access.matrix import People, Row, everyone, prepares, staff
from make import products
from merkato.kit.ids import new

WRITE = "catalog:write"
WHITE = {"url": "https://pictures.test/white.jpg"}


@prepares("category_id")
async def category(people: People) -> str:
    return str(await products.category(people.app.state.database, "Mugs"))


@prepares("product_id")
async def product(people: People) -> str:
    return str((await products.product(people.app.state.database))["product_id"])


@prepares("draft_id")
async def draft(people: People) -> str:
    return str((await products.product(people.app.state.database, status="draft"))["product_id"])


@prepares("bare_id")
async def bare(people: People) -> str:
    answer = await people.staff.post("/v1/products", json={"title": "Mug"})
    return str(answer.json()["id"])


@prepares("variant_id")
async def variant(people: People) -> str:
    return str((await products.product(people.app.state.database))["variant_id"])


@prepares("media_id")
async def media(people: People) -> str:
    made = await products.product(people.app.state.database)
    return str((await people.staff.post(f"/v1/products/{made['product_id']}/media", json=WHITE)).json()["id"])


@prepares("uploaded")
async def uploaded(people: People) -> str:
    made = await products.product(people.app.state.database)
    sent = {"file": ("dot.gif", products.DOT, "image/gif")}
    return str((await people.staff.post(f"/v1/products/{made['product_id']}/media", files=sent)).json()["url"])


@prepares("unknown")
async def unknown(_people: People) -> str:
    return str(new())


STOCK = "/v1/variants/{variant_id}/stock"
SOLD = {"price": {"amount": 1200, "currency": "EUR"}}

ROWS = (
    everyone("GET /v1/categories"),
    everyone("GET /v1/categories/{category}", at="/v1/categories/{category_id}"),
    staff("POST /v1/categories", 201, body={"name": "Mugs"}),
    staff("PATCH /v1/categories/{category_id}", body={"name": "Cups"}),
    staff("DELETE /v1/categories/{category_id}", 204),
    everyone("GET /v1/products/{product}", at="/v1/products/{product_id}"),
    everyone("GET /v1/products/{product}", 404, at="/v1/products/{unknown}"),
    Row("GET /v1/products/{product}", 404, 404, 404, 200, 200, at="/v1/products/{draft_id}", scopes=(WRITE,)),
    staff("POST /v1/products", 201, body={"title": "Mug"}),
    staff("PATCH /v1/products/{product_id}", body={"title": "Cup"}),
    staff("DELETE /v1/products/{product_id}", 204),
    staff("POST /v1/products/{product_id}/media", 201, body=WHITE),
    staff("DELETE /v1/media/{media_id}", 204),
    everyone("GET /media/{name}", at="{uploaded}"),
    staff("POST /v1/products/{product_id}/variants", 201, at="/v1/products/{bare_id}/variants", body=SOLD),
    staff("PATCH /v1/variants/{variant_id}", body=SOLD),
    staff("DELETE /v1/variants/{variant_id}", 204),
    staff(f"GET {STOCK}"),
    staff(f"PUT {STOCK}", body={"on_hand": 3}),
    staff(f"GET {STOCK}/movements"),
    staff(f"POST {STOCK}/movements", 201, body={"delta": 3, "reason": "delivery"}),
)
