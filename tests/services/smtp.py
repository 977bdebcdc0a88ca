"""A real SMTP server on a free port of loopback, in the test's own event loop, that misbehaves when it is told to.

async with MailServer() as server:                 # server.url is for MERKATO_SMTP_URL
    server.next(refuses("RCPT", 550), HANG, LOST)  # one connection each; afterwards it behaves again
    await server.cut(); await server.back()        # nothing listens; it listens again at the same port
    assert [made["Subject"] for made in server.got] == ["Hello"]
"""

import asyncio
import base64
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Final, Self

CONTENT: Final = "CONTENT"
"""The moment when the whole message has arrived."""


@dataclass(frozen=True)
class Fault:
    """What becomes of one connection at one command."""

    at: str
    reply: str | None = None
    """Said in place of the right answer; None resets the connection, or keeps it silently."""
    done: bool = False
    """Whether the message is taken all the same."""
    hang: bool = False


HANG: Final = Fault("EHLO", hang=True)
LOST: Final = Fault(CONTENT, done=True)
"""Taken, and not told."""
TAKEN_AND_HANG: Final = Fault(CONTENT, done=True, hang=True)


def refuses(at: str, code: int) -> Fault:
    """Answers a command, or the CONTENT, with this code; quotes the recipient, as servers do."""
    return Fault(at, f"{code} anna@example.com is not wanted here")


class MailServer:
    """Takes mail as long as its block lasts. With `tls` it offers STARTTLS, or speaks TLS from the first byte if `wrapped`."""

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, wrapped: bool = False, users: dict[str, str] | None = None
    ) -> None:
        self.got: list[EmailMessage] = []
        """What was taken, oldest first."""
        self.passwords: list[str] = []
        """Passwords that have arrived, right or wrong."""
        self.unicode = True
        """Whether it takes addresses outside ASCII (SMTPUTF8)."""
        self.port = 0
        self._tls, self._wrapped, self._users = tls, wrapped, users or {}
        self._faults: deque[Fault | None] = deque()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._news = asyncio.Event()

    @property
    def url(self) -> str:
        return f"{'smtps' if self._wrapped else 'smtp'}://127.0.0.1:{self.port}"

    def next(self, *faults: Fault | None) -> None:
        """The next connections meet these; None behaves."""
        self._faults.extend(faults)

    def to(self, address: str) -> list[EmailMessage]:
        """What was taken for one recipient."""
        return [made for made in self.got if made["To"] == address]

    async def taken(self, count: int) -> None:
        """Wait until so many messages were taken in all."""
        while len(self.got) < count:
            self._news.clear()
            await self._news.wait()

    async def cut(self) -> None:
        """Nothing listens any more, and open connections are reset."""
        if self._server is not None:
            self._server.close()
            for writer in self._open:
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def back(self) -> None:
        """Listen, at the same port as before."""
        wrapping = self._tls if self._wrapped else None
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, ssl=wrapping)
        self.port = self._server.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        fault = self._faults.popleft() if self._faults else None
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await _Dialogue(self, reader, writer, fault).run()
        finally:
            self._open.discard(writer)
            writer.transport.abort()


class _Dialogue:
    """One connection."""

    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault | None
    ) -> None:
        self.server, self.reader, self.writer, self.fault = server, reader, writer, fault
        self.encrypted = server._wrapped

    async def run(self) -> None:
        self._say("220 test")
        while line := await self.reader.readline():
            verb = line.split()[0].decode().upper() if line.split() else ""
            if verb == "DATA" and not self._stumbles(verb):
                self._say("354 go on")
                content = await self.reader.readuntil(b"\r\n.\r\n")
                if not await self._meets(CONTENT, content):
                    self._take(content)
                    self._say("250 taken")
            elif not await self._meets(verb):
                await self._answer(verb, line)
            if verb == "QUIT":
                return

    def _stumbles(self, moment: str) -> bool:
        return self.fault is not None and self.fault.at == moment

    async def _meets(self, moment: str, content: bytes = b"") -> bool:
        """Whether the fault was due, and has had its way."""
        fault = self.fault
        if fault is None or fault.at != moment:
            return False
        if fault.done:
            self._take(content)
        if fault.hang:
            await self.reader.read()
        if fault.reply is None:
            raise ConnectionResetError
        self._say(fault.reply)
        return True

    async def _answer(self, verb: str, line: bytes) -> None:
        if verb == "EHLO":
            offered = ["test", "SIZE 1000000", "AUTH PLAIN"]
            offered += ["SMTPUTF8"] if self.server.unicode else []
            offered += ["STARTTLS"] if self.server._tls and not self.encrypted else []
            for each in offered[:-1]:
                self._say(f"250-{each}")
            self._say(f"250 {offered[-1]}")
        elif verb == "STARTTLS":
            self._say("220 go on")
            await self.writer.drain()
            assert self.server._tls is not None
            await self.writer.start_tls(self.server._tls)
            self.encrypted = True
        elif verb == "AUTH":
            _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
            self.server.passwords.append(password)
            self._say("235 welcome" if self.server._users.get(user) == password else "535 wrong")
        else:
            self._say("221 bye" if verb == "QUIT" else "250 fine")

    def _take(self, content: bytes) -> None:
        plain = content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        made = message_from_bytes(plain.replace(b"\r\n", b"\n"), policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.server.got.append(made)
        self.server._news.set()

    def _say(self, line: str) -> None:
        self.writer.write(f"{line}\r\n".encode())


def words(made: EmailMessage, kind: str) -> str:
    """The body of a message: `plain` or `html`."""
    part = made.get_body((kind,))
    assert part is not None, kind
    return str(part.get_content())
