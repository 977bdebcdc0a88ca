"""What is counted in the database for Prometheus, in a few statements that stay cheap however much is sold (decision 52)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from merkato.domains.hiring.queries import jobs
from merkato.domains.notifications import queries as notifications
from merkato.domains.notifications.models import UNSENT
from merkato.domains.orders import queries as orders
from merkato.domains.orders.models import OPEN, OrderStatus
from merkato.domains.payments import queries as payments
from merkato.domains.payments.models import AttemptState, ReversalState
from merkato.domains.reconciliation.models import FindingKind
from merkato.domains.reconciliation.queries import findings
from merkato.domains.webhooks import queries as webhooks
from merkato.domains.webhooks.models import Condition, DeliveryState
from merkato.kit import clock, events
from merkato.kit.database import Session
from merkato.kit.tasks import listing

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
"""How far back is counted what never goes away."""
UNHEARD: Final = tuple(state for state in DeliveryState if state is not DeliveryState.DELIVERED)
REVERSALS: Final = (ReversalState.PENDING, ReversalState.FAILED)


Values = Mapping[tuple[str, ...], float]
"""A figure for each combination of its labels' values."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, or one for each combination of its labels' values."""

    name: str
    meaning: str
    values: Values
    labels: tuple[str, ...] = ()
    grows: bool = False
    """Whether it never falls: what Prometheus calls a counter."""

    def family(self) -> Metric:
        family = CounterMetricFamily if self.grows else GaugeMetricFamily
        told = family(f"merkato_{self.name}", self.meaning, labels=self.labels)
        for values, figure in self.values.items():
            told.add_metric(values, figure)
        return told


def single(name: str, meaning: str, figure: float, *, grows: bool = False) -> Figure:
    """A figure without labels."""
    return Figure(name, meaning, {(): figure}, grows=grows)


async def counted(session: Session, providers: Iterable[str], lease: float) -> list[Figure]:
    """The figures of one moment. `providers` are those of payments; a worker that is silent for `lease` seconds counts as gone."""
    return [*await _background(session, lease), *await _business(session, providers), *await _outside(session)]


async def _background(session: Session, lease: float) -> list[Figure]:
    tasks, due = await listing.counts(session), await listing.overdue_since(session)
    published = await events.oldest_waiting(session)
    living, seen_at = await listing.workers(session, lease)
    states: Values = {("waiting",): tasks.waiting, ("running",): tasks.running, ("dead",): tasks.dead}
    return [
        single("outbox_waiting", "Events that have no tasks yet.", tasks.events),
        single("outbox_oldest_seconds", "For how long the oldest of them waits.", _age(published)),
        Figure("tasks", "Background tasks that are not done.", states, ("state",)),
        single("tasks_oldest_seconds", "For how long the task is due that is due longest.", _age(due)),
        single("workers", "Workers that have shown lately that they live.", living),
        single(
            "worker_seen_timestamp_seconds",
            "When a worker has last shown that it lives; 0 if none is known.",
            seen_at.timestamp() if seen_at else 0,
        ),
    ]


async def _business(session: Session, providers: Iterable[str]) -> list[Figure]:
    now = clock.now()
    attempts: dict[tuple[str, ...], int] = {
        (provider, str(state)): 0 for provider in providers for state in AttemptState
    }
    return [
        single("orders_placed", "Orders that were ever placed.", await orders.placed(session), grows=True),
        Figure(
            "orders_open",
            "Orders that are not on their way yet.",
            _each(OPEN, await orders.open_counts(session)),
            ("status",),
        ),
        Figure(
            "orders_day",
            "Orders of the last 24 hours.",
            _each(OrderStatus, await orders.counts_since(session, now - DAY)),
            ("status",),
        ),
        Figure(
            "payments_day",
            "Payments that were begun in the last 24 hours.",
            attempts | await payments.counts_since(session, now - DAY),
            ("provider", "state"),
        ),
        Figure(
            "refunds",
            "Refunds and voids that wait, and those of the last seven days that failed.",
            _each(REVERSALS, await payments.reversal_counts(session, now - WEEK)),
            ("state",),
        ),
        single("jobs_open", "Jobs that wait for offers.", await jobs.open_count(session)),
        Figure(
            "reconciliation_findings",
            "Open findings: what does not fit together.",
            _each(FindingKind, await findings.counts(session)),
            ("kind",),
        ),
    ]


async def _outside(session: Session) -> list[Figure]:
    return [
        Figure(
            "webhook_deliveries",
            "Deliveries to webhooks that were not heard.",
            _each(UNHEARD, await webhooks.counts(session)),
            ("state",),
        ),
        Figure("webhooks", "Webhooks.", _each(Condition, await webhooks.conditions(session)), ("condition",)),
        Figure(
            "mails", "Mails that wait or have failed.", _each(UNSENT, await notifications.unsent(session)), ("state",)
        ),
    ]


def _age(since: datetime | None) -> float:
    return max(0.0, (clock.now() - since).total_seconds()) if since else 0.0


def _each(values: Iterable[str], found: Mapping[str, int]) -> Values:
    """A figure that is zero is told too: what is absent cannot be watched."""
    return {(str(value),): found.get(value, 0) for value in values}
