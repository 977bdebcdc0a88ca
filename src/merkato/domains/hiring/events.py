"""What hiring announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class JobCreated(Event):
    """Somebody has posted a job."""

    name: ClassVar[str] = "job.created"
    job_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class JobUpdated(Event):
    """What a job says, or where it stands, has changed."""

    name: ClassVar[str] = "job.updated"
    job_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRemoved(Event):
    """A job that had no offer was deleted."""

    name: ClassVar[str] = "job.removed"
    job_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferMade(Event):
    """Somebody offers to do a job."""

    name: ClassVar[str] = "offer.made"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferRescinded(Event):
    """The author of a pending offer has taken it back, and it is gone."""

    name: ClassVar[str] = "offer.rescinded"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferAccepted(Event):
    """A job's owner has accepted an offer. The other pending offers of the job are rejected with it."""

    name: ClassVar[str] = "offer.accepted"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferRejected(Event):
    """A job's owner has rejected this one offer."""

    name: ClassVar[str] = "offer.rejected"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferCancelled(Event):
    """The author of an accepted offer will not do the job. Offers that its acceptance had rejected are pending again."""

    name: ClassVar[str] = "offer.cancelled"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferMessageSent(Event):
    """One side of an offer has written to the other."""

    name: ClassVar[str] = "offer.message_sent"
    job_id: UUID
    offer_id: UUID
    message_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferLapsed(Event):
    """An accepted offer was not paid in time: it is cancelled. Offers that its acceptance had rejected are pending again."""

    name: ClassVar[str] = "offer.lapsed"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class JobPaid(Event):
    """The money of a job was taken, and is held for who does it."""

    name: ClassVar[str] = "job.paid"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class JobCompleted(Event):
    """A job is done: its owner has said so, or has let the time for it pass."""

    name: ClassVar[str] = "job.completed"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class JobReleased(Event):
    """Money that was held, or a part of it, was added to what the worker has earned, less the fee."""

    name: ClassVar[str] = "job.released"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class JobCancelled(Event):
    """A job's owner has cancelled it although somebody was to do it. What was paid is given back by rule."""

    name: ClassVar[str] = "job.cancelled"
    job_id: UUID
    offer_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class PayoutNoted(Event):
    """Staff have noted that they have sent money to a worker."""

    name: ClassVar[str] = "payout.noted"
    payout_id: UUID
    account_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationWritten(Event):
    """A job's owner has evaluated who did it: the offer is completed, the job closed."""

    name: ClassVar[str] = "evaluation.written"
    job_id: UUID
    offer_id: UUID
    evaluation_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationReplied(Event):
    """Who was evaluated has replied, or replaced their reply."""

    name: ClassVar[str] = "evaluation.replied"
    job_id: UUID
    evaluation_id: UUID
