"""A kitchen behind HTTP, with the contract of `deploy/mocks/kitchen.yaml`. Nothing that it answers is believed unchecked."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from merkato.domains.fulfilment.errors import KitchenTrouble
from merkato.domains.fulfilment.models import Item, KitchenStatus, Scheduled, merged
from merkato.domains.fulfilment.providers.kitchen import Kitchen
from merkato.kit.asking import ANSWER_MAX, Answer, NoAnswer, ask

PATIENCE: Final = 10.0
"""Seconds that the kitchen has for one answer, from connecting to its last byte."""
_LIST_MAX: Final = 4 * 1024 * 1024
"""The most bytes of a list of schedules that are read: after a long outage it is a long one."""
_DONE: Final = frozenset({200, 201})
_REFUSED: Final = frozenset({400, 404, 409, 413, 415, 422, 429})
"""A clear no. Any other status leaves the outcome unknown."""
_UNKNOWN: Final = 404

M = TypeVar("M", bound=BaseModel)


def _aware(moment: datetime) -> datetime:
    """Some services leave out the time zone, and mean UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Item(BaseModel):
    product: str = Field(max_length=1000)
    size: Literal["small", "medium", "big"]
    quantity: Annotated[int, Field(ge=1)]


class _Schedule(BaseModel):
    id: UUID
    order: list[_Item]
    scheduled: Annotated[datetime, AfterValidator(_aware)]
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
        answer = await self._ask("POST", "", json={"order": [asdict(item) for item in items]})
        if answer.status in _REFUSED:
            raise KitchenTrouble(f"The kitchen refused the ticket ({answer.status}).", nothing_done=True)
        return _read(_Id, answer).id

    async def status(self, schedule_id: UUID) -> KitchenStatus:
        answer = await self._ask("GET", f"/{schedule_id}/status")
        if answer.status == _UNKNOWN:
            raise KitchenTrouble("The kitchen does not know this ticket.", nothing_done=True)
        return _read(_Status, answer).status

    async def cancel(self, schedule_id: UUID) -> None:
        answer = await self._ask("POST", f"/{schedule_id}/cancel")
        if answer.status not in _DONE | {_UNKNOWN}:
            raise KitchenTrouble(f"The kitchen did not cancel the ticket ({answer.status}).")

    async def since(self, moment: datetime) -> list[Scheduled]:
        answer = await self._ask("GET", "?" + urlencode({"since": moment.isoformat()}), answer_max=_LIST_MAX)
        found = _read(_Schedules, answer).schedules
        # Whether it has looked at `since` is not taken for granted.
        return [
            Scheduled(each.id, merged(Item(**item.model_dump()) for item in each.order), each.scheduled, each.status)
            for each in found
            if each.scheduled >= moment
        ]

    async def _ask(self, method: str, path: str, *, json: object = None, answer_max: int = ANSWER_MAX) -> Answer:
        try:
            url = self._url + path
            return await ask(method, url, patience=self._patience, json=json, answer_max=answer_max, ours=True)
        except NoAnswer as error:
            if error.unsent:
                raise KitchenTrouble("The kitchen cannot be reached.", nothing_done=True) from error
            raise KitchenTrouble("The kitchen gave no answer in time, or none that can be read.") from error


def _read(kind: type[M], answer: Answer) -> M:
    if answer.status not in _DONE:
        raise KitchenTrouble(f"The kitchen answered {answer.status}.")
    try:
        return answer.read(kind)
    except NoAnswer as error:
        raise KitchenTrouble("The kitchen gave an answer that means nothing.") from error
