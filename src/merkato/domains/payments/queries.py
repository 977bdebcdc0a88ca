"""How attempts, reversals and the simulated provider's charges are found and changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.ledger import queries as ledger
from merkato.domains.ledger.models import TransferKind
from merkato.domains.payments.models import (
    OPEN,
    Attempt,
    AttemptState,
    Charge,
    PaymentEvent,
    Reversal,
    ReversalState,
    SimulatedCharge,
    SimulatedRefund,
    Status,
)
from merkato.kit import clock, ids
from merkato.kit.counting import counted
from merkato.kit.database import Session
from merkato.kit.rows import among


@dataclass(frozen=True, slots=True)
class Standing:
    """What was asked for and reserved by the attempts, and taken and given back by the books, for one thing, in minor units."""

    pending: int = 0
    authorized: int = 0
    captured: int = 0
    voided: int = 0
    given_back: int = 0


async def attempt(session: Session, attempt_id: UUID, *, lock: bool = False) -> Attempt | None:
    found = select(Attempt).where(Attempt.id == attempt_id)
    return await session.scalar(found.with_for_update() if lock else found)


async def attempts(session: Session, payable_ids: Sequence[UUID], *, lock: bool = False) -> list[Attempt]:
    """Oldest first."""
    found = select(Attempt).where(Attempt.payable_id.in_(payable_ids)).order_by(Attempt.id)
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(found))


async def latest_attempt(session: Session, payable_ids: Sequence[UUID]) -> Attempt | None:
    """The attempt that is pending, of which there is at most one; else the last."""
    found = select(Attempt).where(Attempt.payable_id.in_(payable_ids)).execution_options(populate_existing=True)
    pending_first = (Attempt.state == AttemptState.PENDING).desc(), Attempt.id.desc()
    return await session.scalar(found.order_by(*pending_first).limit(1))


async def standing(session: Session, payable_ids: Sequence[UUID]) -> Standing:
    """What was asked for, reserved, taken and given back."""
    ours = Attempt.payable_id.in_(payable_ids)
    by_state = {
        name: func.coalesce(func.sum(column).filter(Attempt.state == state), 0).label(name)
        for name, state, column in (
            ("pending", AttemptState.PENDING, Attempt.amount_minor),
            ("authorized", AttemptState.AUTHORIZED, Attempt.amount_minor),
            ("voided", AttemptState.VOIDED, Attempt.amount_minor),
        )
    }
    moved = {
        "captured": ledger.booked(TransferKind.CAPTURE, payable_ids),
        "given_back": ledger.booked(TransferKind.REFUND, payable_ids),
    }
    found = select(*by_state.values(), *(column.label(name) for name, column in moved.items())).where(ours)
    row = (await session.execute(found)).one()
    return Standing(**{name: int(value) for name, value in row._mapping.items()})  # noqa: SLF001 - its public name.


async def reversals(session: Session, payable_ids: Sequence[UUID]) -> list[Reversal]:
    """Oldest first."""
    found = select(Reversal).join(Attempt, Attempt.id == Reversal.attempt_id).where(Attempt.payable_id.in_(payable_ids))
    return list(await session.scalars(found.order_by(Reversal.id)))


async def reversals_by_id(session: Session, reversal_ids: Sequence[UUID]) -> list[Reversal]:
    """Oldest first."""
    return list(await session.scalars(select(Reversal).where(Reversal.id.in_(reversal_ids)).order_by(Reversal.id)))


async def reversal(session: Session, reversal_id: UUID, *, lock: bool = False) -> tuple[Reversal, Attempt] | None:
    found = select(Reversal, Attempt).join(Attempt, Attempt.id == Reversal.attempt_id).where(Reversal.id == reversal_id)
    row = (await session.execute(found.with_for_update() if lock else found)).one_or_none()
    return None if row is None else (row[0], row[1])


async def has_failed_reversal(session: Session, attempt_id: UUID) -> bool:
    """Whether the provider has refused to give this money back before."""
    failed = select(Reversal.id).where(Reversal.attempt_id == attempt_id, Reversal.state == ReversalState.FAILED)
    return await session.scalar(failed.limit(1)) is not None


async def pending_reversals(session: Session, attempt_id: UUID) -> list[UUID]:
    found = select(Reversal.id).where(Reversal.attempt_id == attempt_id, Reversal.state == ReversalState.PENDING)
    return list(await session.scalars(found.order_by(Reversal.id)))


async def waiting_reversals(session: Session, before: datetime, limit: int) -> list[UUID]:
    """Reversals that nobody has touched since."""
    found = select(Reversal.id).where(Reversal.state == ReversalState.PENDING, Reversal.updated_at <= before)
    return list(await session.scalars(found.order_by(Reversal.updated_at).limit(limit)))


async def empty(session: Session, payable_ids: Sequence[UUID]) -> None:
    """Leave of the payments for these nothing but figures and the provider's references."""
    ended = (among(Attempt.payable_id, payable_ids), Attempt.state.not_in(OPEN))
    given_back = update(Reversal).where(Reversal.attempt_id.in_(select(Attempt.id).where(*ended)))
    await session.execute(given_back.values(reason="", failure=None, updated_at=Reversal.updated_at))
    emptied = update(Attempt).where(*ended)
    await session.execute(emptied.values(token="", next_action=None, message=None, updated_at=Attempt.updated_at))


