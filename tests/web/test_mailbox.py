"""`/dev/mail`: what a demo without a mail server has written, and nothing of the kind in a real shop."""

import re
from collections.abc import Callable

import httpx
from fastapi import FastAPI

from doors import ClientOf
from make import accounts, orders, tasks
from merkato.settings import Settings

MakeApp = Callable[[Settings], FastAPI]


async def test_a_demo_shows_its_mail(make_app: MakeApp, settings: Settings, client_of: ClientOf) -> None:
    app = make_app(settings.model_copy(update={"demo": True}))
    client = client_of(app)
    assert 'href="/dev/mail"' in (await client.get("/")).text
    assert "Nothing was written yet" in (await client.get("/dev/mail")).text
    await accounts.register(app)
    product = await orders.product(app.state.database, title="<script>alert(1)</script>")
    await orders.order(client, (product["variant_id"], 1))
    await tasks.settle(app)
    listed = await client.get("/dev/mail")
    addresses = re.findall(r'href="(/dev/mail/[0-9a-f]{32})"', listed.text)
    assert len(addresses) == 2
    assert "Your order 1001 at Merkato" in listed.text
    shown = await client.get(addresses[0])
    assert '<iframe class="letter"' in shown.text
    assert 'sandbox=""' in shown.text
    assert "<script" not in shown.text
    assert "Message-ID: &lt;" in shown.text
    letter = await client.get(f"{addresses[0]}/html")
    assert "Thank you for your order" in letter.text
    assert "<script" not in letter.text
    policy = letter.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert letter.headers["x-frame-options"] == "SAMEORIGIN"
    assert "script-src" not in policy + shown.headers["content-security-policy"]
    assert {each.headers["cache-control"] for each in (listed, shown, letter)} == {"no-store"}
    verification = (await client.get(addresses[1])).text
    token = re.search(r"\n    (\S{43})\n", verification)
    assert token is not None
    assert (await client.post("/v1/auth/verifications", json={"token": token[1]})).status_code == 204
    for nowhere in ("0" * 32, "..%2f..%2fsecret_key", "x", "x/html"):
        assert (await client.get(f"/dev/mail/{nowhere}")).status_code == 404


async def test_a_real_shop_shows_no_mail(app: FastAPI, client: httpx.AsyncClient, settings: Settings) -> None:
    await accounts.register(app)
    await tasks.settle(app)
    kept = list(settings.mail_folder.glob("*.eml"))
    assert len(kept) == 1
    for path in ("/dev/mail", f"/dev/mail/{kept[0].stem}", f"/dev/mail/{kept[0].stem}/html"):
        assert (await client.get(path)).status_code == 404
    assert "/dev/mail" not in (await client.get("/")).text
