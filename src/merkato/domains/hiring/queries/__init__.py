"""How jobs and what belongs to them are found and changed."""

from merkato.domains.hiring.queries.agreements import agreement, agreements, ended_of, lease_due, newest
from merkato.domains.hiring.queries.earnings import balance, balances, earn, earnings, pay_out, payouts
from merkato.domains.hiring.queries.evaluations import (
    add_to_stats,
    evaluation,
    evaluation_view,
    evaluations_of,
    stats_of,
)
from merkato.domains.hiring.queries.jobs import (
    count_offers,
    count_open,
    job,
    job_view,
    jobs_of,
    open_jobs,
    waiting_for,
)
from merkato.domains.hiring.queries.kinds import count_kinds, kind, kind_named, kinds
from merkato.domains.hiring.queries.leaving import empty
from merkato.domains.hiring.queries.offers import (
    accepted,
    count_messages,
    message_view,
    messages,
    offer,
    offer_by,
    offer_view,
    offers_of,
    reject_others,
    reopen,
)

__all__ = [
    "accepted",
    "add_to_stats",
    "agreement",
    "agreements",
    "balance",
    "balances",
    "count_kinds",
    "count_messages",
    "count_offers",
    "count_open",
    "earn",
    "earnings",
    "empty",
    "ended_of",
    "evaluation",
    "evaluation_view",
    "evaluations_of",
    "job",
    "job_view",
    "jobs_of",
    "kind",
    "kind_named",
    "kinds",
    "lease_due",
    "message_view",
    "messages",
    "newest",
    "offer",
    "offer_by",
    "offer_view",
    "offers_of",
    "open_jobs",
    "pay_out",
    "payouts",
    "reject_others",
    "reopen",
    "stats_of",
    "waiting_for",
]
