"""Mail on the wire and in a folder: against a real server that refuses, hangs, and forgets to answer."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from merkato.kit import mail
from merkato.kit.mail import Letter, Refused, Unreachable
from services.smtp import CONTENT, HANG, LOST, Fault, MailServer, refuses, words

ANNA = "anna@example.com"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def made(to: str = ANNA, **changes: str) -> EmailMessage:
    said = {"subject": "Hello", "text": "Grüße\n.\nEnd\n", "html": "<p>Grüße</p>"} | changes
    name = said.pop("name", "A shop")
    return mail.message(Letter(to=to, **said), sender="shop@example.org", name=name, message_id="1@example.org", at=AT)


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[ssl.SSLContext]:
    """A server's side of TLS for 127.0.0.1, whose certificate nobody trusts unless SSL_CERT_FILE says so."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    draft = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    draft = draft.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    draft = draft.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    draft = draft.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(secret + signed)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    mail._trusted.cache_clear()
    yield context
    mail._trusted.cache_clear()


def trust(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(path / "certificate.pem"))
    mail._trusted.cache_clear()


def test_the_address_of_a_mail_server_says_how_it_is_spoken_to() -> None:
    for url, expected in {
        "smtp://localhost": ("localhost", 587, None, None, "offered"),
        "smtp://localhost:25/?starttls=never": ("localhost", 25, None, None, "none"),
        "smtp://anna%40x:p%3Aw@mail.example.org": ("mail.example.org", 587, "anna@x", "p:w", "starttls"),
        "smtp://u:p@h?starttls=never": ("h", 587, "u", "p", "none"),
        "smtps://u:p@h": ("h", 465, "u", "p", "tls"),
    }.items():
        found = mail.relay(url)
        assert (found.host, found.port, found.user, found.password, found.encryption) == expected, url
    for wrong in ("http://h", "smtp://", "smtp://h:x", "smtp://h/path", "smtp://h?tls=1", "smtps://h?starttls=never"):
        with pytest.raises(ValueError, match=r"it must look like|after the question mark"):
            mail.relay(wrong)


def test_nothing_in_a_letter_begins_another_header() -> None:
    evil = "Hi\r\nBcc: all@example.com\r\n\r\nBuy\x00 now\u2028"
    sent = made(subject=evil, name=evil).as_bytes()
    head = sent.split(b"\r\n\r\n")[0]
    assert b"\r\nBcc" not in head
    assert b"Subject: Hi Bcc: all@example.com Buy now\r\n" in head
    assert b"\r\nAuto-Submitted: auto-generated" in head
    assert len(str(made(subject="x" * 5000)["Subject"])) == mail.SUBJECT_MAX
    for address in ("anna@example.com\r\nBcc: all@example.com", "anna@example.com, bert@example.com", "<>", "anna", ""):
        with pytest.raises(Refused):
            made(address)
    # Every script, in 7 bits and in lines that any server takes.
    sent = made("anna@bücher.example", subject="注文 Ü", name='Café "Ü", & Söhne', text="é" * 2000).as_bytes()
    assert sent.isascii()
    assert max(map(len, sent.split(b"\r\n"))) < 100
    assert b"To: anna@xn--bcher-kva.example\r\n" in sent


async def test_a_message_arrives_or_it_is_known_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async with MailServer(users={"anna": "right"}) as server:
        relay = mail.relay(server.url)
        await mail.send(relay, made())
        await mail.send(relay, made("änna@example.com"))
        assert [words(got, "plain") for got in server.got] == ["Grüße\n.\nEnd\n"] * 2
        assert [str(got["To"]) for got in server.got] == [ANNA, "änna@example.com"]
        server.unicode = False
        with pytest.raises(Refused, match="outside ASCII"):
            await mail.send(relay, made("änna@example.com"))
        faults: dict[Fault, type[Exception]] = {
            refuses("RCPT", 550): Refused,
            refuses("RCPT", 450): Unreachable,
            refuses(CONTENT, 554): Refused,
            refuses(CONTENT, 451): Unreachable,
            refuses("DATA", 554): Refused,
            refuses("MAIL", 550): Unreachable,
            refuses("EHLO", 421): Unreachable,
            Fault("EHLO", "\x00\xff nonsense"): Unreachable,
            Fault("RCPT"): Unreachable,
            LOST: Unreachable,
        }
        for fault, expected in faults.items():
            server.next(fault)
            with pytest.raises(expected) as told:
                await mail.send(relay, made())
            assert "anna" not in f"{told.value!r} {told.value.__cause__}", fault
        assert len(server.got) == 3, "Only what was lost after it was taken."
        # It has the message: a goodbye that goes wrong is no failure.
        server.next(Fault("QUIT"))
        await mail.send(relay, made())
        wrong = mail.relay(server.url.replace("//", "//anna:wrong@") + "?starttls=never")
        with pytest.raises(Unreachable, match="535"):
            await mail.send(wrong, made())
        await mail.send(mail.relay(server.url.replace("//", "//anna:right@") + "?starttls=never"), made())
        monkeypatch.setattr(mail, "LIMIT", 0.2)
        server.next(HANG)
        with pytest.raises(Unreachable):
            await mail.send(relay, made())
        await server.cut()
        with pytest.raises(Unreachable):
            await mail.send(relay, made())
        assert len(server.got) == 5


async def test_a_password_travels_only_under_tls_that_is_trusted(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    users = {"anna": "secret"}
    async with (
        MailServer(users=users) as plain,
        MailServer(tls=certified, users=users) as offering,
        MailServer(tls=certified, wrapped=True, users=users) as wrapped,
    ):
        servers = (plain, offering, wrapped)
        for server in servers:
            with pytest.raises(Unreachable):
                await mail.send(mail.relay(server.url.replace("//", "//anna:secret@")), made())
        assert [server.passwords for server in servers] == [[], [], []]
        trust(monkeypatch, tmp_path)
        for server in (offering, wrapped):
            await mail.send(mail.relay(server.url.replace("//", "//anna:secret@")), made())
        await mail.send(mail.relay(offering.url), made())
        assert [(len(server.got), server.passwords) for server in servers] == [
            (0, []),
            (2, ["secret"]),
            (1, ["secret"]),
        ]


async def test_a_folder_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "KEPT_MAX", 3)
    folder, names = tmp_path / "mail", [f"{number:032x}" for number in range(5)]
    assert await mail.kept(folder) == []
    for name in [*names, names[4]]:
        await mail.keep(folder, name, made(subject=f"About {int(name, 16)}"))
    kept = await mail.kept(folder)
    assert [(name, str(each["Subject"])) for name, each in kept] == [(names[n], f"About {n}") for n in (4, 3, 2)]
    assert sorted(path.name for path in folder.iterdir()) == [f"{name}.eml" for name in names[2:]]
    assert folder.stat().st_mode & 0o077 == 0
    (tmp_path / f"{'a' * 32}.eml").write_text("Subject: outside")
    for name in ("../" + "a" * 32, "a" * 32, names[0], "", ".", "%2e"):
        assert await mail.found(folder, name) is None
