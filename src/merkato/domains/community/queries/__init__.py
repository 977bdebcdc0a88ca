"""How posts, tags, comments and reports are found, counted and written."""

from merkato.domains.community.queries.comments import (
    comment,
    comment_view,
    comments_of,
    count_comments,
    in_thread,
    post_of_comment,
)
from merkato.domains.community.queries.leaving import (
    delete_unused,
    empty_reports,
    hold_touched,
    own_comments,
    own_posts,
    take_votes_back,
)
from merkato.domains.community.queries.posts import (
    count_tags,
    count_votes,
    delete_vote,
    insert_vote,
    locked,
    post,
    posts,
    posts_by,
    shown,
    tags,
    view,
)
from merkato.domains.community.queries.reports import end_reports, report, report_view, reports

__all__ = [
    "comment",
    "comment_view",
    "comments_of",
    "count_comments",
    "count_tags",
    "count_votes",
    "delete_unused",
    "delete_vote",
    "empty_reports",
    "end_reports",
    "hold_touched",
    "in_thread",
    "insert_vote",
    "locked",
    "own_comments",
    "own_posts",
    "post",
    "post_of_comment",
    "posts",
    "posts_by",
    "report",
    "report_view",
    "reports",
    "shown",
    "tags",
    "take_votes_back",
    "view",
]
