"""How stock is found, locked and changed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    TableValuedAlias,
    Uuid,
    and_,
    any_,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from merkato.domains.inventory.models import Allocation, Hold, Movement, Stock
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


def _among(keys: Collection[UUID]) -> ColumnElement[bool]:
    """`= ANY(array)`: one statement text, and so one prepared plan, for any number of keys."""
    return Stock.variant_id == any_(literal(list(keys), ARRAY(Uuid)))


def _wanted(quantities: Mapping[UUID, int]) -> TableValuedAlias:
    """Variants with a figure of each, as a table."""
    keys, figures = literal(list(quantities), ARRAY(Uuid)), literal(list(quantities.values()), ARRAY(Integer))
    pairs = func.unnest(keys, figures).table_valued(column("variant_id", Uuid), column("delta", Integer))
    return pairs.render_derived()


async def open_stock(session: Session, variant_id: UUID) -> None:
    """A stock of none, unless there is one."""
    row = upsert(Stock).values(variant_id=variant_id, on_hand=0, reserved=0, updated_at=clock.now())
    await session.execute(row.on_conflict_do_nothing(index_elements=[Stock.variant_id]))


async def insert_stock(session: Session, on_hand: Mapping[UUID, int]) -> None:
    moment = clock.now()
    rows = [
        {"variant_id": variant_id, "on_hand": quantity, "reserved": 0, "updated_at": moment}
        for variant_id, quantity in on_hand.items()
    ]
    await session.execute(insert(Stock), rows)


async def insert_movements(
    session: Session, actor_id: UUID | None, moved: Mapping[UUID, tuple[int, int]], reason: str
) -> None:
    """By how much each changed, and how many there are of it now."""
    moment = clock.now()
    rows = [
        {
            "id": ids.new(),
            "variant_id": variant_id,
            "delta": delta,
            "on_hand": on_hand,
            "reason": reason,
            "account_id": actor_id,
            "created_at": moment,
        }
        for variant_id, (delta, on_hand) in moved.items()
    ]
    await session.execute(insert(Movement), rows)


async def close_stock(session: Session, variant_id: UUID) -> None:
    """Forget the stock of a variant, and what was held and promised of it. The movements stay."""
    for table in (Stock, Hold, Allocation):
        gone = delete(table).where(table.variant_id == variant_id)
        await session.execute(gone.execution_options(synchronize_session=False))


async def stock(session: Session, variant_id: UUID, *, lock: bool = False) -> Stock | None:
    found = select(Stock).where(Stock.variant_id == variant_id)
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(found)


async def lock_stock(session: Session, variant_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many of each tracked variant can still be bought; the rows are locked in key order, so that no two buyers wait for each other."""
    found = select(Stock.variant_id, Stock.on_hand - Stock.reserved).where(_among(variant_ids))
    locked = await session.execute(found.order_by(Stock.variant_id).with_for_update())
    return dict(iter(locked))


async def reserve(session: Session, more: Mapping[UUID, int]) -> dict[UUID, int]:
    """Reserve so many more (or fewer) of each, where there are enough; what can still be bought afterwards, of those that were changed."""
    wanted = _wanted(more)
    changed = (
        update(Stock)
        .where(Stock.variant_id == wanted.c.variant_id, Stock.on_hand - Stock.reserved >= wanted.c.delta)
        .values(reserved=Stock.reserved + wanted.c.delta, updated_at=clock.now())
        .returning(Stock.variant_id, Stock.on_hand - Stock.reserved)
    )
    rows = await session.execute(changed.execution_options(synchronize_session=False))
    return dict(iter(rows))


async def take_holds(session: Session, holder_id: UUID) -> dict[UUID, int]:
    """Delete what a holder holds, and say what it was. Of two at once one gets it."""
    gone = delete(Hold).where(Hold.holder_id == holder_id).returning(Hold.variant_id, Hold.quantity)
    rows = await session.execute(gone.execution_options(synchronize_session=False))
    return dict(iter(rows))


async def take_allocations(session: Session, order_id: UUID) -> dict[UUID, int]:
    """Delete what is promised to an order, and say what it was. Of two at once one gets it."""
    gone = delete(Allocation).where(Allocation.order_id == order_id)
    taken = gone.returning(Allocation.variant_id, Allocation.quantity)
    rows = await session.execute(taken.execution_options(synchronize_session=False))
    return dict(iter(rows))


async def allocations(session: Session, order_id: UUID) -> dict[UUID, int]:
    """What is promised to an order, locked."""
    found = select(Allocation.variant_id, Allocation.quantity).where(Allocation.order_id == order_id)
    return dict(iter(await session.execute(found.order_by(Allocation.variant_id).with_for_update())))


async def keep_allocations(session: Session, order_id: UUID, left: Mapping[UUID, int]) -> None:
    """Promise so many and no more of these to an order; of none of them, nothing is kept."""
    for variant_id, quantity in left.items():
        row = and_(Allocation.order_id == order_id, Allocation.variant_id == variant_id)
        change = update(Allocation).where(row).values(quantity=quantity) if quantity else delete(Allocation).where(row)
        await session.execute(change.execution_options(synchronize_session=False))


async def send_away(session: Session, gone: Mapping[UUID, int]) -> dict[UUID, int]:
    """Take what was reserved off what is on hand; how many there are now of each."""
    wanted = _wanted(gone)
    changed = (
        update(Stock)
        .where(Stock.variant_id == wanted.c.variant_id)
        .values(
            on_hand=Stock.on_hand - wanted.c.delta, reserved=Stock.reserved - wanted.c.delta, updated_at=clock.now()
        )
        .returning(Stock.variant_id, Stock.on_hand)
    )
    rows = await session.execute(changed.execution_options(synchronize_session=False))
    return dict(iter(rows))


async def add_holds(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    await session.execute(insert(Hold).values([dict(row) for row in rows]))


async def add_allocations(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    await session.execute(insert(Allocation).values([dict(row) for row in rows]))


async def movements(session: Session, variant_id: UUID, paging: Paging) -> tuple[list[Movement], str | None]:
    """Newest first."""
    found = select(Movement).where(Movement.variant_id == variant_id)
    return await paging.fetch(
        session, found, Key(Movement.created_at, descending=True), Key(Movement.id, descending=True)
    )
