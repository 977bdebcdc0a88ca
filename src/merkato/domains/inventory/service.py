"""What happens to stock, inside the caller's transaction.

Every verb locks the stock rows it touches in key order before it changes one. A holder's own rows are taken before them: nobody else waits
for those while holding stock.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from merkato.domains.catalog import queries as catalog_queries
from merkato.domains.catalog import service as catalog
from merkato.domains.inventory import queries
from merkato.domains.inventory.errors import BelowReserved, NotTracked, OutOfStock
from merkato.domains.inventory.models import ON_HAND_MAX, Movement, Stock
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, NotFound


async def hold(session: Session, holder_id: UUID, quantities: Mapping[UUID, int], *, until: datetime) -> None:
    """Keep stock for a holder for a moment, in the place of what it held before. All or nothing: raises OutOfStock.

    Variants whose stock is not tracked are passed over.
    """
    before = await queries.take_holds(session, holder_id)
    tracked = await _reserve(session, before, quantities)
    if tracked:
        await queries.add_holds(
            session,
            [
                {"holder_id": holder_id, "variant_id": variant_id, "quantity": quantity, "expires_at": until}
                for variant_id, quantity in tracked.items()
            ],
        )


async def release(session: Session, holder_id: UUID) -> bool:
    """Free what a holder holds. Whether there was something: it is freed once, however often this is called."""
    return await _free(session, await queries.take_holds(session, holder_id))


async def allocate(session: Session, holder_id: UUID, order_id: UUID, quantities: Mapping[UUID, int]) -> None:
    """Promise stock to an order, out of what the holder holds; what it no longer holds is taken anew. Raises OutOfStock.

    Done again for the same order it replaces what was promised.
    """
    before = await queries.take_holds(session, holder_id)
    for variant_id, quantity in (await queries.take_allocations(session, order_id)).items():
        before[variant_id] = before.get(variant_id, 0) + quantity
    tracked = await _reserve(session, before, quantities)
    if tracked:
        moment = clock.now()
        await queries.add_allocations(
            session,
            [
                {"order_id": order_id, "variant_id": variant_id, "quantity": quantity, "created_at": moment}
                for variant_id, quantity in tracked.items()
            ],
        )


async def release_allocations(session: Session, order_id: UUID) -> bool:
    """Give back what is promised to a cancelled order. Whether there was something: it is given back once."""
    return await _free(session, await queries.take_allocations(session, order_id))


async def dispatch(session: Session, actor_id: UUID | None, order_id: UUID, quantities: Mapping[UUID, int]) -> None:
    """What was promised to an order leaves: the promise, what is reserved, and what is on hand fall together, with a movement.

    What was not promised, because it was not tracked when it was bought, is passed over.
    """
    promised = await queries.allocations(session, order_id)
    gone = {key: min(quantity, promised.get(key, 0)) for key, quantity in sorted(quantities.items())}
    gone = {key: quantity for key, quantity in gone.items() if quantity > 0}
    if not gone:
        return
    await queries.keep_allocations(session, order_id, {key: promised[key] - quantity for key, quantity in gone.items()})
    await queries.lock_stock(session, gone)
    on_hand = await queries.send_away(session, gone)
    moved = {key: (-quantity, on_hand[key]) for key, quantity in gone.items() if key in on_hand}
    await queries.insert_movements(session, actor_id, moved, "dispatched")


async def release_part(session: Session, order_id: UUID, quantities: Mapping[UUID, int]) -> None:
    """Give back some of what is promised to an order, at most what is; it has been given back then."""
    before = await queries.take_allocations(session, order_id)
    kept = {key: max(quantity - quantities.get(key, 0), 0) for key, quantity in before.items()}
    await _reserve(session, before, kept)
    moment = clock.now()
    rows = [
        {"order_id": order_id, "variant_id": key, "quantity": quantity, "created_at": moment}
        for key, quantity in kept.items()
        if quantity
    ]
    if rows:
        await queries.add_allocations(session, rows)


async def put_back(session: Session, actor_id: UUID | None, quantities: Mapping[UUID, int], *, reason: str) -> None:
    """Pieces have come back and can be sold again. Variants whose stock is not tracked, or no longer, are passed over."""
    for variant_id in sorted(quantities):
        stock = await queries.stock(session, variant_id, lock=True)
        if stock is not None and quantities[variant_id]:
            await _write(session, actor_id, stock, quantities[variant_id], reason)


async def _free(session: Session, before: Mapping[UUID, int]) -> bool:
    if not before:
        return False
    await _reserve(session, before, {})
    return True


async def _reserve(session: Session, before: Mapping[UUID, int], wanted: Mapping[UUID, int]) -> dict[UUID, int]:
    """Reserve what is wanted in the place of what was reserved before; the wanted ones that are tracked. Raises OutOfStock."""
    available = await queries.lock_stock(session, {*before, *wanted})
    tracked = {key: wanted[key] for key in sorted(wanted) if key in available and wanted[key] > 0}
    short = [
        {"variant_id": str(key), "requested": quantity, "available": available[key] + before.get(key, 0)}
        for key, quantity in tracked.items()
        if quantity > available[key] + before.get(key, 0)
    ]
    if short:
        raise OutOfStock(variants=short)
    more = {key: tracked.get(key, 0) - before.get(key, 0) for key in available}
    changed = {key: delta for key, delta in more.items() if delta}
    if changed:
        now = await queries.reserve(session, changed)
        if now.keys() != changed.keys():
            raise OutOfStock
        await _show(session, {key: (available[key], now[key]) for key in changed})
    return tracked


async def _show(session: Session, changes: Mapping[UUID, tuple[int, int]]) -> None:
    """Tell the catalogue which variants can be had again, or no longer; nothing while that stays as it was."""
    flips = {key: now > 0 for key, (before, now) in changes.items() if (before > 0) != (now > 0)}
    if flips:
        await catalog.show_availability(session, flips)


async def lock(session: Session, variant_id: UUID) -> None:
    """Hold the stock of a variant still, for who goes on to change the product."""
    await queries.lock_stock(session, [variant_id])


async def open_stock(session: Session, variant_id: UUID) -> None:
    """Begin to count a variant; there is none of it yet."""
    await queries.open_stock(session, variant_id)


async def open_many(session: Session, on_hand: Mapping[UUID, int], *, reason: str) -> None:
    """Begin to count variants that are new and shown nowhere yet."""
    if on_hand:
        await queries.insert_stock(session, on_hand)
    counted = {variant_id: quantity for variant_id, quantity in on_hand.items() if quantity > 0}
    if counted:
        await queries.insert_movements(session, None, {key: (count, count) for key, count in counted.items()}, reason)


async def close_stock(session: Session, variant_id: UUID) -> None:
    """No longer count a variant; what was held or promised of it is forgotten."""
    await queries.lock_stock(session, [variant_id])
    await queries.close_stock(session, variant_id)


async def present(session: Session, variant_id: UUID, *, lock: bool = False) -> Stock:
    """The stock of a variant. Raises NotFound for an unknown variant, NotTracked for one that is not counted."""
    stock = await queries.stock(session, variant_id, lock=lock)
    if await catalog_queries.variant(session, variant_id) is None:
        raise NotFound
    if stock is None:
        raise NotTracked
    return stock


async def set_on_hand(session: Session, actor_id: UUID | None, variant_id: UUID, on_hand: int, *, reason: str) -> Stock:
    """Correct what is on hand to what was counted. Raises NotFound, NotTracked, BelowReserved."""
    stock = await present(session, variant_id, lock=True)
    if on_hand != stock.on_hand:
        await _write(session, actor_id, stock, on_hand - stock.on_hand, reason)
    return stock


async def move(session: Session, actor_id: UUID | None, variant_id: UUID, delta: int, *, reason: str) -> Movement:
    """Record what came or went. Raises NotFound, NotTracked, BelowReserved."""
    return await _write(session, actor_id, await present(session, variant_id, lock=True), delta, reason)


async def _write(session: Session, actor_id: UUID | None, stock: Stock, delta: int, reason: str) -> Movement:
    before, on_hand = stock.available, stock.on_hand + delta
    if on_hand < stock.reserved:
        raise BelowReserved(reserved=stock.reserved)
    if on_hand > ON_HAND_MAX:
        raise Invalid.field("/delta", "too-many", f"there may be at most {ON_HAND_MAX}")
    stock.on_hand = on_hand
    movement = Movement(variant_id=stock.variant_id, delta=delta, on_hand=on_hand, reason=reason, account_id=actor_id)
    session.add(movement)
    await session.flush()
    await _show(session, {stock.variant_id: (before, stock.available)})
    return movement
