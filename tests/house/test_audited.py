"""What staff do by their scopes is in the audit log: what it was about, and what became of it."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from doors import ClientOf, SignIn
from house.access.matrix import People, Row
from house.test_access import ROWS
from merkato.domains.identity import access

SAYS_LESS: Final = {
    "DELETE /v1/accounts/{account_id}/factors": "what is taken away are secrets: it is known whose",
    "PATCH /v1/accounts/{account_id}": "its row gives the role that the account has, so that nobody is staff afterwards",
    "POST /v1/tasks/{task_id}/retry": "the queue's table is not ours: what it was about is known, not what it says",
}
"""Operations of which less is told in this test, and why."""


def demands(route: APIRoute) -> bool:
    """Whether it is for those with some scope."""

    def calls(dependant: Dependant) -> set[Callable[..., Any] | None]:
        return {dependant.call}.union(*(calls(each) for each in dependant.dependencies))

    return bool(calls(route.dependant) & {*access.DEMANDED, access._staff})


def audited(app: FastAPI) -> list[Row]:
    """A row for each operation by which staff change something."""
    routes = {
        f"{method} {route.path}"
        for route in app.router.routes
        if isinstance(route, APIRoute) and demands(route)
        for method in (route.methods or set()) - {"GET", "HEAD"}
    }
    return [row for row in ROWS if row.route in routes and row.admin < 300]


async def test_each_thing_that_staff_do_is_told_in_the_log(app: FastAPI, client_of: ClientOf, sign_in: SignIn) -> None:
    people = People(
        app=app,
        anonymous=client_of(app),
        stranger=await sign_in("Stranger"),
        owner=await sign_in("Owner"),
        staff=await sign_in("Staff", "staff"),
        admin=await sign_in("Admin", "admin"),
    )
    silent = {}
    for row in audited(app):
        call = await row.prepare(people)
        answer = await call.by(people.admin)
        assert answer.status_code == row.admin, (row.route, answer.text)
        told = (await people.admin.get("/v1/audit")).json()["data"]
        entries = [each for each in told if each["request_id"] == answer.headers["x-request-id"]]
        changes = [change for each in entries for change in each["changes"]]
        named = all(each["subject_type"] and each["subject_id"] for each in entries)
        said = any(change["id"] and (change["before"] or change["after"] or change["withheld"]) for change in changes)
        if not (entries and named and said):
            silent[row.route] = [(each["subject_type"], each["subject_id"]) for each in entries], changes
    assert set(silent) == set(SAYS_LESS), silent
