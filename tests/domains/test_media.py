"""Pictures of products: by address or as an upload, which is never served as it came."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from doors import ClientOf, SignIn
from make import products
from merkato.kit.database import Database
from merkato.settings import Settings


def picture(kind: str, size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """Left red, right blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def large() -> bytes:
    """A readable picture with more pixels than are accepted, in a few bytes."""
    written = io.BytesIO()
    Image.new("1", (8_000, 7_000)).save(written, "PNG")
    return written.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be as large as this."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00")) + chunk(b"IEND", b"")


@pytest.fixture
async def url(database: Database) -> str:
    return f"/v1/products/{(await products.product(database))['product_id']}/media"


async def images(client: httpx.AsyncClient, url: str) -> list[str]:
    page = (await client.get(url.removesuffix("/media"))).json()
    return [each["url"] for each in page["media"]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
async def test_an_upload_is_written_anew_and_served(
    staff: httpx.AsyncClient, client: httpx.AsyncClient, url: str, kind: str
) -> None:
    answer = await staff.post(url, files={"file": ("../../x.exe", picture(kind))}, data={"alt": "Red and blue"})
    assert answer.status_code == 201, answer.text
    media = answer.json()
    assert (media["alt"], media["position"], answer.headers["Location"]) == ("Red and blue", 0, media["url"])
    served = await client.get(media["url"])
    assert (served.status_code, served.headers["Content-Type"]) == (200, "image/webp")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in served.headers["Cache-Control"]
    with Image.open(io.BytesIO(served.content)) as image:
        assert (image.format, image.size) == ("WEBP", (40, 20))
    page = (await client.get(url.removesuffix("/media"))).json()
    assert (page["image"], page["media"]) == (media["url"], [media])
    assert (await client.get("/v1/products")).json()["data"][0]["image"] == media["url"]


async def test_metadata_goes_and_the_picture_stands_upright(
    staff: httpx.AsyncClient, client: httpx.AsyncClient, url: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by a quarter.
    exif[0x010E] = "taken at home, 52.5 13.4"
    answer = await staff.post(url, files={"file": picture("JPEG", exif=exif)})
    served = (await client.get(answer.json()["url"])).content
    with Image.open(io.BytesIO(served)) as image:
        assert image.size == (20, 40)
        assert dict(image.getexif()) == {}
        assert image.convert("RGB").getpixel((10, 35))[2] > 200  # type: ignore[index]  # A triple, since it is RGB.
    assert b"taken" not in served


async def test_large_pictures_become_smaller(staff: httpx.AsyncClient, client: httpx.AsyncClient, url: str) -> None:
    answer = await staff.post(url, files={"file": picture("PNG", (4000, 1000))})
    with Image.open(io.BytesIO((await client.get(answer.json()["url"])).content)) as image:
        assert image.size == (2000, 500)


async def test_the_same_picture_is_kept_once(staff: httpx.AsyncClient, url: str, settings: Settings) -> None:
    first, second = [(await staff.post(url, files={"file": picture("PNG")})).json() for _ in range(2)]
    assert (first["url"], first["id"] == second["id"]) == (second["url"], False)
    assert len(list((settings.home / "media").iterdir())) == 1
    assert (await staff.delete(f"/v1/media/{first['id']}")).status_code == 204
    assert await images(staff, url) == [second["url"]]
    assert (await staff.get(second["url"])).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload='alert(1)' xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        picture("PNG")[:60],
        picture("BMP"),
        bomb(60_000, 60_000),
        large(),
        bomb(100, 100),
    ],
    ids=["empty", "svg", "pdf", "cut", "bmp", "bomb", "large", "hollow"],
)
async def test_what_is_no_picture_is_refused(
    staff: httpx.AsyncClient, url: str, settings: Settings, content: bytes
) -> None:
    answer = await staff.post(url, files={"file": ("x.png", content, "image/png")})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/file"
    assert await images(staff, url) == []
    assert not (settings.home / "media").exists()


