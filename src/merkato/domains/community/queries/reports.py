"""How reports are found, listed and ended."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, select, update
from sqlalchemy.orm import aliased

from merkato.domains.community.models import Comment, Post, Report, ReportStatus
from merkato.domains.community.schemas import PersonView, ReportView
from merkato.domains.identity.models import Profile
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging

_REPORTER: Final = aliased(Profile)
_AUTHOR: Final = aliased(Profile)
_COPIED: Final = set(ReportView.model_fields) - {"reporter", "author", "title", "content"}


def _told() -> Select[*tuple[Any, ...]]:
    """Reports with what they are about. A draft is its author's alone, also after somebody has reported it."""
    about_post = Report.comment_id.is_(None)
    writer = case((about_post, Post.account_id), else_=Comment.account_id)
    title = case((Post.published, Post.title))
    content = case((about_post & Post.published, Post.content), (~about_post, Comment.content))
    return (
        select(Report, _REPORTER.handle, _REPORTER.name, _AUTHOR.handle, _AUTHOR.name, title, content)
        .join(_REPORTER, _REPORTER.account_id == Report.account_id)
        .join(Post, Post.id == Report.post_id)
        .outerjoin(Comment, Comment.id == Report.comment_id)
        .outerjoin(_AUTHOR, _AUTHOR.account_id == writer)
    )


def _view(report: Report, by: str, name: str, handle: str | None, author: str | None, *about: str | None) -> ReportView:
    title, content = about
    return ReportView(
        **{field: getattr(report, field) for field in _COPIED},
        reporter=PersonView(handle=by, name=name),
        author=None if handle is None or author is None else PersonView(handle=handle, name=author),
        title=title,
        content=content,
    )


async def report_view(session: Session, report_id: UUID) -> ReportView:
    """One that is there, as moderators are told."""
    found = _told().where(Report.id == report_id).execution_options(populate_existing=True)
    return _view(*(await session.execute(found)).one())


async def reports(session: Session, status: ReportStatus | None, paging: Paging) -> tuple[list[ReportView], str | None]:
    """Of one status or of all, the oldest first: they wait for somebody's decision."""
    found = _told() if status is None else _told().where(Report.status == status)
    rows, cursor = await paging.fetch(session, found, Key(Report.id))
    return [_view(*row) for row in rows], cursor


async def report(session: Session, report_id: UUID) -> Report | None:
    """As it stands now."""
    found = select(Report).where(Report.id == report_id)
    return await session.scalar(found.execution_options(populate_existing=True))


async def end_reports(session: Session, subject: ColumnElement[bool], status: ReportStatus) -> None:
    """Let the open reports about something end in the same way."""
    ended = update(Report).where(subject, Report.status == ReportStatus.OPEN)
    await session.execute(ended.values(status=status.value, decided_at=clock.now()))
