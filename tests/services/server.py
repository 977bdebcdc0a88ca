"""A real HTTP server on a free port of loopback, in the test's own event loop, that misbehaves when it is told to.

async with Server(app) as server:              # any ASGI application
server.next(LOST, says(500), HANG)         # one request each; afterwards it behaves again
server.always(HANG); server.behave()       # until told otherwise
await server.cut(); await server.back()    # nothing listens; it listens again at the same port
assert [each.path for each in server.seen] == ["/payments"]
"""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import h11
from starlette.types import ASGIApp, Message

BODY_MAX: Final = 1_000_000
_ABORT: Final = struct.pack("ii", 1, 0)
"""Linger for no time: closing sends a reset."""


@dataclass(frozen=True)
class Seen:
    """A request that has arrived, whatever became of it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Fault:
    """One way to misbehave with one request."""

    done: bool = False
    """Whether what was asked is done before."""
    pause: float = 0
    """Seconds before the answer, and between its first byte and the rest."""
    answer: bytes | None = None
    """What goes over the wire in place of the application's answer."""
    silent: bool = False
    """Whether nothing is answered."""
    hang: bool = False
    """Whether the connection is then kept, else it is reset (silent) or closed."""

    @property
    def after_doing(self) -> "Fault":
        return replace(self, done=True)


HANG: Final = Fault(silent=True, hang=True)
RESET: Final = Fault(silent=True)
LOST: Final = RESET.after_doing
"""Done, and not told."""
NONSENSE: Final = Fault(answer=b"\x00\xff SSH-2.0 I am no web server\r\n\r\n")


def slow(seconds: float) -> Fault:
    """Does and answers what it should, late."""
    return Fault(done=True, pause=seconds)


def says(status: int, body: object = None, **headers: str) -> Fault:
    """Answers this in place of what the application would; bytes as they are, else as JSON. Names of headers: `content_type`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"content-type": "application/json", "content-length": str(len(content)), "connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in named.items())]
    return Fault(answer="\r\n".join([*head, "", ""]).encode() + content)


@dataclass
class Server:
    """An ASGI application at `url`, from entering to leaving the context."""

    app: ASGIApp
    port: int = 0
    seen: list[Seen] = field(default_factory=list, init=False)
    _next: deque[Fault] = field(default_factory=deque, init=False)
    _always: Callable[[], Fault | None] = field(default_factory=lambda: _behaving, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _listening: asyncio.Server | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self, *faults: Fault | None) -> None:
        """Misbehave with the next requests, one fault each; None is none."""
        self._next.extend(fault or Fault(done=True) for fault in faults)

    def always(self, fault: Fault | Callable[[], Fault | None]) -> None:
        """Misbehave with every request; a function decides for each."""
        self._always = fault if callable(fault) else lambda: fault

    def behave(self) -> None:
        """From now on, do and answer what the application does."""
        self._next.clear()
        self._always = _behaving

    async def cut(self) -> None:
        """Nothing listens any more, and what was under way is reset."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def back(self) -> None:
        """Listen (again), at the same port."""
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # What ends here is a client that has gone, or a server that is cut.
            with suppress(OSError, asyncio.CancelledError, h11.RemoteProtocolError):
                while await self._answered(_Wire(reader, writer)):
                    pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _answered(self, wire: "_Wire") -> bool:
        """Answer one request; whether the connection stays open for another."""
        request = await wire.request()
        if request is None:
            return False
        self.seen.append(request)
        fault = self._next.popleft() if self._next else self._always()
        if fault is None:
            await wire.send(await _response(self.app, request))
            return True
        answer = await _response(self.app, request) if fault.done else b""
        await asyncio.sleep(fault.pause)
        if not fault.silent:
            content = answer if fault.answer is None else fault.answer
            await wire.send(content[:1])
            await asyncio.sleep(fault.pause)
            await wire.send(content[1:])
        if fault.hang:
            await wire.gone()
        if fault.silent:
            wire.reset()
        else:
            await wire.finish()
        return False


@dataclass
class _Wire:
    """One connection, read by h11 and written in bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> Seen | None:
        """The next request with its body; None if the client has ended."""
        protocol, head, body = h11.Connection(h11.SERVER), None, b""
        while True:
            event = protocol.next_event()
            if event is h11.NEED_DATA:
                received = await self.reader.read(65_536)
                if not received and head is None:
                    return None
                protocol.receive_data(received)
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                assert len(body) <= BODY_MAX
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
                return Seen(head.method.decode(), head.target.decode(), headers, body)
            else:
                return None

    async def send(self, content: bytes) -> None:
        self.writer.write(content)
        await self.writer.drain()

    async def gone(self) -> None:
        """Wait until the client gives up."""
        while await self.reader.read(65_536):
            pass

    def reset(self) -> None:
        found: socket.socket = self.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)

    async def finish(self) -> None:
        """Say that this was all, and let the client read it: what is closed with bytes unread is reset."""
        self.writer.write_eof()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.gone(), 1)


async def _response(app: ASGIApp, request: Seen) -> bytes:
    """What the application answers, as bytes for the wire."""
    path, _, query = request.path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": request.method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    sent: list[Message] = []
    said: list[Message] = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Message:
        if not said:
            # The client stays until it has its answer.
            await asyncio.Event().wait()
        return said.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    await _finished(app(scope, receive, send))
    start, *rest = sent
    body = b"".join(message.get("body", b"") for message in rest)
    head = h11.Response(status_code=start["status"], headers=list(start["headers"]), reason=b"")
    named = {name.lower(): value for name, value in head.headers}
    named[b"content-length"] = str(len(body)).encode()
    lines = [b"HTTP/1.1 %d %s" % (start["status"], HTTPStatus(start["status"]).phrase.encode())]
    lines += [name + b": " + value for name, value in named.items()]
    return b"\r\n".join([*lines, b"", b""]) + body


def _behaving() -> None:
    return None


async def _finished(work: Awaitable[None]) -> None:
    """What is being done goes on when the server is cut: only the answer is lost."""
    await asyncio.shield(asyncio.ensure_future(work))
