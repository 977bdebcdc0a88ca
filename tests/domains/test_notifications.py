"""The shop's mail: one for each thing that happens, through a real mail server that is away, refuses and forgets to answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf
from make import accounts, orders, tasks
from make.accounts import log_in
from merkato.domains.checkout import flows
from merkato.domains.fulfilment import schedules
from merkato.domains.fulfilment.providers.simulated import FINISHES
from merkato.domains.notifications.service import UnderWay
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.kit.mail import Unreachable
from merkato.kit.tasks import Hopeless
from merkato.settings import Settings
from services.smtp import LOST, TAKEN_AND_HANG, MailServer, refuses, words

ANNA = "anna@example.com"
TIMES = "\N{MULTIPLICATION SIGN}"
PUBLIC = "https://shop.example.com"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, server: MailServer) -> Settings:
    return settings.model_copy(
        update={"smtp_url": settings_url(server), "shop_name": "Käse & Co", "public_url": PUBLIC}
    )


def settings_url(server: MailServer) -> Any:
    return Settings(_env_file=None, smtp_url=server.url).smtp_url


async def guest_order(app: FastAPI, client: httpx.AsyncClient, **product: Any) -> dict[str, Any]:
    """An order of two pieces by a guest, with no mail about it so far."""
    sold = await orders.product(app.state.database, **product)
    return await orders.order(client, (sold["variant_id"], 2))


async def messages(database: Database) -> list[dict[str, Any]]:
    async with database.reading() as session:
        found = await session.execute(text("SELECT * FROM notifications_messages ORDER BY id"))
        return [dict(row) for row in found.mappings()]


async def announce_again(database: Database) -> None:
    """Every event is told once more, as after a crash of the relay or the worker."""
    async with database.transaction() as session:
        await session.execute(text("UPDATE outbox_events SET relayed_at = NULL"))


async def test_a_placed_order_sends_one_mail_and_a_mail_server_that_is_down_delays_it(
    app: FastAPI, client: httpx.AsyncClient, server: MailServer, database: Database
) -> None:
    await server.cut()
    order = await guest_order(app, client)
    assert order["status"] == "paid"
    with pytest.raises(Unreachable):
        await tasks.settle(app)
    assert [(row["state"], row["tries"]) for row in await messages(database)] == [("waiting", 1)]
    await server.back()
    await tasks.settle(app)
    assert [str(mail["Subject"]) for mail in server.got] == [f"Your order {order['number']} at Käse & Co"]
    await announce_again(database)
    await tasks.settle(app)
    assert len(server.got) == 1
    row = (await messages(database))[0]
    assert (row["state"], row["failure"], row["leased_until"]) == ("sent", None, None)
    assert "anna" not in json.dumps(row, default=str).lower()


async def test_a_repeat_is_the_same_message(
    app: FastAPI, client: httpx.AsyncClient, server: MailServer, database: Database
) -> None:
    await guest_order(app, client)
    server.next(LOST)
    with pytest.raises(Unreachable):
        await tasks.settle(app)
    # It dies between the server's word and its own note of it; whoever comes at once leaves the message alone.
    server.next(TAKEN_AND_HANG)
    dying = asyncio.create_task(tasks.settle(app))
    await server.taken(2)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    with pytest.raises(UnderWay):
        await tasks.settle(app)
    with clock.moved(timedelta(seconds=31)):
        await tasks.settle(app)
    assert len(server.got) == 3
    assert len({mail["Message-ID"] for mail in server.got}) == len({mail["Date"] for mail in server.got}) == 1
    assert [(row["state"], row["tries"]) for row in await messages(database)] == [("sent", 3)]


async def test_an_address_that_is_refused_is_listed_and_can_be_tried_again(
    app: FastAPI, client: httpx.AsyncClient, server: MailServer, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await guest_order(app, client)
    server.next(refuses("RCPT", 451))
    with pytest.raises(Unreachable):
        await tasks.settle(app)
    server.next(refuses("RCPT", 550))
    with pytest.raises(Hopeless, match="550"):
        await tasks.settle(app)
    row = (await messages(database))[0]
    assert (row["state"], row["failure"]) == ("failed", "The mail server refused the recipient: 550.")
    await tasks.settle(app)
    row = (await messages(database))[0]
    assert (row["state"], row["failure"], row["tries"]) == ("sent", None, 3)
    written = "".join(capsys.readouterr())
    assert "order_placed" in written
    assert ANNA not in written


async def test_an_order_is_written_out_in_both_forms(
    app: FastAPI, client: httpx.AsyncClient, server: MailServer
) -> None:
    evil = 'Tee "Früchte" <script>alert(1)</script> Bcc: x@example.com {{ 7 * 7 }}'
    options = [{"name": "Size", "values": ["<b>XL</b>"]}]
    order = await guest_order(app, client, title=evil, price=1250, options=options)
    await tasks.settle(app)
    mail = server.got[0]
    assert (str(mail["From"]), str(mail["To"])) == ("Käse & Co <shop@localhost>", ANNA)
    assert mail["Bcc"] is None
    assert mail["Message-ID"].endswith("@localhost>")
    plain, html = words(mail, "plain"), words(mail, "html")
    line = 'Tee "Früchte" <script>alert(1)</script> Bcc: x@example.com {{ 7 * 7 }} (<b>XL</b>)\n'
    assert line in plain
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;XL&lt;/b&gt;" in html
    for said in (
        f"2 {TIMES} 12.50 EUR",
        "25.00 EUR",
        "4.90 EUR",
        "29.90 EUR",
        "includes 19 % VAT: ",
        "Torstrasse 1",
        "10119",
    ):
        assert said in html, said
        assert said.replace(TIMES, "x") in plain, said
    assert f"{PUBLIC}/orders/{order['id']}" in plain
    assert f'href="{PUBLIC}/orders/{order["id"]}"' in html
    assert html.startswith("<!doctype html>")
    assert not [word for word in ("src=", "url(", "http://", "@import") if word in html]


async def test_what_leaves_is_told_with_its_tracking(
    app: FastAPI, client: httpx.AsyncClient, staff: httpx.AsyncClient, server: MailServer
) -> None:
    order = await guest_order(app, client, title="Tee & <i>Tasse</i>")
    lines = [{"line_id": order["lines"][0]["id"], "quantity": 1}]
    followed = {"carrier": "DHL Subject: x", "number": "0034", "url": "https://track.example/?a=1&b=2"}
    for tracking in (followed, {"url": "/media/label.png"}):
        body = {"lines": lines, "tracking": tracking}
        answer = await staff.post(f"/v1/orders/{order['id']}/fulfilments", json=body)
        assert answer.status_code == 201, answer.text
        sent = await staff.post(f"/v1/fulfilments/{answer.json()['id']}/dispatch", json={})
        assert sent.status_code == 200, sent.text
    await tasks.settle(app)
    first, second = (mail for mail in server.to(ANNA) if "on its way" in str(mail["Subject"]))
    plain, html = words(first, "plain"), words(first, "html")
    assert "1 x Tee & <i>Tasse</i>\n" in plain
    assert f"1 {TIMES} Tee &amp; &lt;i&gt;Tasse&lt;/i&gt;" in html
    assert "Follow it: DHL Subject: x, 0034\nhttps://track.example/?a=1&b=2\n" in plain
    assert 'href="https://track.example/?a=1&amp;b=2"' in html
    assert "10119 Berlin" in plain
    assert "label.png" not in words(second, "plain") + words(second, "html")


async def test_what_the_kitchen_has_made_is_ready(app: FastAPI, client: httpx.AsyncClient, server: MailServer) -> None:
    await guest_order(app, client, title="Cappuccino", fulfilment="kitchen", requires_shipping=False)
    await tasks.settle(app)
    await schedules.tend_kitchen(app.state.store)
    with clock.moved(FINISHES):
        await schedules.tend_kitchen(app.state.store)
        await tasks.settle(app)
    mail = server.to(ANNA)[-1]
    assert str(mail["Subject"]) == "Order 1001 at Käse & Co is ready"
    assert "2 x Cappuccino\n" in words(mail, "plain")
    assert "Torstrasse" not in words(mail, "plain")


async def test_what_becomes_of_an_order_is_told_once_each(
    make_app: Callable[[Settings], FastAPI], settings: Settings, client_of: ClientOf, server: MailServer
) -> None:
    app = make_app(settings.model_copy(update={"capture": "manual"}))
    staff = client_of(app)
    await accounts.sign_in(app, staff, "Staff", ["staff"])
    order = await guest_order(app, client_of(app), price=1000)
    path = f"/v1/orders/{order['id']}"
    with clock.moved(timedelta(minutes=5)):
        # As staff would, the sweep of a shop that captures by itself takes the money.
        await flows.sweep(app.state.database, app.state.payment_providers, settings)
    for amount in (300, 200):
        key = {"Idempotency-Key": str(new())}
        given = await staff.post(f"{path}/refunds", json={"amount": amount, "reason": "late"}, headers=key)
        assert given.status_code == 201, given.text
    await staff.post(f"{path}/cancel")
    await tasks.settle(app)
    await announce_again(app.state.database)
    await tasks.settle(app)
    number = order["number"]
    told = [(str(mail["Subject"]).removesuffix(" at Käse & Co"), words(mail, "plain")) for mail in server.to(ANNA)]
    assert sorted(subject for subject, _ in told) == sorted(
        [
            f"Your order {number}",
            f"Order {number}{' at Käse & Co'} is paid",
            f"Order {number}{' at Käse & Co'} is cancelled",
            *[f"Money back for order {number}"] * 3,
        ]
    )
    back = "".join(plain for subject, plain in told if subject.startswith("Money"))
    assert [amount in back for amount in ("given back 3.00 EUR", "given back 2.00 EUR", "given back 19.90 EUR")] == [
        True
    ] * 3


async def test_tokens_come_by_mail_and_only_to_whom_they_are_for(
    app: FastAPI, client: httpx.AsyncClient, server: MailServer, database: Database
) -> None:
    async def newest_token() -> str:
        await tasks.settle(app)
        mail = server.to(ANNA)[-1]
        token = next(line.strip() for line in words(mail, "plain").splitlines() if line.startswith("    "))
        assert token in words(mail, "html")
        assert f"?token={token}" in words(mail, "plain")
        return token

    draft = {"email": "Anna@Example.com", "password": "a first password", "name": "Win money at evil.example"}
    assert (await client.post("/v1/accounts", json=draft | {"email": ANNA})).status_code == 201
    token = await newest_token()
    assert (await client.post("/v1/auth/verifications", json={"token": token})).status_code == 204
    assert "evil" not in words(server.got[0], "plain") + words(server.got[0], "html")
    for email in (ANNA.upper(), "nobody@example.com"):
        assert (await client.post("/v1/auth/password-resets", json={"email": email})).status_code == 202
    fresh = {"token": await newest_token(), "password": "a second password"}
    assert (await client.post("/v1/auth/password-resets/confirm", json=fresh)).status_code == 204
    tokens = await log_in(client, ANNA, "a second password")
    assert [str(mail["To"]) for mail in server.got] == [ANNA, ANNA]
    # Six ask, five are written to; who waits too long for a mail server gets no token that has expired.
    for _ in range(6):
        await client.post("/v1/auth/password-resets", json={"email": ANNA})
        await tasks.settle(app)
    assert len(server.to(ANNA)) == 6
    await client.post("/v1/auth/password-resets", json={"email": ANNA})
    with clock.moved(timedelta(hours=2)):
        await tasks.settle(app)
    assert len(server.to(ANNA)) == 6
    assert {row["state"] for row in await messages(database)} == {"sent", "dropped"}
    async with database.reading() as session:
        left = list(await session.scalars(text("SELECT DISTINCT email_key FROM identity_challenges")))
        told = str(list(await session.scalars(text("SELECT payload FROM outbox_events"))))
    assert left == [ANNA]
    assert not [secret for secret in ("example.com", token, tokens["access_token"]) if secret in told]
