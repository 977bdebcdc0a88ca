"""Somebody who has done everything that a person can do in a shop, so that every table knows of them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import inspect, select

from doors import ClientOf
from make import accounts, community, factors, jobs, orders, reviews
from make.answers import made
from make.tasks import settle
from merkato.domains.payments.models import Charge, Refunded, ReversalState
from merkato.domains.payments.providers.simulated import Simulated
from merkato.domains.privacy.queries import Part, Person
from merkato.domains.reconciliation import flows
from merkato.kit.database import Database
from merkato.kit.privacy import Says, said_by
from services.authenticator import Authenticator

EMAIL: Final = "Annabella.Quist@example.com"
NEXT_EMAIL: Final = "quistling@example.org"
NAME: Final = "Annabella Quistgaard"
PLACE: Final = {
    "name": NAME,
    "company": "Quistwerk",
    "line1": "Zwirngasse 77",
    "line2": "Hinterhaus Drosselflur",
    "city": "Kleinziegenfeld",
    "postal_code": "96260",
    "country": "DE",
    "phone": "+49 30 5550199",
}
PROFILE: Final = {"handle": "quistella", "name": NAME, "bio": "Grows quistmoss.", "location": "Quistheim"}
TRACKING: Final = {"carrier": "DHL", "number": "QUISTPARCEL77", "url": "https://parcels.example/QUISTPARCEL77"}
WORDS: Final = ("quist", "zwirngasse", "drosselflur", "kleinziegenfeld", "96260", "5550199")
"""Whatever is about her holds one of these."""


class Miser(Simulated):
    """The simulated provider, which gives nothing back."""

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:  # noqa: ARG002
        return Refunded(ReversalState.FAILED, reason="No account of Annabella Quistgaard.")


@dataclass(frozen=True)
class Life:
    """Her client, her id, and her placed orders: arrived with a return, arrived as a guest's, cancelled in the kitchen."""

    client: httpx.AsyncClient
    id: str
    orders: list[dict[str, Any]]


async def full(app: FastAPI, client_of: ClientOf, staff: httpx.AsyncClient, other: httpx.AsyncClient) -> Life:
    """`staff` serve her, `other` is a customer whose review she likes. She is staff too, so that the tables about staff know her."""
    database: Database = app.state.database
    client, guest = client_of(app), client_of(app)
    mug = await orders.product(database, title="Mug", stock=50)
    soup = await orders.product(
        database, title="Soup", stock=50, fulfilment="kitchen", variant={"requires_shipping": False}
    )
    guests = await _bought(guest, mug, email=EMAIL.upper())
    await accounts.register_as(app, EMAIL, NAME, ["staff"])
    client.headers["Authorization"] = f"Bearer {(await accounts.log_in(client, EMAIL))['access_token']}"
    client.headers["User-Agent"] = "Quistbrowser/1.0"
    await accounts.log_in(client, EMAIL)
    verification = {"token": await accounts.verification_token(app, EMAIL.lower())}
    assert (await client.post("/v1/auth/verifications", json=verification)).status_code == 204
    await settle(app)
    await _told(client)
    sold = await _bought(client, mug, email=EMAIL)
    for order in (sold, guests):
        await _arrived(app, staff, order)
    await _sent_back(app, client, staff, sold)
    cooked = await _bought(client, soup, email=EMAIL)
    await settle(app)
    assert (await client.post(f"/v1/orders/{cooked['id']}/cancel", json={})).status_code == 200
    await _liked(client, staff, other, mug["product_id"])
    await _left_open(app, client, mug)
    await _hired(client, other)
    await _earned(client, other, staff)
    await _posted(client, other)
    await _worked(client, mug)
    await settle(app)
    account_id = UUID((await client.get("/v1/me")).json()["id"])
    await accounts.known_elsewhere(app, account_id, EMAIL.lower())
    found = [(await staff.get(f"/v1/orders/{order['id']}")).json() for order in (sold, guests, cooked)]
    return Life(client, str(account_id), found)


async def _bought(client: httpx.AsyncClient, thing: dict[str, str], **said: object) -> dict[str, Any]:
    await orders.cart(client, (thing["variant_id"], 1))
    shown = await orders.checkout(client, shipping_address=PLACE, billing_address=PLACE, **said)
    answer = await orders.complete(client, shown)
    assert answer.status_code == 201, answer.text
    placed: dict[str, Any] = answer.json()
    return placed


async def _told(client: httpx.AsyncClient) -> None:
    assert (await client.put("/v1/me/profile", json=PROFILE)).status_code == 200
    await made(client, "/v1/me/addresses", **PLACE)
    wish = {"email": NEXT_EMAIL, "password": accounts.PASSWORD}
    assert (await client.post("/v1/me/email", json=wish)).status_code == 202
    assert (await client.post("/v1/auth/password-resets", json={"email": EMAIL})).status_code == 202


async def _arrived(app: FastAPI, staff: httpx.AsyncClient, order: dict[str, Any]) -> None:
    sent = await made(staff, f"/v1/orders/{order['id']}/fulfilments", tracking=TRACKING)
    for verb in ("dispatch", "deliver"):
        assert (await staff.post(f"/v1/fulfilments/{sent['id']}/{verb}")).status_code == 200
    await settle(app)


