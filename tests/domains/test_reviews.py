"""Reviews: one per customer and product, shown once approved, counted right however many decide at once."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import text

from doors import SignIn
from make import orders, reviews
from make.answers import code, pointers
from make.orders import product
from merkato.kit.database import Database
from merkato.kit.ids import new


async def shown(client: httpx.AsyncClient, product_id: str, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/products/{product_id}/reviews{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def rating(client: httpx.AsyncClient, product_id: str) -> tuple[float, int]:
    """As the product's page and its place in lists say, which must be the same, and as its statistics do."""
    page = (await client.get(f"/v1/products/{product_id}")).json()["rating"]
    (card,) = [each for each in (await client.get("/v1/products")).json()["data"] if each["id"] == product_id]
    stats = (await client.get(f"/v1/products/{product_id}/reviews/stats")).json()
    assert page == card["rating"] == {"average": stats["average"], "count": stats["count"]}
    assert sum(stats["stars"].values()) == stats["count"]
    return page["average"], page["count"]


async def test_a_review_is_said_once_within_its_limits(
    client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna, mug = await sign_in(), await product(database)
    path = f"/v1/products/{mug['product_id']}/reviews"
    for wrong in (0, 6, -1, 4.5, "5", True, None, 10**30):
        assert pointers(await anna.post(path, json=reviews.GOOD | {"rating": wrong})) == {"/rating"}, wrong
    wrong_words = {"title": " ", "body": "", "status": "approved", "account_id": str(new())}
    assert pointers(await anna.post(path, json=reviews.GOOD | wrong_words)) == {f"/{name}" for name in wrong_words}
    assert pointers(await anna.post(path, json=reviews.GOOD | {"body": "a" * 5_001})) == {"/body"}
    answers = await asyncio.gather(*(anna.post(path, json=reviews.GOOD) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert code(refused) == (409, "already-reviewed")
    (own,) = (await anna.get("/v1/me/reviews")).json()["data"]
    assert own["author"] == {"handle": "anna", "name": "Anna"}
    assert (own["status"], own["verified_purchase"], own["rating"]) == ("pending", False, 5)
    assert await shown(client, mug["product_id"]) == []
    assert await rating(client, mug["product_id"]) == (0.0, 0)
    for review_id in (str(new()), own["id"]):
        assert (await anna.post(f"/v1/reviews/{review_id}/votes")).status_code == 404
    draft = await product(database, title="Draft", status="draft")
    for nowhere in (str(new()), draft["product_id"]):
        assert (await anna.post(f"/v1/products/{nowhere}/reviews", json=reviews.GOOD)).status_code == 404
    # A patch of nothing changes nothing.
    assert (await anna.patch(f"/v1/reviews/{own['id']}", json={})).json() == own
    assert pointers(await anna.patch(f"/v1/reviews/{own['id']}", json={"rating": None})) == {"/rating"}


async def test_only_what_is_approved_is_shown_and_counted(
    client: httpx.AsyncClient, staff: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna, bob, mug = await sign_in(), await sign_in("Bob"), (await product(database))["product_id"]
    first = await reviews.approved(anna, staff, mug, rating=5)
    second = await reviews.approved(bob, staff, mug, rating=2)
    assert [each["id"] for each in await shown(client, mug)] == [second["id"], first["id"]]
    assert await rating(client, mug) == (3.5, 2)
    # Twice the same decision is one.
    assert (await staff.post(f"/v1/reviews/{first['id']}/approve")).json() == first
    assert await rating(client, mug) == (3.5, 2)
    # An edit is pending again; what staff approve is what they have read.
    changed = (await anna.patch(f"/v1/reviews/{first['id']}", json={"rating": 1, "body": "It broke."})).json()
    assert (changed["status"], changed["version"], changed["rating"]) == ("pending", 2, 1)
    assert [each["id"] for each in await shown(client, mug)] == [second["id"]]
    assert await rating(client, mug) == (2.0, 1)
    waiting = (await staff.get("/v1/reviews?status=pending")).json()["data"]
    assert waiting == [changed]
    approve = f"/v1/reviews/{first['id']}/approve"
    assert code(await staff.post(approve, json={"version": 1})) == (409, "review-changed")
    assert (await staff.post(approve, json={"version": 2})).status_code == 200
    assert await rating(client, mug) == (1.5, 2)
    assert (await staff.post(f"/v1/reviews/{second['id']}/reject")).json()["status"] == "rejected"
    assert await rating(client, mug) == (1.0, 1)
    assert (await bob.delete(f"/v1/reviews/{second['id']}")).status_code == 204
    assert (await anna.delete(f"/v1/reviews/{first['id']}")).status_code == 204
    assert await rating(client, mug) == (0.0, 0)
    # Who has deleted a review may write another.
    await reviews.approved(anna, staff, mug, rating=4)
    assert await rating(client, mug) == (4.0, 1)


async def test_votes_count_once_and_order_the_list(
    client: httpx.AsyncClient, staff: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    mug = (await product(database))["product_id"]
    older, newer = await reviews.approved(anna, staff, mug), await reviews.approved(bob, staff, mug)
    votes = f"/v1/reviews/{older['id']}/votes"
    assert code(await anna.post(votes)) == (409, "own-review")
    answers = await asyncio.gather(*(each.post(votes) for each in (eve, bob, staff, eve, eve)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 2
    assert code(await eve.post(votes)) == (409, "already-voted")
    first = (await client.get(f"/v1/products/{mug}/reviews?sort=helpful&limit=1")).json()
    assert [(each["id"], each["helpful"]) for each in first["data"]] == [(older["id"], 3)]
    rest = await shown(client, mug, f"?sort=helpful&limit=1&cursor={first['next']}")
    assert [(each["id"], each["helpful"]) for each in rest] == [(newer["id"], 0)]
    assert [each["id"] for each in await shown(client, mug)] == [newer["id"], older["id"]]
    assert (await eve.delete(votes)).status_code == 204
    assert (await eve.delete(votes)).status_code == 404
    assert [each["helpful"] for each in await shown(client, mug)] == [0, 2]


async def test_who_bought_it_is_marked(staff: httpx.AsyncClient, sign_in: SignIn, database: Database) -> None:
    anna, mug, other = await sign_in(), await product(database), await product(database, title="Cup")

    async def verified() -> dict[str, bool]:
        own = (await anna.get("/v1/me/reviews")).json()["data"]
        return {each["product_id"]: each["verified_purchase"] for each in own}

    for each in (mug, other):
        await reviews.review(anna, each["product_id"])
    unpaid = await orders.later(anna, (other["variant_id"], 1))
    placed = await orders.order(anna, (mug["variant_id"], 1))
    assert await verified() == {mug["product_id"]: True, other["product_id"]: False}
    assert (await orders.pay(anna, unpaid)).status_code == 200
    assert (await anna.post(f"/v1/orders/{placed['id']}/cancel")).status_code == 200
    assert await verified() == {mug["product_id"]: False, other["product_id"]: True}


async def test_a_rating_is_right_however_many_decide_at_once(
    client: httpx.AsyncClient, staff: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    mug = (await product(database))["product_id"]
    people = [await sign_in(f"Buyer {number}") for number in range(8)]
    written = [await reviews.review(each, mug, rating=1 + number % 5) for number, each in enumerate(people)]

    await asyncio.gather(*(staff.post(f"/v1/reviews/{each['id']}/approve") for each in written))
    assert await rating(client, mug) == (round(sum(each["rating"] for each in written) / 8, 2), 8)
    edits = [people[number].patch(f"/v1/reviews/{written[number]['id']}", json={"rating": 3}) for number in (0, 1)]
    gone = [people[number].delete(f"/v1/reviews/{written[number]['id']}") for number in (2, 3)]
    rejected = [staff.post(f"/v1/reviews/{written[number]['id']}/reject") for number in (4, 5)]
    approved = [staff.post(f"/v1/reviews/{written[number]['id']}/approve") for number in (6, 7)]
    answers = await asyncio.gather(*edits, *gone, *rejected, *approved)
    assert {answer.status_code for answer in answers} == {200, 204}
    assert await rating(client, mug) == (round((written[6]["rating"] + written[7]["rating"]) / 2, 2), 2)
    async with database.reading() as session:
        counted = await session.execute(text("SELECT avg(rating), count(*) FROM reviews WHERE status = 'approved'"))
        assert tuple(map(float, counted.one())) == await rating(client, mug)


async def test_why_a_review_was_rejected_is_told_to_its_author_alone(
    client: httpx.AsyncClient, staff: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna, mug = await sign_in(), (await product(database))["product_id"]
    review = await reviews.review(anna, mug)
    path, reason = f"/v1/reviews/{review['id']}", {"reason": "It names a person."}
    assert (review["status"], review["rejection_reason"]) == ("pending", None)
    assert pointers(await staff.post(f"{path}/reject", json={"reason": "a" * 1_001})) == {"/reason"}
    assert pointers(await staff.post(f"{path}/approve", json=reason)) == {"/reason"}
    rejected = (await staff.post(f"{path}/reject", json=reason)).json()
    (own,) = (await anna.get("/v1/me/reviews")).json()["data"]
    assert own == rejected
    assert (own["status"], own["rejection_reason"]) == ("rejected", reason["reason"])
    # Whatever is decided next, the reason is of the decision before.
    assert (await anna.patch(path, json={"body": "It is fine."})).json()["rejection_reason"] is None
    await staff.post(f"{path}/reject", json=reason)
    assert (await staff.post(f"{path}/approve")).json()["rejection_reason"] is None
    (told,) = await shown(client, mug)
    assert "rejection_reason" not in told
