"""Mail: how a letter becomes a message, and how it leaves: to a mail server, or into a folder where none is named."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from email_validator import EmailNotValidError, validate_email

from merkato.kit import storage, traces

LIMIT: Final = 20.0
"""Seconds for handing over one message, from the first packet to the server's word that it has it."""
FAREWELL: Final = 2.0
SUBJECT_MAX: Final = 200
KEPT_MAX: Final = 500
"""How many messages a folder keeps: the newest."""
_PORTS: Final = {"smtp": 587, "smtps": 465}
_FORM: Final = "it must look like smtp://user:password@host:587 or smtps://user:password@host"
_NAME: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


Encryption = Literal["tls", "starttls", "offered", "none"]


class Refused(Exception):  # noqa: N818 - named for what happened.
    """The mail server takes this message for this address neither now nor later."""


class Unreachable(Exception):  # noqa: N818 - as above.
    """The mail server cannot be reached, or does not take mail at the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is written to one person, in two forms."""

    to: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A mail server, and how it is spoken to."""

    host: str
    port: int
    user: str | None
    password: str | None
    encryption: Encryption
    """`offered`: STARTTLS if the server has it."""


def relay(url: str) -> Relay:
    """The mail server of a URL. Raises ValueError, in words that do not quote it.

    With a password STARTTLS is demanded, without one it is used when it is offered; `?starttls=always` and `?starttls=never` decide otherwise.
    """
    try:
        parts = urlsplit(url)
        usual = _PORTS[parts.scheme]
        port = parts.port or usual
    except (ValueError, KeyError):
        raise ValueError(_FORM) from None
    if not parts.hostname or parts.path.strip("/"):
        raise ValueError(_FORM)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    starttls = asked.pop("starttls", None)
    if asked or starttls not in {None, "always", "never"} or (starttls and parts.scheme == "smtps"):
        raise ValueError(
            "after the question mark it may say starttls=always or starttls=never, and that for smtp:// only"
        )
    decided: dict[str | None, Encryption] = {
        "always": "starttls",
        "never": "none",
        None: "starttls" if parts.password else "offered",
    }
    return Relay(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        encryption="tls" if parts.scheme == "smtps" else decided[starttls],
    )


def message(letter: Letter, *, sender: str, name: str, message_id: str, at: datetime) -> EmailMessage:
    """The letter as it travels. `name` is the sender's, for people. Raises Refused for an address that cannot be written to.

    Bodies are 7-bit whatever is in them; only an address outside ASCII needs more of the servers on its way (SMTPUTF8).
    """
    to = _deliverable(letter.to)
    made = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit", utf8=not to.isascii()))
    made["From"] = _address(sender, one_line(name))
    made["To"] = _address(to)
    made["Subject"] = one_line(letter.subject)[:SUBJECT_MAX]
    made["Date"] = at
    made["Message-ID"] = f"<{message_id}>"
    # So that nobody's holiday notice answers it (RFC 3834).
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    return made


def one_line(text: str) -> str:
    """The text without line breaks and control characters: nothing in it begins another header, or another line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


async def send(server: Relay, made: EmailMessage) -> None:
    """Hand a message over. Raises Refused or Unreachable; what they say names no address.

    A refusal of the recipient or the content is for good if its code is 5xx. Everything else, a wrong password too, may be mended.
    """
    client = SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.encryption == "tls",
        start_tls={"starttls": True, "offered": None}.get(server.encryption, False),
        tls_context=None if server.encryption == "none" else _trusted(),
        # The name of this machine is nobody's business, and asking for it can take long.
        local_hostname=_domain(made["From"]),
        timeout=LIMIT,
    )
    try:
        with traces.call("SMTP", server.host, server.port):
            async with asyncio.timeout(LIMIT):
                await _handed_over(client, made)
    except TimeoutError:
        raise Unreachable("The mail server did not answer in time.") from None
    else:
        # It has the message; whether it says goodbye changes nothing.
        with suppress(SMTPException, OSError):
            async with asyncio.timeout(FAREWELL):
                await client.quit()
    finally:
        client.close()


async def _handed_over(client: SMTP, made: EmailMessage) -> None:
    sender, to = (made[name].addresses[0].addr_spec for name in ("From", "To"))
    options = [] if to.isascii() else ["SMTPUTF8"]
    try:
        await client.connect()
        await client.sendmail(sender, [to], made.as_bytes(), mail_options=options)
    except SMTPRecipientsRefused as refused:
        raise _judged(refused.recipients[0].code, "the recipient") from None
    except SMTPDataError as refused:
        raise _judged(refused.code, "the content") from None
    except SMTPNotSupported:
        if options and client.is_connected:
            raise Refused("The mail server cannot write to an address outside ASCII.") from None
        raise Unreachable("The mail server lacks what the settings ask for, as STARTTLS.") from None
    except SMTPResponseException as answered:
        raise Unreachable(f"The mail server answered {answered.code}.") from None
    except (SMTPException, OSError) as failed:
        raise Unreachable(f"The mail server does not answer as it should ({type(failed).__name__}).") from None


def _judged(code: int, what: str) -> Refused | Unreachable:
    kind = Refused if 500 <= code < 600 else Unreachable
    return kind(f"The mail server refused {what}: {code}.")


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates of this machine; read once, because that takes long."""
    return ssl.create_default_context()


def _deliverable(address: str) -> str:
    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError:
        raise Refused("It is no address that mail can be sent to.") from None
    return valid.ascii_email or valid.normalized


def _address(address: str, name: str = "") -> Address:
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def _domain(header: object) -> str:
    return str(header).rstrip(">").rpartition("@")[2]


async def keep(folder: Path, name: str, made: EmailMessage) -> None:
    """Put a message into a folder, whole or not at all, and the oldest ones out of it. Names are 32 hexadecimal digits in order."""
    await asyncio.to_thread(_keep, folder, name, made.as_bytes())


async def kept(folder: Path) -> list[tuple[str, EmailMessage]]:
    """The messages of a folder by name, newest first."""
    return await asyncio.to_thread(_kept, folder)


async def found(folder: Path, name: str) -> EmailMessage | None:
    """The message of this name. Only names that `keep` gives are looked for, so that nobody walks out of the folder."""
    if _NAME.fullmatch(name) is None:
        return None
    return await asyncio.to_thread(_read, folder / f"{name}.eml")


def _keep(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    storage.write(folder / f"{name}.eml", content)
    for old in _newest_first(folder)[KEPT_MAX:]:
        old.unlink(missing_ok=True)


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"), reverse=True)


def _kept(folder: Path) -> list[tuple[str, EmailMessage]]:
    read = ((path.stem, _read(path)) for path in _newest_first(folder))
    return [(name, made) for name, made in read if made is not None]


def _read(path: Path) -> EmailMessage | None:
    try:
        made = message_from_bytes(path.read_bytes(), policy=policy.default)
    except FileNotFoundError:
        return None
    return made if isinstance(made, EmailMessage) else None
