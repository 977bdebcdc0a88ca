"""What is sent to typed addresses reaches the public internet only, at the address that was checked."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from merkato.kit import outgoing
from merkato.kit.outgoing import NotAllowedThere, Resolve
from services.server import HANG, NONSENSE, RESET, Server, says

PUBLIC = "93.184.216.34"
"""Never connected to: each use of it is refused for another reason."""


def answers(*each: Sequence[str] | OSError) -> tuple[Resolve, list[str]]:
    """A name server that gives these answers, one after the other, and remembers what it was asked."""
    left, asked = list(each), list[str]()

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        answer = left.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    return resolve, asked


async def takes(_request: Request) -> Response:
    return Response(status_code=204)


def receiver() -> Server:
    return Server(Starlette(routes=[Route("/hook", takes, methods=["POST"])]))


def test_which_addresses_are_public() -> None:
    for address in ("1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:1.1.1.1"):
        assert outgoing.public(ipaddress.ip_address(address)), address
    for address in (
        *(
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
        ),
        *("0.0.0.0", "0.1.2.3", "224.0.1.1", "240.0.0.1", "255.255.255.255", "192.0.0.9", "192.88.99.1", "198.18.0.1"),  # noqa: S104
        *("192.0.2.1", "168.63.129.16", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff0e::1"),
        *("fec0::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1", "2001:0:808::1", "2001:db8::1", "3fff::1", "100::1"),
    ):
        assert not outgoing.public(ipaddress.ip_address(address)), address


def test_which_urls_may_be_asked() -> None:
    for url in (
        "https://example.com",
        "https://example.com:8443/a?b=c",
        "https://1.1.1.1/",
        "https://例え.jp/hook",
        "https://xn--.jp/",
    ):
        outgoing.read(url)
    for url in (
        *(
            "http://example.com/",
            "ftp://example.com/",
            "//example.com/",
            "https://",
            "https:///hook",
            "example.com",
            "",
        ),
        *("https://user@example.com/", "https://user:word@example.com/", "https://example.com\\@127.0.0.1/"),
        *("https://example.com:25/", "https://example.com:0/", "https://example.com:65536/", "https://a:1:2/"),
        *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fe80::1%25eth0]/"),
        *("https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/", "https://017700000001/"),
        *("https://0/", "https://127.0.0.1./", "https://①②⑦.0.0.1/", "https://１２７.0.0.1/", "https://0177.0.0.1/"),  # noqa: RUF001
        *("https://localhost/", "https://LOCALHOST./", "https://db.internal/", "https://printer.local/", "https://db/"),
        *("https://example.com/#fragment", "https://example.com/\x00", "https://example.com/" + "a" * 2000),
    ):
        with pytest.raises(NotAllowedThere):
            outgoing.read(url)
    for url in ("http://127.0.0.1:8080/", "https://localhost/", "http://db:25/"):
        outgoing.read(url, private=True)
    for url in ("ftp://localhost/", "http://user@localhost/", "http://localhost:70000/"):
        with pytest.raises(NotAllowedThere):
            outgoing.read(url, private=True)


async def test_all_addresses_of_a_name_are_checked_each_time_and_one_is_used() -> None:
    async with receiver() as server:
        url = f"https://rebinding.example:{server.port}/hook"
        for found in (
            [PUBLIC, "127.0.0.1"],
            ["127.0.0.1"],
            ["::1"],
            ["::ffff:127.0.0.1"],
            ["fe80::1%lo"],
            ["nonsense"],
        ):
            resolve, asked = answers(found)
            reply = await outgoing.post(url, {}, b"{}", resolve=resolve)
            assert (reply.status, reply.error, asked) == (None, "not-allowed", ["rebinding.example"])
        # What was public when it was typed in is looked at again when something is sent.
        resolve, _ = answers([PUBLIC], ["127.0.0.1"], socket.gaierror("unknown"))
        await outgoing.check(url, resolve=resolve)
        assert (await outgoing.post(url, {}, b"{}", resolve=resolve)).error == "not-allowed"
        await outgoing.check(url, resolve=resolve)
        with pytest.raises(NotAllowedThere):
            await outgoing.check(url, resolve=answers(["10.0.0.1"])[0])
        assert server.seen == []
        # The name is resolved once, and the connection goes where that answer led.
        resolve, asked = answers(["127.0.0.1"], ["192.0.2.1"])
        plain = f"http://receiver.example:{server.port}/hook?a=b"
        reply = await outgoing.post(plain, {"x-own": "1"}, b"{}", private=True, resolve=resolve)
        assert (reply.status, reply.error, asked) == (204, None, ["receiver.example"])
        (seen,) = server.seen
        assert (seen.headers["host"], seen.path) == (f"receiver.example:{server.port}", "/hook?a=b")
        assert (seen.headers["x-own"], seen.body) == ("1", b"{}")
        # A first address that does not answer is no harm when there is a second one.
        resolve, _ = answers(["127.0.0.2", "127.0.0.1"])
        assert (await outgoing.post(plain, {}, b"{}", private=True, resolve=resolve)).status == 204


async def test_what_goes_wrong_is_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with receiver() as server:
        url = f"{server.url}/hook"

        async def post(to: str = url, patience: float = 5) -> tuple[int | None, str | None]:
            reply = await outgoing.post(to, {}, b"{}", private=True, patience=patience)
            return reply.status, reply.error

        assert await post() == (204, None)
        server.next(says(302, location=f"{server.url}/elsewhere"), RESET, NONSENSE, HANG)
        assert await post() == (302, None)
        assert await post() == (None, "connection")
        assert await post() == (None, "nonsense")
        assert await post(patience=0.1) == (None, "timeout")
        assert {each.path for each in server.seen} == {"/hook"}
        resolve, _ = answers(socket.gaierror("unknown"))
        assert (
            await outgoing.post("http://a.example/", {}, b"", private=True, resolve=resolve)
        ).error == "unknown-host"
        assert (
            await outgoing.post("http://a.example/", {}, b"", private=True, resolve=answers([])[0])
        ).error == "connection"
        assert await post("ftp://127.0.0.1/") == (None, "not-allowed")
    assert await post() == (None, "connection")


async def test_the_certificate_must_be_of_the_name(tmp_path: Path) -> None:
    names: list[str | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    own = certificate("receiver.example", tmp_path / "own.pem")
    own.sni_callback = lambda _connection, name, _context: names.append(name)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=own)
    port = server.sockets[0].getsockname()[1]
    trusted = ssl.create_default_context(cafile=str(tmp_path / "own.pem"))

    async def post(host: str, trusting: ssl.SSLContext | None) -> tuple[int | None, str | None]:
        resolve, _ = answers(["127.0.0.1"])
        url = f"https://{host}:{port}/"
        reply = await outgoing.post(url, {}, b"", private=True, resolve=resolve, trusted=trusting)
        return reply.status, reply.error

    async with server:
        assert await post("receiver.example", trusted) == (200, None)
        assert await post("another.example", trusted) == (None, "tls")
        assert await post("receiver.example", None) == (None, "tls")
    assert names == ["receiver.example", "another.example", "receiver.example"]


def certificate(name: str, path: Path) -> ssl.SSLContext:
    """A server's side with a certificate for this name, which signs itself; both are kept in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(kept + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
