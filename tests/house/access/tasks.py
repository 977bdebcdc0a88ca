"""Background tasks are for staff."""

from house.access.matrix import People, prepares, staff
from make import tasks


@prepares("dead_task_id")
async def dead_task(people: People) -> str:
    return await tasks.dead(people.app.state.database)


ROWS = (
    staff("GET /v1/tasks"),
    staff("GET /v1/tasks/counts"),
    staff("POST /v1/tasks/{task_id}/retry", at="/v1/tasks/{dead_task_id}/retry"),
)
