"""Jobs are posted, changed and taken back."""

from typing import Any
from uuid import UUID

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import JobNotOpen, TooManyJobs
from merkato.domains.hiring.models import JOBS_OPEN_MAX, Job, JobStatus
from merkato.domains.hiring.schemas import JobChange, JobDraft, JobView
from merkato.domains.hiring.service import announcing
from merkato.domains.hiring.service.finishing import close
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, NotFound
from merkato.kit.money import Money


async def read(session: Session, actor: Actor, job_id: UUID) -> JobView:
    """Raises NotFound."""
    view = await queries.job_view(session, job_id, actor.id)
    if view is None:
        raise NotFound
    return view


async def post(session: Session, actor: Actor, draft: JobDraft) -> JobView:
    """A new job of the caller's. Raises Invalid for a kind that is not there, TooManyJobs."""
    await identity.lock(session, actor.id)
    if await queries.count_open(session, actor.id) >= JOBS_OPEN_MAX:
        raise TooManyJobs
    job = Job(owner_id=actor.id, **await _columns(session, dict(draft)))
    job.describe()
    await announcing.created(session, job)
    return await read(session, actor, job.id)


async def change(session: Session, actor: Actor, job: Job, said: JobChange) -> JobView:
    """Some of a locked job while it is open; offers keep their own terms. Raises Invalid, JobNotOpen."""
    if job.status != JobStatus.OPEN:
        raise JobNotOpen
    for name, value in (await _columns(session, said.sent())).items():
        setattr(job, name, value)
    if session.is_modified(job):
        job.describe()
        await announcing.changed(session, job)
    return await read(session, actor, job.id)


async def remove(session: Session, job: Job) -> None:
    """Delete a locked job that is open; if there are offers it is cancelled and kept, for they tell of it. Raises JobNotOpen."""
    if job.status != JobStatus.OPEN:
        raise JobNotOpen
    if job.offers_total:
        await close(session, job)
    else:
        await announcing.removed(session, job)


async def _columns(session: Session, said: dict[str, Any]) -> dict[str, Any]:
    """What was said of a job, as its row holds it."""
    columns = dict(said)
    if "kind" in columns:
        columns["kind_id"] = await queries.kind_named(session, columns.pop("kind"))
        if columns["kind_id"] is None:
            raise Invalid.field("/kind", "kind", "is not a kind of job that is in use; GET /v1/job-kinds lists them")
    if "price" in columns:
        price: Money = columns.pop("price")
        columns |= {"price_minor": price.amount, "currency": price.currency}
    if "price_unit" in columns:
        columns["price_unit"] = columns["price_unit"].value
    return columns
