"""How a row belongs to a person, and which orders can be forgotten."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, func, inspect, or_, select, union_all
from sqlalchemy.sql.elements import NamedColumn

from merkato.domains.addresses.models import Address
from merkato.domains.cart.models import Cart, CartLine, Wish
from merkato.domains.checkout.models import Checkout, CheckoutLine
from merkato.domains.community.models import Comment, Post, Report
from merkato.domains.community.models import Vote as PostVote
from merkato.domains.fulfilment.models import Fulfilment, FulfilmentLine, Return, ReturnLine, ReturnState, Ticket
from merkato.domains.hiring.models import (
    Agreement,
    Balance,
    Evaluation,
    FeedEvent,
    Job,
    JobStatus,
    Offer,
    OfferMessage,
    OfferStatus,
    Payout,
    WorkerStats,
)
from merkato.domains.identity.models import (
    Account,
    AccountSession,
    ApiKey,
    Authenticator,
    Challenge,
    OutsideIdentity,
    Passkey,
    Profile,
    RecoveryCode,
)
from merkato.domains.inventory.models import Movement
from merkato.domains.ledger.models import Transfer
from merkato.domains.notifications.models import Message
from merkato.domains.orders.models import Order, OrderEvent, OrderLine, OrderStatus
from merkato.domains.payments.models import OPEN, Attempt, Reversal, ReversalState
from merkato.domains.privacy.models import PATIENCE, Erasure
from merkato.domains.reconciliation.models import Finding
from merkato.domains.reviews.models import Review, Vote
from merkato.kit.audit import AuditEntry
from merkato.kit.database import Session
from merkato.kit.privacy import Says, said_by
from merkato.kit.rows import Row

READ_AT_ONCE: Final = 500

_RETURNING: Final = (ReturnState.REQUESTED, ReturnState.APPROVED, ReturnState.RECEIVED)
_NOT_GIVEN_BACK: Final = (ReversalState.PENDING, ReversalState.FAILED)
_SENT: Final = (OrderStatus.DISPATCHED, OrderStatus.DELIVERED)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, and the ids of what is theirs."""

    id: UUID

    @property
    def orders(self) -> Select[UUID]:
        return select(Order.id).where(Order.account_id == self.id)

    @property
    def checkouts(self) -> Select[UUID]:
        ordered = select(Order.checkout_id).where(Order.account_id == self.id)
        return select(Checkout.id).where(or_(Checkout.account_id == self.id, Checkout.id.in_(ordered)))

    @property
    def payables(self) -> CompoundSelect[UUID]:
        return union_all(self.orders, self.checkouts, select(Agreement.id).where(Agreement.owner_id == self.id))

    @property
    def agreements(self) -> Select[UUID]:
        return select(Agreement.id).where(or_(Agreement.owner_id == self.id, Agreement.worker_id == self.id))

    @property
    def attempts(self) -> Select[UUID]:
        return select(Attempt.id).where(Attempt.payable_id.in_(self.payables))

    @property
    def reversals(self) -> Select[UUID]:
        return select(Reversal.id).where(Reversal.attempt_id.in_(self.attempts))

    @property
    def fulfilments(self) -> Select[UUID]:
        return select(Fulfilment.id).where(Fulfilment.order_id.in_(self.orders))

    @property
    def tickets(self) -> Select[UUID]:
        return select(Ticket.id).where(Ticket.order_id.in_(self.orders))

    @property
    def returns(self) -> Select[UUID]:
        return select(Return.id).where(Return.order_id.in_(self.orders))

    @property
    def challenges(self) -> Select[UUID]:
        return select(Challenge.id).where(Challenge.account_id == self.id)


@dataclass(frozen=True, slots=True)
class Part:
    """A table of which a person's rows are exported, under this name, and how they are known."""

    name: str
    table: type[Row]
    belongs: Callable[[Person], ColumnElement[bool]]


