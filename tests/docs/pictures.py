"""Takes the pictures of `docs/pictures/`: `make pictures`, or in `tests/` `python -m docs.pictures`.

A new demo is started in a folder of its own. Its pages are taken by the Chromium of this machine (or by the browser that `CHROMIUM` names), its
answers by bash, curl and jq.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, sync_playwright

from cli import stores
from cli.stores import Server
from docs import terminal
from make.orders import BERLIN, total

BROWSER: Final = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
QUIET: Final = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CUT: Final = "=" * 20
BUYER: Final = "nora@example.com"
MARGIN: Final = 10
COLOURS: Final = 192
"""Enough for pages of few colours, and a third of the bytes."""


def take() -> None:
    terminal.FOLDER.mkdir(exist_ok=True)
    terminal.FIRST_START.write_text(terminal.first_start())
    with demo() as shop:
        terminal.FIVE_REQUESTS.write_text(terminal.five_requests(asked(shop.url)))
        buy(shop.url)
        with sync_playwright() as playwright:
            # The browser believes that the shop is where a newcomer finds it.
            there = f"--host-resolver-rules=MAP {urlsplit(terminal.SERVER).netloc} {urlsplit(shop.url).netloc}"
            browser = playwright.chromium.launch(
                executable_path=BROWSER, args=[*QUIET, there], chromium_sandbox=os.geteuid() != 0
            )
            page = browser.new_page(device_scale_factor=2, color_scheme="light", base_url=terminal.SERVER)
            front_page(page)
            swagger(page)
            mail(page)
            browser.close()


@contextmanager
def demo() -> Iterator[Server]:
    """A demo that was never started before."""
    store = stores.made()
    try:
        yield store.start("demo", "--port", "0").ready()
    finally:
        store.clear()


def asked(server: str) -> list[str]:
    """What each of the five requests of README answers."""
    script = "set -euo pipefail\n" + f"\necho {CUT}\n".join(terminal.steps()).replace(terminal.SERVER, server)
    done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split(f"{CUT}\n")[1:]


def buy(server: str) -> None:
    """An order of several things, whose mail is worth a picture."""
    with httpx.Client(base_url=server, timeout=30) as guest:
        found = guest.get("/v1/products", params={"in_stock": True, "limit": 3, "sort": "-price"}).json()["data"]
        slugs = [product["slug"] for product in found]
        variants = [guest.get(f"/v1/products/{slug}").json()["variants"][0]["id"] for slug in slugs]
        wanted = {"email": BUYER, "shipping_address": BERLIN, "lines": [{"variant_id": each} for each in variants]}
        checkout: dict[str, Any] = guest.post("/v1/checkouts", json=wanted).raise_for_status().json()
        payment = {"payment": {"provider": "simulated", "token": "success"}, "expected_total": total(checkout)}
        headers = {"Checkout-Token": checkout["token"], "Idempotency-Key": "pictures"}
        guest.post(f"/v1/checkouts/{checkout['id']}/complete", json=payment, headers=headers).raise_for_status()
    stores.eventually(lambda: BUYER in httpx.get(f"{server}/dev/mail").text)


def front_page(page: Page) -> None:
    page.set_viewport_size({"width": 880, "height": 600})
    page.goto("/")
    keep(page, "front-page")


def swagger(page: Page) -> None:
    """A question that was asked from the browser, and its answer."""
    page.set_viewport_size({"width": 1080, "height": 2400})
    page.goto("/docs#/Search/suggest_products")
    operation = page.locator("#operations-Search-suggest_products")
    operation.get_by_placeholder("q", exact=True).fill("lamp")
    operation.locator(".execute").click()
    operation.locator(".live-responses-table .microlight").first.wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    keep(page, "docs", reaching(operation, operation.locator(".live-responses-table .highlight-code").first))


def mail(page: Page) -> None:
    page.set_viewport_size({"width": 880, "height": 1120})
    page.goto("/dev/mail")
    page.get_by_text(BUYER).first.click()
    letter = page.locator(".letter")
    letter.content_frame.get_by_text("Thank you").wait_for()
    keep(page, "mail", reaching(page.locator("body"), letter))


def reaching(whole: Locator, last: Locator) -> FloatRect:
    """The upper part of something, down to something in it."""
    seen, ends = whole.bounding_box(), last.bounding_box()
    assert seen
    assert ends
    return {**seen, "height": ends["y"] + ends["height"] + MARGIN - seen["y"]}


def keep(page: Page, name: str, part: FloatRect | None = None) -> None:
    """As a file with a palette, which is small."""
    file = terminal.FOLDER / f"{name}.png"
    page.screenshot(path=file, clip=part, full_page=part is None)
    with Image.open(file) as taken:
        taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    if not BROWSER:
        sys.exit("Install Chromium, or name a browser: CHROMIUM=/path make pictures")
    take()
