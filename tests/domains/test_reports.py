"""Reports: figures by day and currency that agree with the orders they are made of."""

from datetime import timedelta

import httpx

from doors import SignIn
from make import orders
from make.answers import pointers
from make.orders import product
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new

REPORTS = "/v1/reports"


async def test_figures_agree_with_the_orders(staff: httpx.AsyncClient, sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    mug, cup = await product(database, price=1200), await product(database, title="Cup", price=500, stock=3)
    today, tomorrow = (str((clock.now() + timedelta(days=days)).date()) for days in (0, 1))
    placed = [await orders.order(anna, (mug["variant_id"], 2)), await orders.order(anna, (cup["variant_id"], 1))]
    with clock.moved(timedelta(days=1)):
        # Yesterday's sessions are over.
        again, helper = await sign_in("Bob"), await sign_in("Helper", "staff")
        later = await orders.order(again, (cup["variant_id"], 1))
        refund = f"/v1/orders/{placed[0]['id']}/refunds"
        assert (await helper.post(refund, json={"amount": 700}, headers={"Idempotency-Key": str(new())})).is_success
        assert (await again.post(f"/v1/orders/{later['id']}/cancel")).status_code == 200
    period = f"since={today}&until={tomorrow}"
    first, second = (await staff.get(f"{REPORTS}/sales?{period}")).json()["data"]
    total = sum(orders.total(each) for each in placed)
    assert (first["day"], first["currency"], first["orders"]) == (today, "EUR", 2)
    assert (first["total"], first["captured"], first["credited"], first["refunded"]) == (total, total, 0, 0)
    assert first["sales"] + first["shipping"] + first["tax"] - first["discounts"] == total
    assert first["tax"] == sum(tax["amount"] for each in placed for tax in each["taxes"])
    assert (second["day"], second["orders"], second["total"]) == (tomorrow, 1, orders.total(later))
    given_back = 700 + orders.total(later)
    assert (second["credited"], second["refunded"]) == (given_back, given_back)
    assert (await staff.get(f"{REPORTS}/sales?since={tomorrow}&until={tomorrow}")).json()["data"] == [second]
    # Without what was cancelled, and what brought the most first.
    sold = (await staff.get(f"{REPORTS}/products?{period}")).json()["data"]
    told = [(each["product_id"], each["title"], each["orders"], each["units"], each["total"]) for each in sold]
    assert told == [(mug["product_id"], "Mug", 1, 2, 2400), (cup["product_id"], "Cup", 1, 1, 500)]
    came = (await staff.get(f"{REPORTS}/customers?{period}")).json()["data"]
    assert [tuple(each.values()) for each in came] == [(today, 2, 1, 0), (tomorrow, 2, 1, 0)]
    left = (await staff.get(f"{REPORTS}/stock?limit=1")).json()
    rest = (await staff.get(f"{REPORTS}/stock?limit=1&cursor={left['next']}")).json()
    assert rest["next"] is None
    figures = {each["sku"]: each["available"] for page in (left, rest) for each in page["data"]}
    assert figures == {mug["sku"]: 8, cup["sku"]: 2}
    scarce = (await staff.get(f"{REPORTS}/stock?below=3")).json()["data"]
    assert [(each["title"], each["on_hand"], each["reserved"], each["available"]) for each in scarce] == [
        ("Cup", 3, 1, 2)
    ]


async def test_a_period_has_its_limits(staff: httpx.AsyncClient) -> None:
    for wrong in (
        "since=2026-02-01&until=2026-01-31",
        "since=2025-01-01&until=2026-01-02",
        "since=2024-01-01",
    ):
        assert pointers(await staff.get(f"{REPORTS}/sales?{wrong}")) == {"/until"}, wrong
    for wrong in ("today", "0001-01-01", "9999-12-31", "2026-02-30", "\x00"):
        assert pointers(await staff.get(f"{REPORTS}/sales", params={"until": wrong})) == {"/until"}, wrong
    longest = await staff.get(f"{REPORTS}/customers?since=2024-01-01&until=2024-12-31")
    assert (longest.status_code, longest.json()) == (200, {"data": [], "next": None})