PARTS: Final = (
    Part("account", Account, lambda me: Account.id == me.id),
    Part("profile", Profile, lambda me: Profile.account_id == me.id),
    Part("sessions", AccountSession, lambda me: AccountSession.account_id == me.id),
    Part("api_keys", ApiKey, lambda me: ApiKey.account_id == me.id),
    Part("authenticators", Authenticator, lambda me: Authenticator.account_id == me.id),
    Part("recovery_codes", RecoveryCode, lambda me: RecoveryCode.account_id == me.id),
    Part("passkeys", Passkey, lambda me: Passkey.account_id == me.id),
    Part("identities", OutsideIdentity, lambda me: OutsideIdentity.account_id == me.id),
    Part("mail_tokens", Challenge, lambda me: Challenge.account_id == me.id),
    Part("addresses", Address, lambda me: Address.account_id == me.id),
    Part("cart", Cart, lambda me: Cart.account_id == me.id),
    Part("cart_lines", CartLine, lambda me: CartLine.cart_id.in_(select(Cart.id).where(Cart.account_id == me.id))),
    Part("wishlist", Wish, lambda me: Wish.account_id == me.id),
    Part("checkouts", Checkout, lambda me: Checkout.id.in_(me.checkouts)),
    Part("checkout_lines", CheckoutLine, lambda me: CheckoutLine.checkout_id.in_(me.checkouts)),
    Part("orders", Order, lambda me: Order.account_id == me.id),
    Part("order_lines", OrderLine, lambda me: OrderLine.order_id.in_(me.orders)),
    Part("order_events", OrderEvent, lambda me: OrderEvent.order_id.in_(me.orders)),
    Part("payments", Attempt, lambda me: Attempt.payable_id.in_(me.payables)),
    Part("refunds", Reversal, lambda me: Reversal.attempt_id.in_(me.attempts)),
    Part("bookings", Transfer, lambda me: Transfer.subject_id.in_(me.payables)),
    Part(
        "findings",
        Finding,
        lambda me: or_(
            Finding.resolved_by == me.id,
            Finding.subject_id.in_(union_all(me.orders, me.attempts, me.reversals, me.tickets)),
        ),
    ),
    Part("fulfilments", Fulfilment, lambda me: Fulfilment.order_id.in_(me.orders)),
    Part("fulfilment_lines", FulfilmentLine, lambda me: FulfilmentLine.fulfilment_id.in_(me.fulfilments)),
    Part("kitchen_tickets", Ticket, lambda me: Ticket.order_id.in_(me.orders)),
    Part("returns", Return, lambda me: Return.order_id.in_(me.orders)),
    Part("return_lines", ReturnLine, lambda me: ReturnLine.return_id.in_(me.returns)),
    Part("reviews", Review, lambda me: Review.account_id == me.id),
    Part("review_votes", Vote, lambda me: Vote.account_id == me.id),
    Part("jobs", Job, lambda me: Job.owner_id == me.id),
    Part("job_feed", FeedEvent, lambda me: FeedEvent.job_id.in_(select(Job.id).where(Job.owner_id == me.id))),
    Part("job_offers", Offer, lambda me: Offer.author_id == me.id),
    Part("job_messages", OfferMessage, lambda me: OfferMessage.author_id == me.id),
    Part("evaluations", Evaluation, lambda me: or_(Evaluation.author_id == me.id, Evaluation.worker_id == me.id)),
    Part("agreements", Agreement, lambda me: Agreement.id.in_(me.agreements)),
    Part("earnings", Balance, lambda me: Balance.worker_id == me.id),
    Part("payouts", Payout, lambda me: Payout.worker_id == me.id),
    Part("evaluation_sums", WorkerStats, lambda me: WorkerStats.worker_id == me.id),
    Part("posts", Post, lambda me: Post.account_id == me.id),
    Part("post_votes", PostVote, lambda me: PostVote.account_id == me.id),
    Part("comments", Comment, lambda me: Comment.account_id == me.id),
    Part("reports", Report, lambda me: Report.account_id == me.id),
    Part(
        "mails",
        Message,
        lambda me: or_(
            Message.subject_id == me.id,
            Message.subject_id.in_(union_all(me.orders, me.fulfilments, me.reversals, me.challenges, me.agreements)),
        ),
    ),
    Part("stock_movements", Movement, lambda me: Movement.account_id == me.id),
    Part("audit", AuditEntry, lambda me: or_(AuditEntry.account_id == me.id, AuditEntry.subject_id == me.id)),
)
"""Under the names of the export."""
NOT_EXPORTED: Final = {
    "identity_authorizations": "Log-ins elsewhere that have begun; of nobody before they have ended.",
    "identity_ended_identities": "Hashes of who came from elsewhere to accounts that have ended, for thirty days.",
    "identity_refresh_tokens": "Hashes of secrets; the sessions that they belong to are exported.",
    "idempotency_keys": "Sealed copies of answers that were given, for at most thirty days.",
    "privacy_erasures": "Only of accounts that have ended.",
    "webhooks": "The shop's own.",
}
"""Tables with words, secrets or accounts in them that hold nothing more to tell a person, and why."""