async def test_pictures_by_address_stand_in_their_order(staff: httpx.AsyncClient, url: str) -> None:
    for name, position in (("b", 5), ("c", None), ("a", 1)):
        said = {"url": f"https://pictures.test/{name}.jpg"} | ({} if position is None else {"position": position})
        assert (await staff.post(url, json=said)).status_code == 201
    assert [each[-5] for each in await images(staff, url)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, "/url"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"url": "//evil.test/x.png"}, "/url"),
        ({"url": "/media/../../etc/passwd"}, "/url"),
        ({"url": "https://a.test/x.png", "position": -1}, "/position"),
        ({"url": "https://a.test/x.png", "alt": "x" * 1001}, "/alt"),
        ({"url": "https://a.test/x.png", "size": 3}, "/size"),
    ],
)
async def test_what_is_wrong_is_named(staff: httpx.AsyncClient, url: str, said: dict[str, Any], pointer: str) -> None:
    answer = await staff.post(url, json=said)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await images(staff, url) == []


async def test_what_is_wrong_with_an_upload_is_named(staff: httpx.AsyncClient, url: str) -> None:
    file = {"file": picture("PNG")}
    for data, pointer in (({"position": "x"}, "/position"), ({"colour": "red"}, "/colour"), ({"alt": "a\x00"}, "/alt")):
        answer = await staff.post(url, files=file, data=data)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    missing = await staff.post(url, files={"picture": b"x"})
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) in {(422, "/file"), (400, "")}
    as_text = await staff.post(url, data={"file": "x"})
    assert as_text.status_code == 415
    broken = await staff.post(url, content=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert broken.status_code in {400, 422}
    unsaid = await staff.post(url, content=b"--x", headers={"Content-Type": "multipart/form-data"})
    assert unsaid.status_code == 400
    assert (await staff.post(url, content=b"{", headers={"Content-Type": "application/json"})).status_code == 400
    assert (await staff.post(url, content=b"\xff", headers={"Content-Type": "application/json"})).status_code == 400
    assert await images(staff, url) == []


async def test_only_staff_upload(sign_in: SignIn, client: httpx.AsyncClient, url: str, settings: Settings) -> None:
    anna = await sign_in("Anna")
    for caller, status in ((client, 401), (anna, 403)):
        assert (await caller.post(url, files={"file": picture("PNG")})).status_code == status
    assert not (settings.home / "media").exists()


async def test_only_uploads_may_be_large(
    make_app: Callable[[Settings], FastAPI],
    client_of: ClientOf,
    settings: Settings,
    staff: httpx.AsyncClient,
    url: str,
) -> None:
    small = settings.model_copy(update={"body_max": 2_000, "upload_max": 20_000})
    client = client_of(make_app(small))
    client.headers["Authorization"] = staff.headers["Authorization"]
    padded = picture("PNG") + b"x" * 8_000
    assert (await client.post(url, files={"file": padded})).status_code == 201

    async def endless() -> Any:
        for _ in range(30):
            yield b"x" * 1_000

    for answer in (
        await client.post(url, files={"file": padded + b"x" * 20_000}),
        await client.post(url, content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}),
        await client.post("/v1/products", json={"title": "x" * 3_000}),
        await client.post("/v1/products", content=endless(), headers={"Content-Type": "application/json"}),
        await client.post("/v1/products", content=b"x", headers={"Content-Length": "9" * 30}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert answer.headers["X-Request-Id"]


async def test_nobody_walks_out_of_the_folder(client: httpx.AsyncClient, settings: Settings) -> None:
    (settings.home / "media").mkdir(parents=True)
    (settings.home / "secret.webp").write_text("secret")
    for name in ("..%2fsecret.webp", "%2e%2e/secret.webp", "secret.webp", "x%00.webp", "a" * 32 + ".webp"):
        assert (await client.get(f"/media/{name}")).status_code in {404, 422}, name
