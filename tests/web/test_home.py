"""The front page, and what browsers ask for on their own."""

import re

import httpx

from merkato import __version__


async def test_every_link_of_the_front_page_leads_somewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert __version__ in page.text
    links = re.findall(r'href="([^"]+)"', page.text)
    assert {"/docs", "/redoc", "/openapi.json", "/problems"} <= set(links)
    for link in links:
        assert (await client.get(link)).status_code == 200, link


async def test_the_page_can_be_read_by_everybody(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    assert '<html lang="en">' in page
    assert page.count("<h1>") == page.count("<main>") == 1
    assert all("alt=" in image for image in re.findall(r"<img[^>]*>", page))
    assert "<script" not in page
    style = (await client.get("/assets/merkato.css")).text
    assert "prefers-color-scheme: dark" in style


async def test_what_browsers_ask_for_is_there(client: httpx.AsyncClient) -> None:
    icon = await client.get("/favicon.ico", follow_redirects=True)
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")
    robots = await client.get("/robots.txt")
    assert robots.headers["content-type"].startswith("text/plain")
    assert "Disallow: /v1/" in robots.text


async def test_pages_answer_head(client: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/redoc", "/openapi.json", "/problems", "/assets/merkato.css"):
        assert (await client.head(path)).status_code == 200, path


async def test_a_file_outside_the_assets_is_not_served(client: httpx.AsyncClient) -> None:
    for path in ("/assets/../pages.py", "/assets/%2e%2e/pages.py", "/assets/nothing", "/assets/"):
        assert (await client.get(path)).status_code == 404, path
