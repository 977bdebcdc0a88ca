"""Requests to addresses that somebody has typed in: they reach the public internet and nothing behind our own door.

A name is resolved once, every address that it has must be public, and the connection goes to an address that was checked: a second answer
of the name server changes nothing (DNS rebinding). Redirects are not followed, and proxies of the environment are not used.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpx

from merkato.kit import traces

PATIENCE: Final = 10.0
"""Seconds that a receiver has in all: to be found, to be reached, and to answer."""
ADDRESSES_MAX: Final = 3
"""How many addresses of one name are tried."""
URL_MAX: Final = 2_000

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name and port. Raises OSError when there are none."""

_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_IN_USE: Final = ipaddress.IPv6Network("2000::/3")
"""Of IPv6 only this much is handed out for the public internet."""
_REFUSED: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "192.0.0.0/24",  # IETF protocol assignments.
        "192.88.99.0/24",  # Relays of 6to4, which is over.
        "168.63.129.16/32",  # A cloud's own services, at a public address.
        "2001::/23",  # IETF protocol assignments, Teredo among them.
        "2001:db8::/32",  # For documentation,
        "3fff::/20",  # the same.
        "2002::/16",  # 6to4: wraps any IPv4 address.
    )
)
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "intranet", "home.arpa", "lan")
_NUMERIC: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


class NotAllowedThere(Exception):  # noqa: N818 - named for what it is.
    """This address is not one to send to. The message says why, in words for whoever typed it in."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a request: the status of the answer, or in one word why there is none."""

    status: int | None
    error: str | None
    milliseconds: int


def public(address: IPAddress) -> bool:
    """Whether an address is one of the public internet. What wraps another address is judged by that one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _MAPPED or address in _NAT64:
            return public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _IN_USE or address.scope_id is not None:
            return False
    known = address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    return known and not any(address in network for network in _REFUSED if network.version == address.version)


def read(url: str, *, private: bool = False) -> httpx.URL:
    """A typed address as one that may be asked, as far as its text tells. `private`: our own network and plain HTTP are allowed.

    Raises NotAllowedThere.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise NotAllowedThere("is no URL") from None
    if parsed.scheme not in ({"https", "http"} if private else {"https"}) or not parsed.raw_host:
        raise NotAllowedThere("must begin with https://")
    if len(url) > URL_MAX or not url.isprintable() or "\\" in url:
        raise NotAllowedThere("is no URL")
    if parsed.userinfo or "@" in parsed.netloc.decode():
        raise NotAllowedThere("must not hold a user or a password")
    if parsed.fragment:
        raise NotAllowedThere("must not have a fragment")
    if parsed.port is not None and not 0 < parsed.port < 65_536:
        raise NotAllowedThere("must name a port below 65536")
    if not private:
        if parsed.port is not None and parsed.port < 1024 and parsed.port != 443:
            raise NotAllowedThere("must not name a port below 1024 other than 443")
        _check_host(parsed.raw_host.decode())
    return parsed


def _check_host(host: str) -> None:
    address = _literal(host)
    if address is None:
        labels = host.lower().rstrip(".").split(".")
        # `127.1`, `0x7f.0.0.1` and `2130706433` are addresses to some resolvers, and look like names.
        if _NUMERIC.fullmatch(labels[-1]):
            raise NotAllowedThere("must write an IP address in full")
        if len(labels) == 1 or any(".".join(labels).endswith(f".{local}") for local in _LOCAL_NAMES):
            raise NotAllowedThere("must be an address of the public internet")
    elif not public(address):
        raise NotAllowedThere("must be an address of the public internet")


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system's resolver has them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def addresses(url: httpx.URL, *, private: bool = False, resolve: Resolve = resolved) -> list[str]:
    """Where a read URL leads. All of its addresses must be allowed. Raises NotAllowedThere, and OSError for an unknown name."""
    host = url.raw_host.decode()
    found = [host] if _literal(host) else list(await resolve(host, _port(url)))
    if not private and not all((address := _literal(each)) and public(address) for each in found):
        raise NotAllowedThere("must be an address of the public internet")
    return found[:ADDRESSES_MAX]


async def check(url: str, *, private: bool = False, resolve: Resolve = resolved) -> None:
    """Refuse an address that could not be sent to. A name that is not known yet may be known later. Raises NotAllowedThere."""
    parsed = read(url, private=private)
    try:
        async with asyncio.timeout(PATIENCE / 2):
            await addresses(parsed, private=private, resolve=resolve)
    except (OSError, UnicodeError):
        return


async def post(  # noqa: PLR0913 - all but the first three are for trying.
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    *,
    private: bool = False,
    patience: float = PATIENCE,
    resolve: Resolve = resolved,
    trusted: ssl.SSLContext | None = None,
) -> Reply:
    """Send a body and learn the status of the answer, whose body is not read. It raises nothing: what went wrong is a word.

    The words: `not-allowed`, `unknown-host`, `timeout`, `tls`, `connection`, `nonsense`.
    """
    began = time.monotonic()
    status: int | None = None
    error: str | None = None
    # Strangers are not told of which trace this is a part: they could tie together what we tell them apart.
    with traces.call("POST") as span:
        try:
            async with asyncio.timeout(patience):
                parsed = read(url, private=private)
                traces.note_place(span, parsed.host, parsed.port)
                found = await addresses(parsed, private=private, resolve=resolve)
                async with httpx.AsyncClient(verify=trusted or _trusted(), trust_env=False, timeout=patience) as client:
                    status = await _status(client, parsed, found, headers, content)
        except NotAllowedThere:
            error = "not-allowed"
        except (TimeoutError, httpx.TimeoutException):
            error = "timeout"
        except (socket.gaierror, UnicodeError):
            error = "unknown-host"
        except httpx.TransportError as failure:
            error = _word(failure)
        except OSError:
            error = "connection"
        traces.note_answer(span, "POST", status, error)
    return Reply(status, error, round((time.monotonic() - began) * 1000))


async def _status(
    client: httpx.AsyncClient, url: httpx.URL, found: Sequence[str], headers: Mapping[str, str], content: bytes
) -> int:
    """Ask the first address that can be reached, under the name that was typed in."""
    for last, address in enumerate(found, start=1 - len(found)):
        request = client.build_request(
            "POST",
            url.copy_with(host=address),
            headers={**headers, "Host": url.netloc.decode()},
            content=content,
            extensions={"sni_hostname": url.raw_host.decode()},
        )
        try:
            answer = await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if last == 0:
                raise
            continue
        await answer.aclose()
        return answer.status_code
    raise OSError("The name has no address.")


def _word(failure: httpx.TransportError) -> str:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    return "nonsense" if isinstance(failure, httpx.ProtocolError | httpx.DecodingError) else "connection"


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the system's certificates takes longer than a request."""
    return ssl.create_default_context()
