"""What can go wrong with jobs, offers and evaluations."""

from merkato.kit.errors import Conflict


class KindTaken(Conflict):
    """Another kind of job has this name."""

    code, title = "kind-taken", "This name is taken"
    fix = "Choose another name; a kind that is no longer active can be made active again."
    constraints = ("uq_hiring_kinds_name",)


class TooManyKinds(Conflict):
    """A store has at most 200 kinds of job."""

    code, title = "too-many-kinds", "There are too many kinds of job"
    fix = "Rename a kind that is not needed any more."


class TooManyJobs(Conflict):
    """An account has at most 100 jobs open at the same time."""

    code, title = "too-many-jobs", "You have too many open jobs"
    fix = "Cancel a job that is no longer wanted, then post this one."


class JobNotOpen(Conflict):
    """The job is not open: somebody's offer was accepted, or it was cancelled. It takes no offers and is not changed any more."""

    code, title = "job-not-open", "This job is no longer open"
    fix = "Read the job; its `status` says where it stands."
    constraints = ("uq_hiring_offers_accepted",)


class JobNotAssigned(Conflict):
    """Nobody is doing the job: no offer is accepted, or the job is over."""

    code, title = "job-not-assigned", "Nobody is doing this job"
    fix = "Accept an offer first. What is over cannot be done again."


class TooLateToCancelJob(Conflict):
    """The job is done, evaluated or cancelled already."""

    code, title = "too-late-to-cancel-job", "It is too late to cancel this job"
    fix = "Read the job; its `status` says where it stands."


class OwnJobOffer(Conflict):
    """Nobody makes an offer on a job of their own."""

    code, title = "own-job", "This job is your own"
    fix = "Leave the offers to others."


class AlreadyOffered(Conflict):
    """You have made an offer on this job; there is one for each person and job."""

    code, title = "already-offered", "You have made an offer on this job"
    fix = "While your offer is pending you may delete it and make another."
    constraints = ("uq_hiring_offers_job_id_author_id",)


class TooManyOffers(Conflict):
    """A job takes at most 100 offers."""

    code, title = "too-many-offers", "This job has enough offers"
    fix = "Choose another job, or wait until somebody takes their offer back."


class OfferNotPending(Conflict):
    """The offer was accepted, rejected or cancelled before."""

    code, title = "offer-not-pending", "This offer is no longer pending"
    fix = "Read the offer; its `status` says what became of it."


class OfferNotAccepted(Conflict):
    """Only an offer that is accepted, of a job that is not done yet, can be cancelled."""

    code, title = "offer-not-accepted", "This offer is not accepted, or its job is done"
    fix = "A pending offer is taken back with `DELETE`."


class OfferExpired(Conflict):
    """The time until which the offer was meant is over."""

    code, title = "offer-expired", "This offer has expired"
    fix = "Ask its author for a new one; they delete this one first."


class OfferEnded(Conflict):
    """The offer was rejected or cancelled, and its two sides have nothing more to say to each other here."""

    code, title = "offer-ended", "This offer has ended"
    fix = "Read the offer; its `status` says what became of it."


class TooManyMessages(Conflict):
    """An offer has at most 500 messages."""

    code, title = "too-many-messages", "There are too many messages about this offer"
    fix = "Agree on another way to talk."


class FeedForgotten(Conflict):
    """Events behind this one are no longer kept, so that following from here would pass them over."""

    code, title = "feed-forgotten", "This is too long ago to go on from"
    fix = "Read `GET /v1/feed/jobs`, then follow from the `id` of its first event."


class AlreadyEvaluated(Conflict):
    """A job is evaluated once."""

    code, title = "already-evaluated", "This job has been evaluated"
    fix = "Read the evaluation; it stays as it is."
    constraints = ("uq_hiring_evaluations_job_id", "uq_hiring_evaluations_offer_id")


class NotPaidHere(Conflict):
    """No money of this job goes through the shop: it costs nothing, or the shop only brings people together."""

    code, title = "not-paid-here", "This job is not paid through the shop"
    fix = "Pay each other as you have agreed; what else can be done with the job does not wait for it."


class NotPaid(Conflict):
    """The job is to be paid through the shop before it is done, and it is not paid."""

    code, title = "not-paid", "This job is not paid"
    fix = "Pay with `POST /v1/jobs/{id}/pay` first, or cancel the job."


class PayoutTooLarge(Conflict):
    """More would be paid out than the worker has earned and was not paid before."""

    code, title = "payout-too-large", "That is more than the balance"
    fix = "Pay out `balance` at most (in minor units of the currency)."