async def _sent_back(app: FastAPI, client: httpx.AsyncClient, staff: httpx.AsyncClient, order: dict[str, Any]) -> None:
    """One return is refused, and the money of another first does not come back."""
    url, line = f"/v1/orders/{order['id']}/returns", {"line_id": order["lines"][0]["id"], "quantity": 1}
    refused = await made(client, url, lines=[line], reason="Too small for a Quistgaard.")
    rejection = {"reason": "Mrs Quistgaard has worn it."}
    assert (await staff.post(f"/v1/returns/{refused['id']}/reject", json=rejection)).status_code == 200
    generous = app.state.payment_providers["simulated"]
    app.state.payment_providers["simulated"] = Miser(app.state.database)
    refund = {"amount": 10, "reason": "For Annabella Quistgaard, with our regrets."}
    key = {"Idempotency-Key": f"refund-{order['id']}"}
    answer = await staff.post(f"/v1/orders/{order['id']}/refunds", json=refund, headers=key)
    assert answer.status_code == 201, answer.text
    await flows.reconcile(app.state.database, app.state.payment_providers, app.state.settings)
    app.state.payment_providers["simulated"] = generous
    (finding,) = (await staff.get("/v1/reconciliation?state=open")).json()["data"]
    note = {"note": "Told Mrs Quistgaard by phone."}
    assert (await staff.post(f"/v1/reconciliation/{finding['id']}/resolve", json=note)).status_code == 200


async def _liked(client: httpx.AsyncClient, staff: httpx.AsyncClient, other: httpx.AsyncClient, product: str) -> None:
    await reviews.approved(client, staff, product, rating=1, title="Not for a Quist", body="The quist is too small.")
    others = await reviews.approved(other, staff, product)
    assert (await client.post(f"/v1/reviews/{others['id']}/votes")).status_code == 201
    assert (await client.put(f"/v1/me/wishlist/{product}")).status_code == 204


async def _left_open(app: FastAPI, client: httpx.AsyncClient, mug: dict[str, str]) -> None:
    """A cart with an open checkout, one that was declined and closed, and an order that is not paid."""
    await orders.cart(client, (mug["variant_id"], 2))
    closed = await orders.checkout(client, email=EMAIL, shipping_address=PLACE)
    assert (await orders.complete(client, closed, "decline")).status_code == 402
    assert (await client.post(f"/v1/checkouts/{closed['id']}/cancel")).status_code == 200
    await orders.checkout(client, email=EMAIL, shipping_address=PLACE, billing_address=PLACE)
    await orders.later(client, (mug["variant_id"], 1))
    await settle(app)


async def _hired(client: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
    """One job that was done for her, one that she did, and an offer of hers that waits."""
    said = {"title": "Moss for the Quists", "description": "Quistmoss.", "place": "Quistheim"}
    for owner, worker in ((client, other), (other, client)):
        told = said | {"wished_on": ["2099-01-01"]} if owner is client else {}
        job = await jobs.job(owner, **told)
        offered = await jobs.offer(
            worker, job["id"], **({"message": "Quist at your service."} if owner is other else {})
        )
        await made(client, f"/v1/jobs/{job['id']}/offers/{offered['id']}/messages", text="Ring at Quistgaard.")
        await jobs.done(owner, job["id"], offered["id"], "accept")
        words = {"headline": "Quists know", "comment": "Said of or by a Quist."}
        await made(owner, f"/v1/jobs/{job['id']}/evaluation", **{**jobs.GOOD, **words})
        if worker is client:
            reply = await worker.put(f"/v1/jobs/{job['id']}/evaluation/reply", json={"text": "Quistly yours."})
            assert reply.status_code == 200, reply.text
    await jobs.offer(client, (await jobs.job(other))["id"], message="Quist would do it.")


async def _earned(client: httpx.AsyncClient, other: httpx.AsyncClient, staff: httpx.AsyncClient) -> None:
    """A job that she did was paid through the shop, and a part of it was paid out to her."""
    job_id, _ = await jobs.paid(other, client)
    await jobs.done(other, job_id, "complete")
    account_id = (await client.get("/v1/me")).json()["id"]
    said = {"account_id": account_id, "amount": {"amount": 100, "currency": "EUR"}, "reference": "SEPA 42"}
    sent = await staff.post("/v1/payouts", json=said, headers={"Idempotency-Key": account_id})
    assert sent.status_code == 201, sent.text


async def _posted(client: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
    own = await community.post(client, title="Quist asks", content="Where grows quistmoss?", tags=["quisttag"])
    await community.comment(other, own["id"])
    theirs = await community.post(other)
    asked = await community.comment(client, theirs["id"], "Quist does not know.")
    await community.comment(other, theirs["id"], "Nor do I.", parent_id=asked["id"])
    assert (await client.post(f"/v1/posts/{theirs['id']}/votes")).status_code == 201
    await community.report(client, f"/v1/posts/{theirs['id']}", note="Annoys the Quists.")


async def _worked(client: httpx.AsyncClient, mug: dict[str, str]) -> None:
    key = {"name": "Stock of the warehouse", "scopes": ["inventory:write"]}
    assert (await client.post("/v1/api-keys", json=key)).status_code == 201
    moved = {"delta": 3, "reason": "found behind the shelf"}
    assert (await client.post(f"/v1/variants/{mug['variant_id']}/stock/movements", json=moved)).status_code == 201
    await factors.add_passkey(client, Authenticator(), "Phone of Annabella Quistgaard")
    await factors.switch_on(client)


async def rows(database: Database, part: Part, account_id: UUID) -> list[dict[str, Any]]:
    """What is kept of somebody in one table."""
    async with database.reading() as session:
        kept = select(*inspect(part.table).columns).where(part.belongs(Person(account_id)))
        return [dict(row) for row in (await session.execute(kept)).mappings()]


def columns(part: Part, *kinds: Says) -> list[str]:
    """Those of its columns that say such things."""
    return [each.key for each in inspect(part.table).columns if said_by(part.table.privacy, each) in kinds]