async def insert_event(session: Session, provider: str, event_id: str, kind: str) -> bool:
    """Whether this event of the provider is new."""
    fresh = insert(PaymentEvent).values(provider=provider, event_id=event_id, kind=kind, received_at=clock.now())
    return await session.scalar(fresh.on_conflict_do_nothing().returning(PaymentEvent.event_id)) is not None


async def delete_events(session: Session, before: datetime) -> None:
    await session.execute(delete(PaymentEvent).where(PaymentEvent.received_at < before))


async def charge(session: Session, key: UUID) -> SimulatedCharge | None:
    return await session.scalar(select(SimulatedCharge).where(SimulatedCharge.key == key).with_for_update())


async def remember_charge(
    session: Session, asked: Charge, status: Status, settles_at: datetime | None
) -> SimulatedCharge:
    """A new charge of the simulated provider, or the one that it knows by this key."""
    fresh = insert(SimulatedCharge).values(
        key=asked.key,
        token=asked.token,
        amount_minor=asked.amount,
        currency=asked.currency,
        status=status.value,
        settles_at=settles_at,
        captured_minor=0,
        refunded_minor=0,
        created_at=clock.now(),
    )
    await session.execute(fresh.on_conflict_do_nothing())
    return (await session.scalars(select(SimulatedCharge).where(SimulatedCharge.key == asked.key))).one()


async def capture_charge(session: Session, key: UUID, amount: int) -> SimulatedCharge:
    taken = update(SimulatedCharge).where(
        SimulatedCharge.key == key, SimulatedCharge.status == Status.AUTHORIZED, SimulatedCharge.amount_minor >= amount
    )
    await session.execute(taken.values(status=Status.CAPTURED.value, captured_minor=amount))
    return (await session.scalars(select(SimulatedCharge).where(SimulatedCharge.key == key))).one()


async def void_charge(session: Session, key: UUID) -> SimulatedCharge:
    """Close a charge that is not captured; an unknown key is closed before it is ever used."""
    closed = insert(SimulatedCharge).values(
        key=key,
        token="",
        amount_minor=0,
        currency="XXX",
        status=Status.VOIDED.value,
        captured_minor=0,
        refunded_minor=0,
        created_at=clock.now(),
    )
    await session.execute(closed.on_conflict_do_nothing())
    await session.execute(
        update(SimulatedCharge)
        .where(SimulatedCharge.key == key, SimulatedCharge.status.in_([Status.AUTHORIZED, Status.PENDING]))
        .values(status=Status.VOIDED.value)
    )
    return (await session.scalars(select(SimulatedCharge).where(SimulatedCharge.key == key))).one()


async def refund_charge(session: Session, key: UUID, refund_key: UUID, amount: int) -> bool:
    """Whether the simulated provider has given this refund, now or before."""
    fresh = insert(SimulatedRefund).values(key=refund_key, charge_key=key, amount_minor=amount, created_at=clock.now())
    made = await session.scalar(fresh.on_conflict_do_nothing().returning(SimulatedRefund.key))
    if made is None:
        return True
    given = update(SimulatedCharge).where(
        SimulatedCharge.key == key, SimulatedCharge.refunded_minor + amount <= SimulatedCharge.captured_minor
    )
    given = given.values(refunded_minor=SimulatedCharge.refunded_minor + amount)
    if await session.scalar(given.returning(SimulatedCharge.key)) is not None:
        return True
    await session.execute(delete(SimulatedRefund).where(SimulatedRefund.key == refund_key))
    return False


async def counts_since(session: Session, moment: datetime) -> dict[tuple[str, ...], int]:
    """How many attempts there are of each provider in each state, of those that were begun since a moment."""
    return await counted(session, [Attempt.provider, Attempt.state], Attempt.id >= ids.first_at(moment))


async def reversal_counts(session: Session, since: datetime) -> dict[str, int]:
    """How many voids and refunds wait, and how many have failed of those that were asked for since a moment."""
    # Written out, because the index that holds just these is found by it.
    waits = Reversal.state == literal(ReversalState.PENDING.value, literal_execute=True)
    recent = (Reversal.state == ReversalState.FAILED, Reversal.id >= ids.first_at(since))
    waiting, failed = (
        await counted(session, [Reversal.state], waits),
        await counted(session, [Reversal.state], and_(*recent)),
    )
    return {state: many for (state,), many in (waiting | failed).items()}
