"""A second factor: an authenticator app, recovery codes, and what a store may demand of its staff."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from make import accounts, factors, products, tasks
from make.accounts import PASSWORD, log_in
from make.answers import code, pointers
from make.factors import answer_by_code, ask_by_password, bear, code_of, switch_on
from merkato.domains.identity.models import Purpose
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.settings import Settings
from services.authenticator import Authenticator

ANNA, NEXT = "anna@example.com", "a brand new password"
REFUSED = (401, "invalid-grant")
OFF = {"totp": False, "recovery_codes": 0, "passkeys": 0, "demanded": False}


async def read(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/v1/me/factors")).json()
    return found


async def methods(client: httpx.AsyncClient) -> list[str]:
    return [each["method"] for each in (await client.get("/v1/me/sessions")).json()["data"]]


async def letters(app: FastAPI, database: Database) -> list[str]:
    await tasks.settle(app)
    async with database.reading() as session:
        found = text("SELECT template FROM notifications_messages WHERE state = 'sent' ORDER BY id")
        return [str(each) for each in await session.scalars(found)]


async def test_an_app_is_confirmed_by_its_code_and_asked_for_at_the_log_in(
    client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna = await sign_in()
    assert await read(anna) == OFF
    begun = await anna.post("/v1/me/factors/totp", json={"password": PASSWORD})
    assert (begun.status_code, begun.headers["cache-control"]) == (201, "no-store")
    said = begun.json()
    app = pyotp.parse_uri(said["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert app.provisioning_uri() == said["uri"]
    assert said["uri"].startswith(f"otpauth://totp/Merkato:anna%40example.com?secret={said['secret']}")
    assert said["qr"].startswith("data:image/svg+xml")
    # Nothing is demanded before the app was confirmed; another call begins anew.
    await log_in(client, ANNA)
    assert await read(anna) == OFF
    secret = await factors.begin(anna)
    confirm = "/v1/me/factors/totp/confirm"
    assert code(await anna.post(confirm, json={"otp": code_of(said["secret"])})) == (403, "wrong-code")
    assert secret != said["secret"]
    with clock.moved(timedelta(hours=1, seconds=1)):
        bear(anna, await client.post("/v1/auth/tokens", data=form()))
        assert code(await anna.post(confirm, json={"otp": code_of(secret)})) == (409, "nothing-to-confirm")
    confirmed = await anna.post(confirm, json={"otp": f" {code_of(secret)[:3]} {code_of(secret)[3:]}"})
    assert (confirmed.status_code, confirmed.headers["cache-control"]) == (200, "no-store")
    codes = confirmed.json()["recovery_codes"]
    assert (len(set(codes)), {len(each) for each in codes}) == (10, {23})
    assert await read(anna) == OFF | {"totp": True, "recovery_codes": 10}
    assert code(await anna.post(confirm, json={"otp": code_of(secret, 1)})) == (409, "nothing-to-confirm")
    again = await anna.post("/v1/me/factors/totp", json={"password": PASSWORD})
    assert code(again) == (409, "second-factor-on")
    # The sessions that a password alone had opened are over, but the one that asked.
    assert await methods(anna) == ["otp"]
    async with database.reading() as session:
        (kept,) = await session.scalars(text("SELECT sealed FROM identity_authenticators"))
        hashes = str(list(await session.scalars(text("SELECT hash FROM identity_recovery_codes"))))
    assert secret.encode() not in kept
    assert all(each not in hashes for each in codes)


def form(password: str = PASSWORD) -> dict[str, str]:
    return {"grant_type": "password", "username": ANNA, "password": password}


async def test_a_log_in_takes_two_steps_and_brings_the_guests_cart(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    anna = await sign_in()
    secret, codes = await switch_on(anna)
    variant = str((await products.product(app.state.database, stock=3))["variant_id"])
    cart = (await client.post("/v1/cart/lines", json={"variant_id": variant, "quantity": 2})).json()
    client.headers["Cart-Token"] = cart["token"]
    refused = await client.post("/v1/auth/tokens", data=form("wrong password"))
    assert (code(refused), "mfa_token" in refused.json()) == (REFUSED, False)
    asked = await client.post("/v1/auth/tokens", data=form())
    assert (asked.json()["error"], asked.headers["cache-control"]) == ("mfa_required", "no-store")
    token = asked.json()["mfa_token"]
    assert "www-authenticate" in asked.headers
    # The token opens nothing by itself, and the cart is still the guest's.
    assert (await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401
    assert (await client.get("/v1/cart")).json()["lines"] != []
    wrong = await answer_by_code(client, token, "000000")
    assert (code(wrong), wrong.json()["error"]) == (REFUSED, "invalid_grant")
    answer = await answer_by_code(client, token, code_of(secret))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    bear(client, answer)
    assert (await client.get("/v1/cart")).json()["lines"][0]["quantity"] == 2
    assert await methods(client) == ["otp", "otp"]
    # Neither the token, nor the code, nor what the app showed before is good again.
    assert code(await answer_by_code(client, token, codes[0])) == REFUSED
    for used in (code_of(secret), code_of(secret, -1)):
        assert code(await answer_by_code(client, await ask_by_password(client, ANNA), used)) == REFUSED
    # A clock may be a step off, and no more.
    late = await ask_by_password(client, ANNA)
    assert code(await answer_by_code(client, late, code_of(secret, 2))) == REFUSED
    assert (await answer_by_code(client, late, code_of(secret, 1))).status_code == 200


async def test_a_recovery_code_stands_in_for_the_app_once(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna = await sign_in()
    secret, codes = await switch_on(anna)
    spelled = codes[0].upper().replace("-", " ").replace("0", "O").replace("1", "l")
    assert (await answer_by_code(client, await ask_by_password(client, ANNA), spelled)).status_code == 200
    assert code(await answer_by_code(client, await ask_by_password(client, ANNA), codes[0])) == REFUSED
    assert (await read(anna))["recovery_codes"] == 9
    url = "/v1/me/factors/recovery-codes"
    assert code(await anna.post(url, json={"otp": "12345"})) == (403, "wrong-code")
    renewed = await anna.post(url, json={"otp": code_of(secret)})
    assert (renewed.status_code, renewed.headers["cache-control"]) == (200, "no-store")
    token = await ask_by_password(client, ANNA)
    assert code(await answer_by_code(client, token, codes[1])) == REFUSED
    assert (await answer_by_code(client, token, renewed.json()["recovery_codes"][0])).status_code == 200
    bert = await sign_in("Bert")
    assert code(await bert.post(url, json={"otp": "123456"})) == (404, "not-found")


async def test_switching_off_needs_the_password_and_a_code(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna = await sign_in()
    await client.post("/v1/auth/verifications", json={"token": await accounts.verification_token(app, ANNA)})
    await letters(app, database)
    secret, codes = await switch_on(anna)
    for said, refusal in (
        ({"password": "wrong password", "otp": code_of(secret)}, (403, "wrong-password")),
        ({"password": PASSWORD, "otp": "000000"}, (403, "wrong-code")),
    ):
        assert code(await off(anna, said)) == refusal
    assert pointers(await off(anna, {"password": PASSWORD})) == {"/otp"}
    assert (await off(anna, {"password": PASSWORD, "otp": codes[3]})).status_code == 204
    assert await read(anna) == OFF
    assert await methods(anna) == ["password"]
    assert code(await off(anna, {"password": PASSWORD, "otp": codes[4]})) == (404, "not-found")
    await log_in(client, ANNA)
    assert (await letters(app, database))[-2:] == ["second_factor_added", "second_factor_removed"]
    # Nobody is written to at an address that may be a stranger's.
    await switch_on(await sign_in("Bert"))
    await tasks.settle(app)
    async with database.reading() as session:
        told = str(list(await session.scalars(text("SELECT payload FROM outbox_events"))))
        dropped = list(
            await session.scalars(text("SELECT template FROM notifications_messages WHERE state='dropped' ORDER BY id"))
        )
    assert dropped[-1] == "second_factor_added"
    assert secret not in told


async def off(client: httpx.AsyncClient, said: dict[str, str]) -> httpx.Response:
    return await client.request("DELETE", "/v1/me/factors/totp", json=said)


async def test_at_once_a_code_opens_one_session(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna = await sign_in()
    secret, codes = await switch_on(anna)
    for otp in (code_of(secret), codes[0]):
        asked = [await ask_by_password(client, ANNA) for _ in range(5)]
        answers = await asyncio.gather(*(answer_by_code(client, token, otp) for token in asked))
        assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    # One token with several codes opens one session too.
    token = await ask_by_password(client, ANNA)
    answers = await asyncio.gather(*(answer_by_code(client, token, each) for each in codes[1:5]))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    # Confirmed twice at once, it is on once, with one set of recovery codes.
    bert = await sign_in("Bert")
    begun = await factors.begin(bert)
    both = [code_of(begun, -1), code_of(begun)]
    confirmed = await asyncio.gather(*(bert.post("/v1/me/factors/totp/confirm", json={"otp": each}) for each in both))
    assert sorted(answer.status_code for answer in confirmed) == [200, 409]
    assert (await read(bert))["recovery_codes"] == 10


async def test_codes_that_are_guessed_are_counted_and_tokens_end(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna = await sign_in()
    secret, codes = await switch_on(anna)
    with clock.moved(timedelta(minutes=-6)):
        expired = await ask_by_password(client, ANNA)
    token = await ask_by_password(client, ANNA)
    forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    for wrong in (expired, forged, token[:30], "?", "é", "A" * 4_000):
        assert code(await answer_by_code(client, wrong, code_of(secret))) == REFUSED, wrong
    answers = await asyncio.gather(*(answer_by_code(client, token, f"{n:06}") for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 2
    last = await answer_by_code(client, token, codes[0])
    assert code(last) == (429, "too-many")
    assert 3_500 < int(last.headers["retry-after"]) <= 3_600
    # The same count for who sits at a signed-in device; nobody else is held up.
    assert code(await off(anna, {"password": PASSWORD, "otp": codes[0]})) == (429, "too-many")
    await switch_on(await sign_in("Bert"))


async def test_a_new_password_leaves_the_factor_on_and_ends_the_step_between(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    anna = await sign_in()
    secret, codes = await switch_on(anna)
    before = await ask_by_password(client, ANNA)
    reset = {"token": await accounts.reset_token(app, ANNA), "password": NEXT}
    assert (await client.post("/v1/auth/password-resets/confirm", json=reset)).status_code == 204
    assert code(await answer_by_code(client, before, codes[0])) == REFUSED
    token = await ask_by_password(client, ANNA, NEXT)
    assert (await answer_by_code(client, token, code_of(secret))).status_code == 200


async def test_whoever_changed_an_address_keeps_no_factor_of_theirs(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna, new = await sign_in(), "thief@example.org"
    await client.post("/v1/auth/verifications", json={"token": await accounts.verification_token(app, ANNA)})
    with clock.moved(timedelta(days=-8)):
        await factors.add_passkey(anna, Authenticator(), "Anna's own")
    await factors.add_passkey(anna, Authenticator(), "The thief's")
    await switch_on(anna)
    assert (await anna.post("/v1/me/email", json={"email": new, "password": PASSWORD})).status_code == 202
    change = {"token": await accounts.mailed_token(app, new, Purpose.CHANGE)}
    assert (await client.post("/v1/auth/email-changes/confirm", json=change)).status_code == 204
    undo = {"token": await accounts.mailed_token(app, ANNA, Purpose.UNDO)}
    assert (await client.post("/v1/auth/email-changes/undo", json=undo)).status_code == 204
    async with database.reading() as session:
        assert list(await session.scalars(text("SELECT name FROM identity_passkeys"))) == ["Anna's own"]
        for table in ("authenticators", "recovery_codes"):
            assert await session.scalar(text(f"SELECT count(*) FROM identity_{table}")) == 0


async def test_a_deleted_account_leaves_no_factor(sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    await switch_on(anna)
    await factors.add_passkey(anna, Authenticator())
    assert (await anna.delete("/v1/me")).status_code == 204
    async with database.reading() as session:
        for table in ("authenticators", "recovery_codes", "passkeys"):
            assert await session.scalar(text(f"SELECT count(*) FROM identity_{table}")) == 0


async def test_an_admin_helps_who_has_lost_everything(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    admin, anna, second = await sign_in("Admin", "admin"), await sign_in(), await sign_in("Second", "admin")
    ids = [(await each.get("/v1/me")).json()["id"] for each in (anna, second, admin)]
    urls = [f"/v1/accounts/{each}" for each in ids]
    await client.post("/v1/auth/verifications", json={"token": await accounts.verification_token(app, ANNA)})
    await switch_on(anna)
    await factors.add_passkey(anna, Authenticator())
    assert (await anna.delete(f"{urls[0]}/factors")).status_code == 403
    assert (await admin.delete(f"{urls[0]}/factors")).status_code == 204
    assert (await anna.get("/v1/me")).status_code == 401
    bear(anna, await client.post("/v1/auth/tokens", data=form()))
    assert await read(anna) == OFF
    (entry,) = (await admin.get("/v1/audit", params={"subject": ids[0]})).json()["data"]
    assert (entry["method"], entry["route"]) == ("DELETE", "/v1/accounts/{account_id}/factors")
    assert "identity_authenticators" in {each["table"] for each in entry["changes"]}
    assert (await letters(app, database))[-1] == "second_factor_removed"
    # Where there is nothing, nothing ends; nobody takes away what protects more than they may do, or their own.
    assert (await admin.delete(f"{urls[0]}/factors")).status_code == 204
    assert (await anna.get("/v1/me")).status_code == 200
    assert (await admin.patch(urls[1], json={"scopes": ["accounts:write"]})).status_code == 200
    assert code(await second.delete(f"{urls[2]}/factors")) == (403, "scopes-exceeded")
    assert code(await admin.delete(f"{urls[2]}/factors")) == (403, "not-allowed")


@pytest.fixture
def demanding(settings: Settings, make_app: Callable[[Settings], FastAPI]) -> FastAPI:
    """The same store, where staff need a second factor."""
    return make_app(settings.model_copy(update={"staff_mfa": True}))


NEEDED = (403, "second-factor-needed")
KEY = {"name": "Stock", "scopes": ["orders:read"]}


async def test_staff_without_a_second_factor_do_nothing_where_one_is_demanded(
    demanding: FastAPI, client_of: ClientOf, sign_in: SignIn
) -> None:
    before = await sign_in("Staff", "staff")
    secret = (await before.post("/v1/api-keys", json=KEY)).json()["secret"]
    staff, by_key, customer = (client_of(demanding) for _ in range(3))
    staff.headers["Authorization"] = before.headers["Authorization"]
    by_key.headers["Authorization"] = f"Bearer {secret}"
    customer.headers["Authorization"] = (await sign_in("Customer")).headers["Authorization"]
    assert (await before.get("/v1/orders?customer=all")).status_code == 200
    # Of a session from before the setting, and of the keys of its account, the roles are withheld.
    for path in ("/v1/orders?customer=all", "/v1/webhooks"):
        assert code(await staff.get(path)) == NEEDED
    assert code(await by_key.get("/v1/orders?customer=all")) == NEEDED
    for answer in (await staff.get("/v1/api-keys"), await staff.post("/v1/api-keys", json=KEY)):
        assert code(answer) == NEEDED
    # What is an account's own is not, and a customer is not asked for anything.
    assert (await staff.get("/v1/orders")).status_code == 200
    assert (await read(staff))["demanded"]
    assert not (await read(customer))["demanded"]
    assert code(await customer.get("/v1/webhooks")) == (403, "not-allowed")
    # With the factor the session may do what its roles allow, at once, and the keys too.
    shared, codes = await switch_on(staff)
    assert not (await read(staff))["demanded"]
    for who in (staff, by_key):
        assert (await who.get("/v1/orders?customer=all")).status_code == 200
    again = client_of(demanding)
    bear(again, await answer_by_code(again, await ask_by_password(again, "staff@example.com"), code_of(shared)))
    assert (await again.get("/v1/orders?customer=all")).status_code == 200
    # Without it, no longer.
    assert (await off(staff, {"password": PASSWORD, "otp": codes[0]})).status_code == 204
    for who in (staff, again, by_key):
        assert code(await who.get("/v1/orders?customer=all")) == NEEDED


async def test_where_one_is_demanded_a_password_adds_no_factor_beside_another(
    demanding: FastAPI, client_of: ClientOf, sign_in: SignIn
) -> None:
    await sign_in("Staff", "staff")
    staff, thief = client_of(demanding), client_of(demanding)
    await log_in_as(staff)
    await log_in_as(thief)
    waiting, mine = await factors.begin(thief), await factors.passkey_options(thief)
    device = Authenticator()
    passkey = await factors.add_passkey(staff, device)
    assert (await staff.get("/v1/orders?customer=all")).status_code == 200
    assert code(await thief.get("/v1/orders?customer=all")) == NEEDED
    for answer in (
        await thief.post("/v1/me/factors/totp", json={"password": PASSWORD}),
        await thief.post("/v1/me/factors/totp/confirm", json={"otp": code_of(waiting)}),
        await thief.post("/v1/me/passkeys/options", json={"password": PASSWORD}),
        await thief.post("/v1/me/passkeys", json={"credential": Authenticator().make(mine), "name": "Mine"}),
        await thief.request("DELETE", f"/v1/me/passkeys/{passkey}", json={"password": PASSWORD}),
    ):
        assert code(answer) == NEEDED
    bear(staff, await factors.log_in_by_passkey(staff, device.use(await factors.log_in_options(staff))))
    assert (await staff.get("/v1/orders?customer=all")).status_code == 200
    await switch_on(staff)


async def log_in_as(client: httpx.AsyncClient) -> None:
    client.headers["Authorization"] = f"Bearer {(await log_in(client, 'staff@example.com'))['access_token']}"


async def test_a_key_is_nobody_who_has_factors_or_a_name(client: httpx.AsyncClient, staff: httpx.AsyncClient) -> None:
    client.headers["Authorization"] = f"Bearer {(await staff.post('/v1/api-keys', json=KEY)).json()['secret']}"
    for method, path, said in (
        ("GET", "/v1/me/factors", None),
        ("POST", "/v1/me/factors/totp", {"password": PASSWORD}),
        ("POST", "/v1/me/passkeys/options", {"password": PASSWORD}),
        ("PATCH", "/v1/me", {"name": "Somebody"}),
        ("POST", "/v1/me/email", {"email": "key@example.com", "password": PASSWORD}),
    ):
        assert code(await client.request(method, path, json=said)) == (403, "not-allowed"), path
