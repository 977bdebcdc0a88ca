"""Background tasks under `/v1/tasks`, for staff: what waits, what failed for good, and how it is tried anew."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from merkato.domains.identity.access import having
from merkato.kit.errors import Conflict, NotFound
from merkato.kit.fields import View
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page
from merkato.kit.tasks import listing
from merkato.kit.tasks.listing import Counts, Listed, TaskState

routes = router("Tasks")
STAFF = [Depends(having("tasks:write"))]


class TaskNotDead(Conflict):
    """Only a dead task can be tried anew; this one waits for its next try, or is under way."""

    code, title = "task-not-dead", "This task is not dead"
    fix = "Wait: `due_at` says when it is tried next."


class TaskEventView(View):
    """The event that a task reacts to."""

    id: UUID
    name: str = Field(examples=["order.placed"])
    payload: dict[str, Any] = Field(description="What the event carries: ids and plain figures.")


class TaskView(View):
    """Something that is done in the background. One that was done is gone from the list."""

    id: UUID
    name: str = Field(description="The domain and what it does.", examples=["notifications.confirm"])
    state: TaskState
    event: TaskEventView | None = Field(description="What it reacts to; null for what is done by the clock.")
    tried: int = Field(description="How many tries have ended.")
    problem: str | None = Field(description="Why the last try failed; null before the first failure.")
    due_at: datetime | None = Field(description="The next try is not before this; null is at once.")
    created_at: datetime


class TaskCountsView(View):
    """How much there is to do."""

    events: int = Field(description="Events that have no tasks yet; many of them mean that no worker runs.")
    waiting: int
    running: int
    dead: int


@routes.get("/v1/tasks", response_model=Page[TaskView], responses=responses(401, 403, 422), dependencies=STAFF)
async def list_tasks(
    session: RequestSession,
    asked: Asked,
    state: Annotated[TaskState, Query(description="Which tasks.")] = TaskState.DEAD,
) -> dict[str, Any]:
    """Background tasks in a state, newest first: those that have failed for good, unless `state` says otherwise."""
    data, cursor = await listing.page(session, state, asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/tasks/counts", response_model=TaskCountsView, responses=responses(401, 403, 422), dependencies=STAFF)
async def count_tasks(session: RequestSession) -> Counts:
    """How many background tasks wait, are under way, and are dead."""
    return await listing.counts(session)


@routes.post(
    "/v1/tasks/{task_id}/retry",
    response_model=TaskView,
    responses=responses(401, 403, 404, TaskNotDead, 422),
    dependencies=STAFF,
)
async def retry_task(session: RequestSession, task_id: UUID) -> Listed:
    """Try a dead task at once, and as patiently as a new one."""
    revived = await listing.retry(session, task_id)
    task = await listing.one(session, task_id)
    if task is None:
        raise NotFound
    if not revived:
        raise TaskNotDead
    return task
