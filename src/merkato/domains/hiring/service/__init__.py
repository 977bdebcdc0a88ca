"""What happens to jobs, offers and evaluations, inside the caller's transaction.

Whoever changes a job or any of its offers has locked the job first (`queries.job(..., lock=True)`, or the dependencies of `access`).
"""

from merkato.domains.hiring.service.charging import ABANDONED, Heard, advance, begin
from merkato.domains.hiring.service.deciding import accept, cancel_offer, reject
from merkato.domains.hiring.service.earning import pay_out
from merkato.domains.hiring.service.evaluating import evaluate, evaluations, read_evaluation, reply, stats
from merkato.domains.hiring.service.finishing import cancel, complete
from merkato.domains.hiring.service.following import forget_feed, newest, position_of, told_after
from merkato.domains.hiring.service.kinds import add_kind, change_kind
from merkato.domains.hiring.service.leaving import forget
from merkato.domains.hiring.service.offering import offer, rescind, say
from merkato.domains.hiring.service.posting import change, post, read, remove

__all__ = [
    "ABANDONED",
    "Heard",
    "accept",
    "add_kind",
    "advance",
    "begin",
    "cancel",
    "cancel_offer",
    "change",
    "change_kind",
    "complete",
    "evaluate",
    "evaluations",
    "forget",
    "forget_feed",
    "newest",
    "offer",
    "pay_out",
    "position_of",
    "post",
    "read",
    "read_evaluation",
    "reject",
    "remove",
    "reply",
    "rescind",
    "say",
    "stats",
    "told_after",
]
