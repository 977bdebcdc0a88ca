"""The accounts of people whose tokens an issuer beside ours makes: whose they are, what they lack, and how they end."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text, update

from doors import ClientOf, SignIn
from make import accounts, factors, products, tasks
from make.accounts import PASSWORD, log_in
from merkato.domains.identity.models import Account, OutsideIdentity, Purpose
from merkato.kit.database import Database
from merkato.settings import Settings
from services.issuer import Json, Provider, accepting

VERIFIED: Json = {"email": "anna@example.com", "email_verified": True, "name": "Anna Example"}


@pytest.fixture
async def settings(settings: Settings, provider: Provider) -> Settings:
    return accepting(settings, provider)


async def ask(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})


async def count(database: Database, kind: type[Account | OutsideIdentity]) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_an_account_with_a_verified_address_is_the_same_person(
    app: FastAPI, provider: Provider, client: httpx.AsyncClient
) -> None:
    email = await accounts.register(app, "Anna")
    await client.post("/v1/auth/verifications", json={"token": await accounts.verification_token(app, email)})
    own = await log_in(client, email)
    linked = (await ask(client, provider.order_token(**VERIFIED))).json()
    assert linked["id"] == (await ask(client, own["access_token"])).json()["id"]
    assert linked["name"] == "Anna"


NOT_THE_SAME: dict[str, Json] = {
    "nobody says that it is verified": {"email": "anna@example.com"},
    "it is not": {"email": "anna@example.com", "email_verified": False},
    "a word is not true": {"email": "anna@example.com", "email_verified": "true"},
}


async def test_an_address_that_nobody_has_verified_opens_no_account(
    app: FastAPI, provider: Provider, client: httpx.AsyncClient
) -> None:
    email = await accounts.register(app, "Anna")
    await client.post("/v1/auth/verifications", json={"token": await accounts.verification_token(app, email)})
    for number, (what, claims) in enumerate(NOT_THE_SAME.items()):
        made = (await ask(client, provider.order_token(f"anna-{number}", **claims))).json()
        assert made["email"] == f"{made['id']}@unknown.invalid", what
        assert not made["email_verified"]


@pytest.mark.parametrize("roles", [[], ["admin"]], ids=["never verified", "of staff"])
async def test_an_account_that_is_not_shown_to_be_theirs_is_not_handed_over(
    app: FastAPI, provider: Provider, client: httpx.AsyncClient, roles: list[str]
) -> None:
    email = await accounts.register(app, "Anna", roles)
    if roles:
        await client.post("/v1/auth/verifications", json={"token": await accounts.verification_token(app, email)})
    made = (await ask(client, provider.order_token(**VERIFIED))).json()
    assert (made["email"], made["roles"]) == (f"{made['id']}@unknown.invalid", ["customer"])


async def test_a_locked_account_is_401_at_once(
    provider: Provider, client: httpx.AsyncClient, database: Database
) -> None:
    assert (await ask(client, provider.order_token())).status_code == 200
    async with database.transaction() as session:
        await session.execute(update(Account).values(active=False))
    assert (await ask(client, provider.order_token())).status_code == 401


async def test_a_deleted_account_stays_deleted(
    provider: Provider, client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Authorization": f"Bearer {provider.order_token(**VERIFIED)}"}
    for _ in range(2):
        assert (await client.delete("/v1/me", headers=headers)).status_code in {204, 401}
    assert (await ask(client, provider.order_token(**VERIFIED))).status_code == 401
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM identity_ended_identities")) == 1
    assert await count(database, OutsideIdentity) == 0
    assert await count(database, Account) == 1


async def test_an_account_without_an_address_orders_and_no_mail_goes_nowhere(
    app: FastAPI, provider: Provider, client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    sku = (await products.product(database))["sku"]
    client.headers["Authorization"] = f"Bearer {provider.order_token()}"
    order = (await client.post("/v1/orders", json={"lines": [{"sku": sku}]})).json()
    pay = {"payment": {"provider": "simulated", "token": "success"}}
    headers = {"Idempotency-Key": "pay"}
    assert (await client.post(f"/v1/orders/{order['id']}/pay", json=pay, headers=headers)).status_code == 200
    assert (await client.post("/v1/auth/verifications/send")).status_code == 204
    await tasks.settle(app)
    assert not [*settings.mail_folder.glob("*")]
    async with database.reading() as session:
        states = (await session.scalars(text("SELECT state FROM notifications_messages"))).all()
    assert set(states) == {"dropped"}
    variant = (await products.product(database, title="Cup"))["variant_id"]
    checkout = await client.post("/v1/checkouts", json={"lines": [{"variant_id": str(variant), "quantity": 1}]})
    assert checkout.json()["email"] is None


async def test_an_account_without_a_password_gets_an_address_and_then_a_password(
    app: FastAPI, provider: Provider, client: httpx.AsyncClient
) -> None:
    client.headers["Authorization"] = f"Bearer {provider.order_token()}"
    wish = {"email": "anna@example.com"}
    wrong = await client.patch("/v1/me", json={"password": "a new and long one", "current_password": PASSWORD})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong-password")
    me = (await client.get("/v1/me")).json()
    form = {"grant_type": "password", "username": me["email"], "password": "locked"}
    assert (await client.post("/v1/auth/tokens", data=form)).status_code == 401
    assert (await client.post("/v1/me/email", json=wish)).status_code == 202
    confirmed = {"token": await accounts.mailed_token(app, "anna@example.com", Purpose.CHANGE)}
    assert (await client.post("/v1/auth/email-changes/confirm", json=confirmed)).status_code == 204
    # Whoever found the device signed in does not take the address away that a password would be sent to.
    refused = await client.post("/v1/me/email", json={"email": "thief@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong-password")
    reset = {"token": await accounts.reset_token(app, "anna@example.com"), "password": PASSWORD}
    assert (await client.post("/v1/auth/password-resets/confirm", json=reset)).status_code == 204
    assert await log_in(client, "anna@example.com")
    missing = await client.post("/v1/me/email", json={"email": "other@example.com"})
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/password")


async def test_an_account_with_a_second_factor_takes_no_token_of_others(
    app: FastAPI, provider: Provider, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    anna = await sign_in()
    await client.post(
        "/v1/auth/verifications", json={"token": await accounts.verification_token(app, "anna@example.com")}
    )
    linked = await ask(client, provider.order_token(**VERIFIED))
    assert linked.json()["id"] == (await anna.get("/v1/me")).json()["id"]
    await factors.switch_on(anna)
    assert (await ask(client, provider.order_token(**VERIFIED))).status_code == 401


async def test_a_token_of_others_is_no_second_factor_of_staff(
    make_app: Callable[[Settings], FastAPI], client_of: ClientOf, settings: Settings, provider: Provider
) -> None:
    app = make_app(settings.model_copy(update={"staff_mfa": True}))
    client = client_of(app)
    bearer = {"Authorization": f"Bearer {provider.order_token()}"}
    assert (await client.get("/v1/me", headers=bearer)).status_code == 200
    async with app.state.database.transaction() as session:
        await session.execute(update(Account).values(roles=["admin"]))
    withheld = await client.get("/v1/accounts", headers=bearer)
    assert (withheld.status_code, withheld.json()["code"]) == (403, "second-factor-needed")
