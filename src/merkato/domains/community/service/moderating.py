"""Reports, and what moderators do about them."""

from uuid import UUID

from merkato.domains.community import queries
from merkato.domains.community.errors import NotRemoved, ReportDecided
from merkato.domains.community.events import ReportFiled
from merkato.domains.community.models import (
    Comment,
    CommentStatus,
    Post,
    RemovalReason,
    Report,
    ReportStatus,
)
from merkato.domains.community.schemas import PostView, Removal, ReportDraft, ReportView, Verdict
from merkato.domains.community.service.commenting import held_comment, strip
from merkato.domains.community.service.writing import changing, held, read
from merkato.domains.identity.models import Actor
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import NotFound
from merkato.kit.events import publish


async def report_post(session: Session, actor: Actor, post_id: UUID, draft: ReportDraft) -> Report:
    """Tell moderators of a post that is shown. Raises NotFound, AlreadyReported."""
    await held(session, post_id, queries.shown())
    return await _file(session, Report(account_id=actor.id, post_id=post_id, **draft.model_dump()))


async def report_comment(session: Session, actor: Actor, comment: Comment, draft: ReportDraft) -> Report:
    """Tell moderators of a held comment that is shown. Raises AlreadyReported."""
    about = {"post_id": comment.post_id, "comment_id": comment.id}
    return await _file(session, Report(account_id=actor.id, **about, **draft.model_dump()))


async def _file(session: Session, report: Report) -> Report:
    session.add(report)
    await session.flush()
    await publish(session, ReportFiled(report_id=report.id, post_id=report.post_id))
    return report


async def dismiss(session: Session, report_id: UUID) -> ReportView:
    """What it is about stays. Raises NotFound, ReportDecided."""
    await _decide(session, report_id, ReportStatus.DISMISSED)
    return await queries.report_view(session, report_id)


async def uphold(session: Session, report_id: UUID, verdict: Verdict) -> ReportView:
    """What it is about is removed, and so end all open reports about it. Raises NotFound, ReportDecided."""
    report = await _decide(session, report_id, ReportStatus.UPHELD)
    if report.comment_id is None:
        post = await held(session, report.post_id, Post.id == report.post_id)
        await _remove(session, post, Removal(reason=RemovalReason(report.reason), note=verdict.note))
    else:
        comment = await held_comment(session, report.comment_id, Comment.status == CommentStatus.SHOWN)
        await strip(session, comment, CommentStatus.REMOVED)
    return await queries.report_view(session, report_id)


async def _decide(session: Session, report_id: UUID, status: ReportStatus) -> Report:
    """Decide an open report, with its post held: nobody else decides about it. Raises NotFound, ReportDecided."""
    found = await queries.report(session, report_id)
    if found is None:
        raise NotFound
    await held(session, found.post_id, Post.id == found.post_id)
    report = await queries.report(session, report_id)
    if report is None:
        raise NotFound
    if report.status != ReportStatus.OPEN:
        raise ReportDecided
    report.status, report.decided_at = status.value, clock.now()
    await session.flush()
    return report


async def remove_post(session: Session, actor: Actor, post: Post, removal: Removal) -> PostView:
    """Take a held post from others' eyes; removed again, the reason is the new one. Open reports about it are upheld."""
    await _remove(session, post, removal)
    return await read(session, actor, post.id, Post.id == post.id)


async def restore_post(session: Session, actor: Actor, post: Post) -> PostView:
    """Show a removed post again that is held. Raises NotRemoved."""
    if post.removed_at is None:
        raise NotRemoved
    async with changing(session, post):
        post.removed_at = post.removed_reason = post.removed_note = None
    return await read(session, actor, post.id, Post.id == post.id)


async def _remove(session: Session, post: Post, removal: Removal) -> None:
    async with changing(session, post):
        post.removed_at, post.removed_reason, post.removed_note = clock.now(), removal.reason.value, removal.note
    about = (Report.post_id == post.id) & Report.comment_id.is_(None)
    await queries.end_reports(session, about, ReportStatus.UPHELD)