async def rows_of(session: Session, part: Part, account_id: UUID) -> AsyncIterator[dict[str, Any]]:
    """A person's rows of one table, oldest first, a batch of them in memory."""
    columns = [column for column in inspect(part.table).columns if told(part.table, column)]
    found = select(*columns).where(part.belongs(Person(account_id))).order_by(*inspect(part.table).primary_key)
    async for row in await session.stream(found.execution_options(yield_per=READ_AT_ONCE)):
        yield dict(row._mapping)  # noqa: SLF001 - its public name.


def told(table: type[Row], column: NamedColumn[Any]) -> bool:
    """Whether somebody is told what this column holds about them."""
    return said_by(table.privacy, column) is not Says.SEALED


async def erasure(session: Session, account_id: UUID) -> Erasure | None:
    """Locked."""
    return await session.get(Erasure, account_id, with_for_update=True)


async def unfinished(session: Session, looked_before: datetime, limit: int) -> list[UUID]:
    """Whose erasure is to be looked at, the longest untouched first."""
    found = select(Erasure.account_id).where(Erasure.finished_at.is_(None), Erasure.looked_at <= looked_before)
    return list(await session.scalars(found.order_by(Erasure.looked_at).limit(limit)))


@dataclass(frozen=True, slots=True)
class Sold:
    """An order that can be forgotten."""

    id: UUID
    checkout_id: UUID | None
    guest_token: bytes | None


async def forgettable(session: Session, erasure: Erasure, moment: datetime, limit: int) -> list[Sold]:
    """Orders of an erased account of which nobody needs to know any more whose they are, in key order and locked."""
    found = select(Order.id, Order.checkout_id, Order.guest_token).where(_known(erasure), ~_needed(erasure, moment))
    rows = await session.execute(found.order_by(Order.id).limit(limit).with_for_update())
    return [Sold(*row) for row in rows]


async def count_known(session: Session, erasure: Erasure) -> int:
    """How many orders still say whose they are."""
    return await session.scalar(select(func.count()).select_from(Order).where(_known(erasure))) or 0


async def count_agreed(session: Session, account_id: UUID) -> int:
    """How many jobs an account has agreed on with somebody that are not done."""
    accepted = exists().where(
        Offer.job_id == Job.id, Offer.status == OfferStatus.ACCEPTED, Offer.author_id == account_id
    )
    agreed = and_(Job.status == JobStatus.ASSIGNED, or_(Job.owner_id == account_id, accepted))
    return await session.scalar(select(func.count()).select_from(Job).where(agreed)) or 0


async def paying(session: Session, account_id: UUID) -> bool:
    """Whether a checkout of the account is left: a payment is under way, and may still become an order."""
    return bool(await session.scalar(select(exists().where(Checkout.account_id == account_id, Checkout.email != ""))))


def _known(erasure: Erasure) -> ColumnElement[bool]:
    return and_(Order.account_id == erasure.account_id, Order.email != "")


def _needed(erasure: Erasure, moment: datetime) -> ColumnElement[bool]:
    """What is still to be sent needs an address. Until patience ends, so does whatever may still lead to a word with its buyer."""
    to_send = and_(Order.cancelled_at.is_(None), Order.status.not_in(_SENT))
    if moment >= erasure.asked_at + PATIENCE:
        return to_send
    paid = or_(Attempt.payable_id == Order.id, Attempt.payable_id == Order.checkout_id)
    unsettled = or_(
        Attempt.state.in_(OPEN),
        exists().where(Reversal.attempt_id == Attempt.id, Reversal.state.in_(_NOT_GIVEN_BACK)),
    )
    return or_(
        to_send,
        Order.status == OrderStatus.DISPATCHED,
        exists().where(Return.order_id == Order.id, Return.state.in_(_RETURNING)),
        exists().where(paid, unsettled),
    )
