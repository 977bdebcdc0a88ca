"""Passkeys: made and used by an authenticator in software, which is then made to lie."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import cbor2
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as some
from sqlalchemy import text

from doors import ClientOf, SignIn
from make import accounts, products, tasks
from make.accounts import PASSWORD
from make.answers import code, pointers
from make.factors import add_passkey, bear, log_in_by_passkey, log_in_options, passkey_options, switch_on
from merkato.domains.identity.flows import relying_party
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.settings import Settings
from services.authenticator import ATTESTED, PRESENT, VERIFIED, Authenticator, decoded, encoded

REFUSED = (401, "invalid-grant")
NOT_TAKEN = (422, "passkey-refused")


async def use(client: httpx.AsyncClient, device: Authenticator) -> httpx.Response:
    return await log_in_by_passkey(client, device.use(await log_in_options(client)))


async def add(client: httpx.AsyncClient, credential: object, name: object = "My phone") -> httpx.Response:
    return await client.post("/v1/me/passkeys", json={"credential": credential, "name": name})


async def test_a_passkey_opens_its_account_without_a_name(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    anna, device = await sign_in(), Authenticator()
    options = await passkey_options(anna)
    assert (options["rp"], options["user"]["name"]) == ({"name": "Merkato", "id": "localhost"}, "anna@example.com")
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    added = await add(anna, device.make(options))
    assert (added.status_code, added.headers["location"]) == (201, f"/v1/me/passkeys/{added.json()['id']}")
    assert (added.json()["name"], added.json()["last_used_at"]) == ("My phone", None)
    # What the device has is not asked for once more.
    excluded = (await passkey_options(anna))["excludeCredentials"]
    assert [each["id"] for each in excluded] == [encoded(device.credential_id)]

    variant = str((await products.product(app.state.database, stock=3))["variant_id"])
    cart = (await client.post("/v1/cart/lines", json={"variant_id": variant, "quantity": 2})).json()
    client.headers["Cart-Token"] = cart["token"]
    asked = await log_in_options(client)
    assert (asked["userVerification"], asked["allowCredentials"]) == ("required", [])
    answer = await log_in_by_passkey(client, device.use(asked))
    assert answer.headers["cache-control"] == "no-store"
    bear(client, answer)
    assert (await client.get("/v1/me")).json()["email"] == "anna@example.com"
    assert (await client.get("/v1/cart")).json()["lines"][0]["quantity"] == 2
    assert [each["method"] for each in (await client.get("/v1/me/sessions")).json()["data"]] == ["passkey"] * 2
    assert (await anna.get(f"/v1/me/passkeys/{added.json()['id']}")).json()["last_used_at"] is not None
    # It is two factors in one: where an app is on as well, no code is asked for.
    await switch_on(anna)
    assert (await use(client, device)).status_code == 200


async def test_passkeys_are_listed_renamed_and_deleted(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna, bert, phone = await sign_in(), await sign_in("Bert"), Authenticator()
    first = await add_passkey(anna, phone)
    await add_passkey(anna, Authenticator(), "My key ring")
    url = f"/v1/me/passkeys/{first}"
    renamed = await anna.patch(url, json={"name": "Old phone"})
    assert (renamed.status_code, set(renamed.json())) == (200, {"id", "name", "created_at", "last_used_at"})
    listed = (await anna.get("/v1/me/passkeys")).json()["data"]
    assert [each["name"] for each in listed] == ["Old phone", "My key ring"]
    assert (await anna.get("/v1/me/factors")).json()["passkeys"] == 2
    for method, said in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", {"password": PASSWORD})):
        assert code(await bert.request(method, url, json=said)) == (404, "not-found"), method
    assert (await bert.get("/v1/me/passkeys")).json()["data"] == []
    assert code(await anna.request("DELETE", url, json={"password": "wrong password"})) == (403, "wrong-password")
    asked = phone.use(await log_in_options(client))
    assert (await anna.request("DELETE", url, json={"password": PASSWORD})).status_code == 204
    assert code(await log_in_by_passkey(client, asked)) == REFUSED
    assert code(await anna.request("DELETE", url, json={"password": PASSWORD})) == (404, "not-found")


async def test_a_challenge_is_answered_once_and_in_time(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna, device = await sign_in(), Authenticator()
    options = await passkey_options(anna)
    made = device.make(options)
    assert (await add(anna, made)).status_code == 201
    assert code(await add(anna, Authenticator().make(options))) == NOT_TAKEN
    again = device.make(await passkey_options(anna))
    assert code(await add(anna, again)) == (409, "passkey-known")
    late = await passkey_options(anna)
    with clock.moved(timedelta(minutes=5, seconds=1)):
        assert code(await add(anna, Authenticator().make(late))) == NOT_TAKEN
    assert code(await add(anna, Authenticator().make({**late, "challenge": encoded(bytes(56))}))) == NOT_TAKEN
    # A challenge of the one is none of the other.
    for_log_in = await log_in_options(client)
    assert code(await add(anna, Authenticator().make({**late, "challenge": for_log_in["challenge"]}))) == NOT_TAKEN
    assert code(await log_in_by_passkey(client, device.use({**for_log_in, "challenge": late["challenge"]}))) == REFUSED
    asked = await log_in_options(client)
    shown = device.use(asked)
    assert (await log_in_by_passkey(client, shown)).status_code == 200
    assert code(await log_in_by_passkey(client, shown)) == REFUSED
    assert code(await log_in_by_passkey(client, device.use(asked))) == REFUSED
    asked = await log_in_options(client)
    with clock.moved(timedelta(minutes=5, seconds=1)):
        assert code(await log_in_by_passkey(client, device.use(asked))) == REFUSED


async def test_at_once_an_answer_opens_one_session_and_adds_one_passkey(
    client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    anna, device = await sign_in(), Authenticator()
    made = device.make(await passkey_options(anna))
    added = await asyncio.gather(*(add(anna, made) for _ in range(4)))
    assert sorted(answer.status_code for answer in added) == [201, 422, 422, 422]
    shown = device.use(await log_in_options(client))
    answers = await asyncio.gather(*(log_in_by_passkey(client, shown) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    # Two devices with the same count: one of them is a copy.
    one, other = [device.use(await log_in_options(client)) for _ in range(2)]
    device.count -= 1
    copy = device.use(await log_in_options(client))
    answers = await asyncio.gather(*(log_in_by_passkey(client, each) for each in (other, copy)))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    assert code(await log_in_by_passkey(client, one)) == REFUSED


LIES: list[dict[str, Any]] = [
    {"origin": "https://evil.example"},
    {"origin": "http://localhost:8001"},
    {"origin": "https://localhost:8000"},
    {"rp_id": "evil.example"},
    {"cross_origin": True},
    {"flags": PRESENT},
    {"flags": VERIFIED},
    {"flags": PRESENT | VERIFIED | 0x10},  # Kept elsewhere too, although it cannot be.
]


async def test_a_device_that_lies_is_refused(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna, device = await sign_in(), Authenticator()
    await add_passkey(anna, device)
    options = await passkey_options(anna)
    for lie in LIES:
        assert code(await add(anna, Authenticator(**lie).make(options))) == NOT_TAKEN, lie
        assert code(await use(client, replace(device, **lie, count=device.count))) == REFUSED, lie
    assert (await add(anna, Authenticator().make(options))).status_code == 201
    assert (await use(client, device)).status_code == 200


async def test_a_passkey_is_one_accounts_and_its_count_goes_on(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    annas, berts = Authenticator(), Authenticator()
    options = await passkey_options(anna)
    # Made for another account's options, or with a name for it that another device has.
    assert code(await add(bert, annas.make(options))) == NOT_TAKEN
    assert (await add(anna, annas.make(options))).status_code == 201
    twin = Authenticator(credential_id=annas.credential_id)
    assert code(await add(bert, twin.make(await passkey_options(bert)))) == (409, "passkey-known")
    await add_passkey(bert, berts)
    # Another's name, another's key, and a passkey that nobody knows.
    berts.user, before = annas.user, berts.user
    assert code(await use(client, berts)) == REFUSED
    berts.user, berts.credential_id = before, annas.credential_id
    assert code(await use(client, berts)) == REFUSED
    berts.user = annas.user
    assert code(await use(client, berts)) == REFUSED
    assert code(await use(client, Authenticator(user=annas.user))) == REFUSED
    # A count that goes back, or stands, is a copy's.
    annas.step = 5
    assert (await use(client, annas)).status_code == 200
    for step in (0, -1):
        annas.step = step
        assert code(await use(client, annas)) == REFUSED
    annas.count, annas.step = 5, 1
    assert (await use(client, annas)).status_code == 200
    # A device that does not count is believed, as the standard says.
    silent = Authenticator(step=0)
    await add_passkey(anna, silent)
    assert [(await use(client, silent)).status_code for _ in range(2)] == [200, 200]
    # Who is locked out does not get in by passkey either.
    admin, anna_id = await sign_in("Admin", "admin"), (await anna.get("/v1/me")).json()["id"]
    await admin.patch(f"/v1/accounts/{anna_id}", json={"active": False})
    assert code(await use(client, silent)) == REFUSED


async def test_twenty_passkeys_are_enough(sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    last = await passkey_options(anna), await passkey_options(anna)
    account_id = (await anna.get("/v1/me")).json()["id"]
    insert = text(
        "INSERT INTO identity_passkeys (id, account_id, name, credential_id, public_key, sign_count, created_at)"
        " SELECT gen_random_uuid(), :account, 'One of many', int4send(n), '', 0, now() FROM generate_series(1, 19) n"
    )
    async with database.transaction() as session:
        await session.execute(insert, {"account": account_id})
    assert (await anna.get("/v1/me/factors")).json()["passkeys"] == 19
    answers = await asyncio.gather(*(add(anna, Authenticator().make(options)) for options in last))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = await anna.post("/v1/me/passkeys/options", json={"password": PASSWORD})
    assert code(refused) == (409, "too-many-passkeys")


async def test_the_owner_is_told_of_a_new_passkey(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, settings: Settings
) -> None:
    anna = await sign_in()
    token = await accounts.verification_token(app, "anna@example.com")
    await client.post("/v1/auth/verifications", json={"token": token})
    await add_passkey(anna, Authenticator(), "a name to be believed")
    await tasks.settle(app)
    mails = [path.read_bytes() for path in sorted(settings.mail_folder.glob("*.eml"))]
    assert b"Subject: A passkey was added to your account at Merkato" in mails[-1]
    assert b"believed" not in mails[-1]


def test_the_settings_say_where_passkeys_are_good(settings: Settings) -> None:
    def party(**changes: object) -> tuple[str, tuple[str, ...]]:
        found = relying_party(settings.model_copy(update=changes))
        return found.id, found.origins

    assert party() == ("localhost", ("http://localhost:8000",))
    assert party(port=8103) == ("localhost", ("http://localhost:8103",))
    assert party(public_url="https://Shop.example.com/start") == ("shop.example.com", ("https://shop.example.com",))
    told = {"passkey_domain": "example.com", "passkey_origins": ("https://a.example.com", "https://b.example.com")}
    assert party(public_url="https://shop.example.com", **told) == tuple(told.values())


async def test_passkeys_are_used_where_the_settings_say(
    make_app: Callable[[Settings], FastAPI], client_of: ClientOf, sign_in: SignIn, settings: Settings
) -> None:
    told = {"passkey_domain": "example.com", "passkey_origins": ("https://a.example.com", "https://b.example.com")}
    anna = client_of(make_app(settings.model_copy(update=told)))
    anna.headers["Authorization"] = (await sign_in()).headers["Authorization"]
    device = Authenticator(origin="https://a.example.com")
    await add_passkey(anna, device)
    device.origin = "https://b.example.com"
    assert (await use(anna, device)).status_code == 200
    device.origin = "https://c.example.com"
    assert code(await use(anna, device)) == REFUSED


# What is bent: bytes, JSON, and the CBOR within.

PLAIN = some.none() | some.booleans() | some.integers(-(2**64), 2**64) | some.text(max_size=12)
JSON = some.recursive(
    PLAIN,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CBOR = some.recursive(
    PLAIN | some.binary(max_size=40) | some.floats(),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.integers(-5, 5) | some.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=6,
)
FORMATS = ("none", "packed", "tpm", "apple", "fido-u2f", "android-key", "android-safetynet")
STATEMENT = some.dictionaries(some.sampled_from(("sig", "x5c", "alg", "ver", "response", "certInfo", "pubArea")), CBOR)
KEY = some.fixed_dictionaries(
    {1: some.integers(1, 4), 3: some.sampled_from((-7, -8, -257, 0))},
    optional={-1: CBOR | some.integers(1, 7), -2: CBOR | some.binary(min_size=32, max_size=32), -3: CBOR},
)


def known(key: object) -> bytes:
    """What a device of ours says of itself, with this as its key."""
    name = b"name"
    head = hashlib.sha256(b"localhost").digest() + bytes([PRESENT | VERIFIED | ATTESTED]) + bytes(4)
    return head + bytes(16) + len(name).to_bytes(2, "big") + name + cbor2.dumps(key)


ATTESTATION = some.fixed_dictionaries(
    {"authData": KEY.map(known) | CBOR.map(known) | CBOR},
    optional={"fmt": some.sampled_from(FORMATS) | CBOR, "attStmt": STATEMENT | CBOR},
)
BYTES = (
    some.binary(max_size=80)
    | ATTESTATION.map(cbor2.dumps)
    | CBOR.map(cbor2.dumps)
    | JSON.map(lambda said: json.dumps(said).encode())
)
Bend = Callable[[bytes], object]
BENDS: some.SearchStrategy[Bend] = some.one_of(
    BYTES.map(lambda other: lambda _: encoded(other)),
    JSON.map(lambda other: lambda _: other),
    some.integers(0, 300).map(lambda at: lambda raw: encoded(raw[: at % len(raw)])),
    some.integers(0, 2_400).map(lambda bit: lambda raw: encoded(flipped(raw, bit % (len(raw) * 8)))),
)
patient = tries(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def flipped(raw: bytes, bit: int) -> bytes:
    return bytes(each ^ (1 << bit % 8) if at == bit // 8 else each for at, each in enumerate(raw))


def bent(said: dict[str, Any], part: str, bend: Bend) -> dict[str, Any]:
    """What a browser says, with one part of it bent."""
    copy = {**said, "response": {**said["response"]}}
    of = copy if part in copy else copy["response"]
    of[part] = bend(decoded(of[part]))
    return copy


@pytest.fixture
async def anna(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in()


@pytest.fixture
async def device(anna: httpx.AsyncClient) -> Authenticator:
    device = Authenticator()
    await add_passkey(anna, device)
    return device


@patient
@given(
    part=some.sampled_from(("id", "rawId", "clientDataJSON", "authenticatorData", "signature", "userHandle")),
    bend=BENDS,
)
async def test_a_bent_answer_opens_nothing_and_is_no_fault(
    client: httpx.AsyncClient, device: Authenticator, part: str, bend: Bend
) -> None:
    answer = await log_in_by_passkey(client, bent(device.use(await log_in_options(client)), part, bend))
    assert answer.status_code in {401, 422}, answer.text


@pytest.fixture
async def asked(anna: httpx.AsyncClient) -> dict[str, Any]:
    return await passkey_options(anna)


@patient
@given(part=some.sampled_from(("id", "rawId", "clientDataJSON", *["attestationObject"] * 4)), bend=BENDS)
async def test_what_a_bent_device_makes_is_no_fault(
    anna: httpx.AsyncClient, asked: dict[str, Any], part: str, bend: Bend
) -> None:
    # Some bits are free: what authenticator it is, or how it calls its key. Such a device is taken, once.
    answer = await add(anna, bent(Authenticator().make(asked), part, bend))
    assert answer.status_code in {201, 422}, answer.text


async def test_what_is_no_credential_names_the_field(client: httpx.AsyncClient, anna: httpx.AsyncClient) -> None:
    for nonsense in ("null", "[]", "{", "1" * 9_000, '"text"', "[" * 5_000, '{"id": "\\ud800"}', "{}"):
        said = {"grant_type": "passkey", "credential": nonsense}
        answer = await client.post("/v1/auth/tokens", data=said)
        assert all(each.startswith("/credential") for each in pointers(answer)), nonsense
    made = Authenticator().make(await passkey_options(anna))
    assert pointers(await add(anna, {**made, "id": "no Base64!"})) == {"/credential/id"}
    assert pointers(await add(anna, {**made, "rawId": "A" * 10_000})) == {"/credential/rawId"}
    assert pointers(await add(anna, made, "")) == {"/name"}
    assert pointers(await add(anna, "text")) == {"/credential"}
    # One sign of Base64 is no byte.
    device = Authenticator()
    await add_passkey(anna, device)
    shown = device.use(await log_in_options(client))
    assert code(await log_in_by_passkey(client, {**shown, "id": "A", "rawId": "A"})) == REFUSED
    assert code(await add(anna, {**made, "id": "A", "rawId": "A"})) == NOT_TAKEN
