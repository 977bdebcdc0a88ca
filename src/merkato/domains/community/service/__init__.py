"""What happens in the community, inside the caller's transaction.

Whoever changes a post, or a vote, comment or report about it, holds the post (a lock of its row) from the first statement on: so the counts
are right however many write at once, and nobody waits in a circle.
"""

from merkato.domains.community.service.commenting import (
    add_comment,
    change_comment,
    held_comment,
    read_comment,
    withdraw_comment,
)
from merkato.domains.community.service.leaving import forget
from merkato.domains.community.service.moderating import (
    dismiss,
    remove_post,
    report_comment,
    report_post,
    restore_post,
    uphold,
)
from merkato.domains.community.service.voting import take_vote_back, vote
from merkato.domains.community.service.writing import change, delete, held, read, replace, write

__all__ = [
    "add_comment",
    "change",
    "change_comment",
    "delete",
    "dismiss",
    "forget",
    "held",
    "held_comment",
    "read",
    "read_comment",
    "remove_post",
    "replace",
    "report_comment",
    "report_post",
    "restore_post",
    "take_vote_back",
    "uphold",
    "vote",
    "withdraw_comment",
    "write",
]
