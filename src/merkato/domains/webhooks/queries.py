"""How webhooks and deliveries are found and changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, any_, case, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from merkato.domains.webhooks.models import Condition, Delivery, DeliveryState, Webhook
from merkato.kit import clock, ids
from merkato.kit.counting import counted
from merkato.kit.database import Session
from merkato.kit.events import Event, payload_of
from merkato.kit.paging import Key, Paging


async def webhook(session: Session, webhook_id: UUID, *, lock: bool = False) -> Webhook | None:
    found = select(Webhook).where(Webhook.id == webhook_id).execution_options(populate_existing=True)
    return await session.scalar(found.with_for_update() if lock else found)


async def webhooks(session: Session, paging: Paging) -> tuple[list[Webhook], str | None]:
    """Oldest first."""
    return await paging.fetch(session, select(Webhook), Key(Webhook.id))


async def count(session: Session) -> int:
    return await session.scalar(select(func.count()).select_from(Webhook)) or 0


async def that_want(session: Session, name: str) -> list[UUID]:
    """The active webhooks that are told events of this name."""
    wanted = or_(Webhook.events.is_(None), literal(name) == any_(Webhook.events))
    return list(await session.scalars(select(Webhook.id).where(Webhook.disabled_at.is_(None), wanted)))


async def insert_deliveries(session: Session, webhook_ids: Sequence[UUID], event: Event) -> list[UUID]:
    """One delivery of an event for each of these webhooks; the ids of those that were not there already."""
    moment = clock.now()
    rows = [
        {
            "id": ids.new(),
            "webhook_id": webhook_id,
            "event_id": event.id,
            "event": event.name,
            "payload": payload_of(event),
            "state": DeliveryState.WAITING.value,
            "turn": 1,
            "tries": 0,
            "happened_at": ids.moment(event.id),
            "requested_at": moment,
            "created_at": moment,
            "updated_at": moment,
        }
        for webhook_id in webhook_ids
    ]
    fresh = insert(Delivery).values(rows).on_conflict_do_nothing().returning(Delivery.id)
    return list(await session.scalars(fresh))


def _deliveries() -> Select[Delivery]:
    return select(Delivery).options(selectinload(Delivery.attempts)).execution_options(populate_existing=True)


async def delivery(session: Session, delivery_id: UUID, *, lock: bool = False) -> Delivery | None:
    """One delivery with its attempts."""
    found = _deliveries().where(Delivery.id == delivery_id)
    return await session.scalar(found.with_for_update(of=Delivery) if lock else found)


async def webhook_of(session: Session, delivery_id: UUID) -> UUID | None:
    return await session.scalar(select(Delivery.webhook_id).where(Delivery.id == delivery_id))


async def deliveries(
    session: Session, webhook_id: UUID, state: DeliveryState | None, paging: Paging
) -> tuple[list[Delivery], str | None]:
    """Newest first."""
    found = _deliveries().where(Delivery.webhook_id == webhook_id)
    if state is not None:
        found = found.where(Delivery.state == state)
    return await paging.fetch(session, found, Key(Delivery.id, descending=True))


async def under_way(session: Session, webhook_id: UUID) -> int:
    """How many attempts at one webhook are being made now."""
    waiting = (Delivery.webhook_id == webhook_id, Delivery.state == DeliveryState.WAITING)
    found = select(func.count()).where(*waiting, Delivery.leased_until > clock.now())
    return await session.scalar(found) or 0


async def end_waiting(session: Session, webhook_id: UUID) -> None:
    """Try no more to deliver what waits for one webhook."""
    waiting = update(Delivery).where(Delivery.webhook_id == webhook_id, Delivery.state == DeliveryState.WAITING)
    await session.execute(waiting.values(state=DeliveryState.ENDED.value, leased_until=None))


async def bury(session: Session, before: datetime) -> None:
    """Deliveries that have waited since before are dead, whatever became of their tasks."""
    waiting = update(Delivery).where(Delivery.state == DeliveryState.WAITING, Delivery.requested_at <= before)
    await session.execute(waiting.values(state=DeliveryState.DEAD.value))


async def forget(session: Session, before: datetime, limit: int) -> int:
    """Delete deliveries that ended before; how many."""
    over = select(Delivery.id).where(Delivery.state != DeliveryState.WAITING, Delivery.updated_at <= before)
    gone = delete(Delivery).where(Delivery.id.in_(over.limit(limit))).returning(Delivery.id)
    return len(list(await session.scalars(gone)))


async def counts(session: Session) -> dict[str, int]:
    """How many deliveries there are in each state but `delivered`."""
    # Written out, because the index that holds just these is found by it.
    unheard = Delivery.state != literal(DeliveryState.DELIVERED.value, literal_execute=True)
    found = await counted(session, [Delivery.state], unheard)
    return {state: many for (state,), many in found.items()}


async def conditions(session: Session) -> dict[str, int]:
    """How many webhooks are well, how many fail at present, and how many are switched off."""
    condition = case(
        (Webhook.disabled_at.is_not(None), Condition.OFF.value),
        (Webhook.failing_since.is_not(None), Condition.FAILING.value),
        else_=Condition.WELL.value,
    )
    found = select(condition.label("condition"), func.count()).group_by("condition")
    return {row[0]: row[1] for row in await session.execute(found)}
