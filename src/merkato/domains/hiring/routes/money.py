"""Jobs are paid, done and cancelled; what workers have earned, and were paid out."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from merkato.domains.hiring import flows, queries, service
from merkato.domains.hiring.access import OwnJob, PayoutsWriter, PayoutsWriterFlow
from merkato.domains.hiring.errors import (
    JobNotAssigned,
    NotPaid,
    NotPaidHere,
    PayoutTooLarge,
    TooLateToCancelJob,
)
from merkato.domains.hiring.schemas import (
    EarningsView,
    JobPayment,
    JobView,
    PayingJobView,
    PayoutDraft,
    PayoutsWanted,
    PayoutView,
)
from merkato.domains.identity.access import FlowSignedIn, SignedIn
from merkato.domains.payments import queries as payments
from merkato.domains.payments.access import TheProviders
from merkato.domains.payments.errors import AlreadyPaid, PaymentDeclined, PaymentUnderWay
from merkato.domains.payments.schemas import PaymentView, RefundView
from merkato.kit import idempotency
from merkato.kit.http import RequestSession, TheDatabase, responses, router
from merkato.kit.idempotency import KeyMissing, KeyRequired, StillRunning
from merkato.kit.paging import Asked, Page
from merkato.settings import TheSettings

routes = router("Services for hire")
JOB = "/v1/jobs/{job_id}"


@routes.post(
    JOB + "/pay",
    response_model=JobView,
    dependencies=[KeyRequired],
    responses={
        **responses(401, 403, 404, 422),
        **responses(KeyMissing, PaymentDeclined),
        **responses(AlreadyPaid, PaymentUnderWay, JobNotAssigned, NotPaidHere, StillRunning),
        202: {
            "model": PayingJobView,
            "description": "The payment is still open; ask again with the same key after `Retry-After`.",
        },
    },
)
async def pay_job(  # noqa: PLR0913 - what a flow needs.
    request: Request,
    database: TheDatabase,
    providers: TheProviders,
    caller: FlowSignedIn,
    settings: TheSettings,
    job_id: UUID,
    said: JobPayment,
) -> Response:
    """Pay for an assigned job of one's own: the money is taken, and held for who does it until the job is done or cancelled.

    After a declined payment it can be paid again until the agreement's `pay_by`. Under another key, a second payment charges nothing.
    """
    claim = idempotency.claim_required(request, caller.name)
    answer = await flows.pay(database, providers, caller, job_id, said, claim=claim, settings=settings)
    return answer.response()


@routes.post(
    JOB + "/complete",
    response_model=JobView,
    responses=responses(401, 403, 404, JobNotAssigned, NotPaid, PaymentUnderWay, 422),
)
async def complete_job(session: RequestSession, caller: SignedIn, settings: TheSettings, job: OwnJob) -> JobView:
    """Say that an assigned job is `done`: the worker earns what was held, less the agreement's `fee`. It can be evaluated afterwards."""
    await service.complete(session, job, settings=settings)
    return await service.read(session, caller, job.id)


@routes.post(
    JOB + "/cancel", response_model=JobView, responses=responses(401, 403, 404, TooLateToCancelJob, StillRunning, 422)
)
async def cancel_job(
    request: Request,
    database: TheDatabase,
    providers: TheProviders,
    caller: FlowSignedIn,
    settings: TheSettings,
    job_id: UUID,
) -> Response:
    """Cancel a job that is open or assigned. Its accepted offer is `cancelled` with it, and what is pending `rejected`.

    What was paid is given back: all of it until the agreement's `cancel_by`, then all but `late_amount`, which the worker earns.
    """
    claim = idempotency.claim(request, caller.name)
    answer = await flows.cancel(database, providers, caller, job_id, claim=claim, settings=settings)
    return answer.response()


@routes.get(JOB + "/payments", response_model=Page[PaymentView], responses=responses(401, 403, 404, 422))
async def list_job_payments(session: RequestSession, job: OwnJob) -> dict[str, Any]:
    """Every attempt to get the money for one's own job, oldest first."""
    agreed = await queries.agreements(session, job.id)
    return {"data": await payments.attempts(session, [each.id for each in agreed]), "next": None}


@routes.get(JOB + "/refunds", response_model=Page[RefundView], responses=responses(401, 403, 404, 422))
async def list_job_refunds(session: RequestSession, job: OwnJob) -> dict[str, Any]:
    """What of the money for one's own job was given back, oldest first."""
    agreed = await queries.agreements(session, job.id)
    return {"data": await payments.reversals(session, [each.id for each in agreed]), "next": None}


@routes.get("/v1/me/earnings", response_model=EarningsView, responses=responses(401, 422))
async def list_my_earnings(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """What one has earned by doing jobs: the balance of each currency, and by which jobs, newest first."""
    data, cursor = await queries.earnings(session, caller.id, asked)
    return {"balances": await queries.balances(session, caller.id), "data": data, "next": cursor}


@routes.get("/v1/me/payouts", response_model=Page[PayoutView], responses=responses(401, 422))
async def list_my_payouts(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """What one was paid out, newest first."""
    data, cursor = await queries.payouts(session, caller.id, asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/payouts", response_model=Page[PayoutView], responses=responses(401, 403, 422))
async def list_payouts(
    session: RequestSession, _staff: PayoutsWriter, asked: Asked, wanted: Annotated[PayoutsWanted, Query()]
) -> dict[str, Any]:
    """What was paid out to everybody, newest first. Needs the scope `payouts:write`."""
    data, cursor = await queries.payouts(session, wanted.account, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/payouts",
    status_code=201,
    response_model=PayoutView,
    dependencies=[KeyRequired],
    responses={**responses(401, 403, 422), **responses(KeyMissing, PayoutTooLarge)},
)
async def note_payout(
    request: Request, database: TheDatabase, staff: PayoutsWriterFlow, draft: PayoutDraft
) -> Response:
    """Note that money was sent to a worker, by a bank or otherwise: it is not sent from here. Needs the scope `payouts:write`.

    Never more than the balance, however many note at once.
    """
    claim = idempotency.claim_required(request, staff.name)
    return (await flows.pay_out(database, staff, draft, claim=claim)).response()
