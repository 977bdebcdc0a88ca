"""How evaluations are found, and how their sums are kept."""

from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from merkato.domains.hiring.models import STARS_MAX, Evaluation, Job, WorkerStats
from merkato.domains.hiring.schemas import EvaluationView, JobNamed
from merkato.domains.identity.models import Profile
from merkato.domains.identity.schemas import ProfileView
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging

_Author: Final = aliased(Profile)
_Worker: Final = aliased(Profile)
_COPIED: Final = set(EvaluationView.model_fields) - {"job", "author", "worker"}
_RATINGS: Final = ("professionalism", "completeness", "efficiency")


def _told() -> Select[Evaluation, str, Profile, Profile]:
    found = select(Evaluation, Job.title, _Author, _Worker).join(Job, Job.id == Evaluation.job_id)
    found = found.join(_Author, _Author.account_id == Evaluation.author_id)
    return found.join(_Worker, _Worker.account_id == Evaluation.worker_id)


def _view(evaluation: Evaluation, title: str, author: Profile, worker: Profile) -> EvaluationView:
    return EvaluationView(
        **{field: getattr(evaluation, field) for field in _COPIED},
        job=JobNamed(id=evaluation.job_id, title=title),
        author=ProfileView.model_validate(author),
        worker=ProfileView.model_validate(worker),
    )


async def evaluation(session: Session, job_id: UUID) -> Evaluation | None:
    return await session.scalar(select(Evaluation).where(Evaluation.job_id == job_id))


async def evaluation_view(session: Session, job_id: UUID) -> EvaluationView | None:
    """The evaluation of a job, if there is one."""
    row = (await session.execute(_told().where(Evaluation.job_id == job_id))).one_or_none()
    return None if row is None else _view(row[0], row[1], row[2], row[3])


async def evaluations_of(session: Session, worker_id: UUID, paging: Paging) -> tuple[list[EvaluationView], str | None]:
    """Newest first."""
    found = _told().where(Evaluation.worker_id == worker_id)
    rows, cursor = await paging.fetch(session, found, Key(Evaluation.id, descending=True))
    return [_view(*row) for row in rows], cursor


async def stats_of(session: Session, worker_id: UUID) -> WorkerStats | None:
    return await session.scalar(select(WorkerStats).where(WorkerStats.worker_id == worker_id))


async def add_to_stats(session: Session, evaluation: Evaluation) -> None:
    """Raise the sums of who was evaluated, in one statement, however many evaluate at once."""
    more = {"no_shows": int(evaluation.no_show)}
    more |= {f"stars_{star}": int(evaluation.overall == star) for star in range(STARS_MAX + 1)}
    for name in _RATINGS:
        rating = getattr(evaluation, name)
        more |= {f"{name}_sum": rating or 0, f"{name}_count": int(rating is not None)}
    added = insert(WorkerStats).values(worker_id=evaluation.worker_id, **more)
    raised = {name: getattr(WorkerStats, name) + added.excluded[name] for name in more}
    await session.execute(added.on_conflict_do_update(index_elements=[WorkerStats.worker_id], set_=raised))
