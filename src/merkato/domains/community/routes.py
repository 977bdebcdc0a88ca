"""Posts, votes, comments and tags, and what moderators do about them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from merkato.domains.community import queries, service
from merkato.domains.community.access import (
    REPORTS,
    ModeratedPost,
    Moderator,
    OwnComment,
    OwnPost,
    ShownComment,
    VisiblePost,
    WithdrawableComment,
    comments_limit,
    comments_visible_to,
    posts_limit,
    visible_to,
)
from merkato.domains.community.errors import (
    AlreadyReported,
    DiscussionFull,
    NotAnswerable,
    NotRemoved,
    ReportDecided,
    VoteCounted,
)
from merkato.domains.community.models import Report, ReportStatus
from merkato.domains.community.schemas import (
    CommentChange,
    CommentDraft,
    CommentView,
    FiledView,
    PostChange,
    PostDraft,
    PostFilters,
    PostView,
    Removal,
    ReportDraft,
    ReportView,
    TagView,
    Verdict,
)
from merkato.domains.identity.access import Caller, SignedIn, TheThrottle
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page
from merkato.settings import TheSettings

routes = router("Community")


@routes.get("/v1/posts", response_model=Page[PostView], responses=responses(401, 422))
async def list_posts(
    session: RequestSession, caller: SignedIn, filters: Annotated[PostFilters, Query()], asked: Asked
) -> dict[str, Any]:
    """Posts that fit every filter, newest first unless asked otherwise.

    New posts neither repeat nor skip any of the pages to come. By `sort=top` a page is a place in the present order: a post whose votes do not
    change meanwhile is listed exactly once; one that rises or falls past that place can be missed or come again.
    """
    data, cursor = await queries.posts(session, caller, filters, asked)
    return {"data": data, "next": cursor}


@routes.post("/v1/posts", status_code=201, response_model=PostView, responses=responses(401, 422, 429))
async def write_post(
    session: RequestSession,
    caller: SignedIn,
    settings: TheSettings,
    throttle: TheThrottle,
    draft: PostDraft,
    response: Response,
) -> PostView:
    """Write a post, or a draft of one. An account writes at most so many within an hour, as `MERKATO_HOURLY_POSTS_MAX` says."""
    await throttle.spend(posts_limit(settings.hourly_posts_max), caller.name)
    post = await service.write(session, caller, draft)
    response.headers["Location"] = f"/v1/posts/{post.id}"
    return post


@routes.get("/v1/me/posts", response_model=Page[PostView], responses=responses(401, 422))
async def list_my_posts(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """All of one's own posts, the latest first: drafts, and what a moderator has removed, among them."""
    data, cursor = await queries.posts_by(session, caller, asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/posts/{post_id}", response_model=PostView, responses=responses(401, 404, 422))
async def read_post(session: RequestSession, caller: SignedIn, post_id: UUID) -> PostView:
    """One post. Drafts are there for their author only."""
    return await service.read(session, caller, post_id, visible_to(caller))


@routes.put("/v1/posts/{post_id}", response_model=PostView, responses=responses(401, 403, 404, 422))
async def replace_post(session: RequestSession, caller: SignedIn, post: OwnPost, draft: PostDraft) -> PostView:
    """Replace all that one's own post says. Its votes and comments stay."""
    return await service.replace(session, caller, post, draft)


@routes.patch("/v1/posts/{post_id}", response_model=PostView, responses=responses(401, 403, 404, 422))
async def change_post(session: RequestSession, caller: SignedIn, post: OwnPost, change: PostChange) -> PostView:
    """Change some of one's own post, or publish a draft, or make a draft of what is published."""
    return await service.change(session, caller, post, change)


@routes.delete("/v1/posts/{post_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def delete_post(session: RequestSession, post: OwnPost) -> None:
    """Delete one's own post for good, with its votes and comments."""
    await service.delete(session, post)


@routes.post(
    "/v1/posts/{post_id}/votes",
    status_code=201,
    response_model=PostView,
    responses=responses(401, 404, VoteCounted, 422),
)
async def vote_for_post(session: RequestSession, caller: SignedIn, post_id: UUID, response: Response) -> PostView:
    """Vote for a post, once."""
    response.headers["Location"] = f"/v1/posts/{post_id}"
    return await service.vote(session, caller, post_id)


@routes.delete("/v1/posts/{post_id}/votes", status_code=204, responses=responses(401, 404, 422))
async def take_post_vote_back(session: RequestSession, caller: SignedIn, post_id: UUID) -> None:
    """Take one's vote back."""
    await service.take_vote_back(session, caller, post_id)


@routes.get("/v1/tags", response_model=Page[TagView], responses=responses(401, 422))
async def list_tags(session: RequestSession, _caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """The tags of posts, the most used first; of equally many by name."""
    data, cursor = await queries.tags(session, asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/posts/{post_id}/comments", response_model=Page[CommentView], responses=responses(401, 404, 422))
async def list_comments(session: RequestSession, post: VisiblePost, asked: Asked) -> dict[str, Any]:
    """The comments on a post thread by thread, the oldest first: each is followed by its answers, which are one deeper."""
    data, cursor = await queries.comments_of(session, post.id, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/posts/{post_id}/comments",
    status_code=201,
    response_model=CommentView,
    responses=responses(401, 404, NotAnswerable, DiscussionFull, 422, 429),
)
async def add_comment(  # noqa: PLR0913 - what a comment needs.
    session: RequestSession,
    caller: SignedIn,
    settings: TheSettings,
    throttle: TheThrottle,
    post_id: UUID,
    draft: CommentDraft,
    response: Response,
) -> CommentView:
    """Comment on a post, or answer a comment on it. Threads are eight deep."""
    await throttle.spend(comments_limit(settings.hourly_comments_max), caller.name)
    comment = await service.add_comment(session, caller, post_id, draft)
    response.headers["Location"] = f"/v1/comments/{comment.id}"
    return comment


@routes.get("/v1/comments/{comment_id}", response_model=CommentView, responses=responses(401, 404, 422))
async def read_comment(session: RequestSession, caller: SignedIn, comment_id: UUID) -> CommentView:
    """One comment."""
    return await service.read_comment(session, comment_id, comments_visible_to(caller))


@routes.patch("/v1/comments/{comment_id}", response_model=CommentView, responses=responses(401, 403, 404, 422))
async def change_comment(session: RequestSession, comment: OwnComment, change: CommentChange) -> CommentView:
    """Change what one's own comment says."""
    return await service.change_comment(session, comment, change)


@routes.delete("/v1/comments/{comment_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def withdraw_comment(session: RequestSession, caller: Caller, comment: WithdrawableComment) -> None:
    """Delete one's own comment; moderators remove any. Its text and author are gone, and its place in the thread stays."""
    await service.withdraw_comment(session, caller, comment)


@routes.post(
    "/v1/posts/{post_id}/reports",
    status_code=201,
    response_model=FiledView,
    responses=responses(401, 404, AlreadyReported, 422, 429),
)
async def report_post(
    session: RequestSession,
    caller: SignedIn,
    throttle: TheThrottle,
    post_id: UUID,
    draft: ReportDraft,
    response: Response,
) -> Report:
    """Tell moderators, once, that a post should not be there."""
    await throttle.spend(REPORTS, caller.name)
    response.headers["Location"] = f"/v1/posts/{post_id}"
    return await service.report_post(session, caller, post_id, draft)


@routes.post(
    "/v1/comments/{comment_id}/reports",
    status_code=201,
    response_model=FiledView,
    responses=responses(401, 404, AlreadyReported, 422, 429),
)
async def report_comment(
    session: RequestSession,
    caller: SignedIn,
    throttle: TheThrottle,
    comment: ShownComment,
    draft: ReportDraft,
    response: Response,
) -> Report:
    """Tell moderators, once, that a comment should not be there."""
    await throttle.spend(REPORTS, caller.name)
    response.headers["Location"] = f"/v1/comments/{comment.id}"
    return await service.report_comment(session, caller, comment, draft)


@routes.get("/v1/community/reports", response_model=Page[ReportView], responses=responses(401, 403, 422))
async def list_reports(
    session: RequestSession,
    _moderator: Moderator,
    asked: Asked,
    status: Annotated[ReportStatus | None, Query(description="Absent: of every status.")] = None,
) -> dict[str, Any]:
    """What waits for a decision, or was decided, oldest first. Needs the scope `community:moderate`."""
    data, cursor = await queries.reports(session, status, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/community/reports/{report_id}/dismiss",
    response_model=ReportView,
    responses=responses(401, 403, 404, ReportDecided, 422),
)
async def dismiss_report(session: RequestSession, _moderator: Moderator, report_id: UUID) -> ReportView:
    """Let what was reported stay. Needs the scope `community:moderate`."""
    return await service.dismiss(session, report_id)


@routes.post(
    "/v1/community/reports/{report_id}/uphold",
    response_model=ReportView,
    responses=responses(401, 403, 404, ReportDecided, 422),
)
async def uphold_report(
    session: RequestSession, _moderator: Moderator, report_id: UUID, verdict: Verdict | None = None
) -> ReportView:
    """Remove what was reported; all other open reports about it are upheld too. Needs the scope `community:moderate`."""
    return await service.uphold(session, report_id, verdict or Verdict())


@routes.post("/v1/posts/{post_id}/remove", response_model=PostView, responses=responses(401, 403, 404, 422))
async def remove_post(session: RequestSession, moderator: Moderator, post: ModeratedPost, removal: Removal) -> PostView:
    """Remove a post: only its author sees it from now on, with the reason. Needs the scope `community:moderate`."""
    return await service.remove_post(session, moderator, post, removal)


@routes.post(
    "/v1/posts/{post_id}/restore", response_model=PostView, responses=responses(401, 403, 404, NotRemoved, 422)
)
async def restore_post(session: RequestSession, moderator: Moderator, post: ModeratedPost) -> PostView:
    """Show a removed post again. Needs the scope `community:moderate`."""
    return await service.restore_post(session, moderator, post)
