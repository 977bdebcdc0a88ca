"""A kitchen behind HTTP, with the contract of `deploy/mocks/kitchen.yaml`. Nothing that it answers is believed unchecked."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

import httpx
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from merkato.domains.fulfilment.errors import KitchenTrouble
from merkato.domains.fulfilment.models import Item, KitchenStatus, Scheduled, merged
from merkato.domains.fulfilment.providers.kitchen import Kitchen

PATIENCE: Final = 10.0
"""Seconds that the kitchen has for one answer, from connecting to its last byte."""
ANSWER_MAX: Final = 4 * 1024 * 1024
"""Bytes of an answer; more is not read."""
OK, NOT_FOUND = 200, 404

T = TypeVar("T")


class _Item(BaseModel):
    product: str = Field(max_length=1000)
    size: Literal["small", "medium", "big"]
    quantity: Annotated[int, Field(ge=1)]


class _Schedule(BaseModel):
    id: UUID
    order: list[_Item]
    scheduled: AwareDatetime
    status: KitchenStatus


class _Schedules(BaseModel):
    schedules: list[_Schedule] = []


class _Id(BaseModel):
    id: UUID


class _Status(BaseModel):
    status: KitchenStatus


class Http(Kitchen):
    """The kitchen service at `url`."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self._url = url.rstrip("/") + "/kitchen/schedules"
        self._patience = patience

    async def schedule(self, items: Sequence[Item]) -> UUID:
        status, body = await self._asked("POST", "", json={"order": [asdict(item) for item in items]})
        if 400 <= status < 500:
            raise KitchenTrouble(f"The kitchen refused the ticket ({status}).", nothing_done=True)
        return _read(_Id, status, body, expected={200, 201}).id

    async def status(self, schedule_id: UUID) -> KitchenStatus:
        status, body = await self._asked("GET", f"/{schedule_id}/status")
        if status == NOT_FOUND:
            raise KitchenTrouble("The kitchen does not know this ticket.", nothing_done=True)
        return _read(_Status, status, body, expected={OK}).status

    async def cancel(self, schedule_id: UUID) -> None:
        status, _ = await self._asked("POST", f"/{schedule_id}/cancel")
        if status not in {OK, NOT_FOUND}:
            raise KitchenTrouble(f"The kitchen did not cancel the ticket ({status}).")

    async def since(self, moment: datetime) -> list[Scheduled]:
        status, body = await self._asked("GET", "", params={"since": moment.isoformat()})
        found = _read(_Schedules, status, body, expected={OK}).schedules
        # Whether it has looked at `since` is not taken for granted.
        return [
            Scheduled(each.id, merged(Item(**item.model_dump()) for item in each.order), each.scheduled, each.status)
            for each in found
            if each.scheduled >= moment
        ]

    async def _asked(self, method: str, path: str, **said: Any) -> tuple[int, bytes]:  # noqa: ANN401 - httpx's own.
        """The status and body of an answer. Raises KitchenTrouble when there is none."""
        try:
            async with (
                asyncio.timeout(self._patience),
                httpx.AsyncClient(verify=_tls(), timeout=self._patience) as client,
            ):
                return await _whole(client, method, self._url + path, **said)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise KitchenTrouble("The kitchen cannot be reached.", nothing_done=True) from None
        except (TimeoutError, httpx.TimeoutException):
            raise KitchenTrouble("The kitchen did not answer in time.") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise KitchenTrouble("The kitchen gave no answer that can be read.") from None


async def _whole(client: httpx.AsyncClient, method: str, url: str, **said: Any) -> tuple[int, bytes]:  # noqa: ANN401
    body = bytearray()
    # As they come over the wire: what is small there could be huge when it is unpacked.
    async with client.stream(method, url, headers={"accept-encoding": "identity"}, **said) as answer:
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > ANSWER_MAX:
                raise KitchenTrouble("The kitchen's answer is too large.")
    return answer.status_code, bytes(body)


def _read(kind: type[T], status: int, body: bytes, *, expected: set[int]) -> T:
    if status not in expected:
        raise KitchenTrouble(f"The kitchen answered {status}.")
    try:
        return TypeAdapter(kind).validate_json(body)
    except ValidationError:
        raise KitchenTrouble("The kitchen gave an answer that means nothing.") from None


@cache
def _tls() -> ssl.SSLContext:
    """Made once: a client would build one each time."""
    return ssl.create_default_context()
