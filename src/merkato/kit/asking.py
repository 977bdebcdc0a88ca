"""Requests to the companies that the settings name: limited in time and size, and nothing that comes back is trusted.

Redirects are not followed: whoever answers is who was asked.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from merkato.kit import traces

ANSWER_MAX: Final = 262_144
"""The most bytes of an answer that are read, unless a caller expects more."""

M = TypeVar("M", bound=BaseModel)


class NoAnswer(Exception):  # noqa: N818 - what was asked may have happened.
    """There was no answer in time, or none that can be understood: what was asked may have happened or not.

    Unless `unsent`: then nobody was there to be asked.
    """

    def __init__(self, cause: str, *, unsent: bool = False) -> None:
        super().__init__(cause)
        self.unsent = unsent


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def read(self, kind: type[M]) -> M:
        """The JSON document that was promised. Raises NoAnswer for anything else."""
        try:
            return kind.model_validate_json(self.content)
        except ValidationError as error:
            raise NoAnswer(f"{self.status}, and no {kind.__name__}") from error


async def ask(  # noqa: PLR0913 - what a request is made of.
    method: str,
    url: str,
    *,
    patience: float,
    headers: Mapping[str, str] | None = None,
    content: str | bytes | None = None,
    json: Any = None,  # noqa: ANN401 - whatever can be written as JSON.
    answer_max: int = ANSWER_MAX,
    ours: bool = False,
) -> Answer:
    """Send a request and read its answer (of `answer_max` bytes) within `patience` seconds in all. Raises NoAnswer.

    A service that is `ours` is told of which trace it does a part.
    """
    # Uncompressed, so that what is read is no more than what was sent.
    sent = {"accept-encoding": "identity", **(headers or {})}
    try:
        asked = httpx.URL(url)
        with traces.call(method, asked.host, asked.port) as span:
            if ours and (here := traces.here()) is not None:
                sent[traces.HEADER] = here
            async with (
                asyncio.timeout(patience),
                httpx.AsyncClient(verify=_trusted(), timeout=patience) as client,
                client.stream(method, asked, headers=sent, content=content, json=json) as answer,
            ):
                traces.note_answer(span, method, answer.status_code)
                body = bytearray()
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > answer_max:
                        raise NoAnswer("more bytes than are read")
                return Answer(answer.status_code, answer.headers, bytes(body))
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise NoAnswer(type(error).__name__, unsent=True) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
        raise NoAnswer(type(error).__name__) from error


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the certificates takes longer than most requests; a client makes a context of its own otherwise."""
    return httpx.create_ssl_context()
