"""Figures for Prometheus, off unless a setting says otherwise. They are asked of the database at each scrape: any process tells the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from merkato.domains.orders import queries as orders
from merkato.domains.orders.models import OrderStatus
from merkato.domains.reconciliation.models import FindingKind
from merkato.domains.reconciliation.queries import findings
from merkato.domains.webhooks import queries as webhooks
from merkato.domains.webhooks.models import DeliveryState
from merkato.kit import clock, events
from merkato.kit.database import Database, Session
from merkato.kit.tasks import listing
from merkato.settings import Settings

PATH: Final = "/metrics"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure, or one for each value of a label."""

    name: str
    meaning: str
    values: Mapping[str, float]
    label: str | None = None

    def family(self) -> Metric:
        family = GaugeMetricFamily(f"merkato_{self.name}", self.meaning, labels=[self.label] if self.label else None)
        for value, figure in self.values.items():
            family.add_metric([value] if self.label else [], figure)
        return family


class _Asked:
    """What was asked of the database, as a registry collects it."""

    def __init__(self, gauges: list[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        return (gauge.family() for gauge in self._gauges)


def pages(settings: Settings) -> APIRouter:
    """`/metrics`, if the settings want it."""
    router = APIRouter(include_in_schema=False)
    if settings.metrics:
        router.add_api_route(PATH, tell)
    return router


async def tell(request: Request) -> Response:
    """The figures of this moment, in the text format of Prometheus."""
    database: Database = request.app.state.database
    async with database.snapshot() as session:
        gauges = await _gauges(session)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Asked(gauges))
    return Response(
        generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"}
    )


async def _gauges(session: Session) -> list[Gauge]:
    tasks, oldest = await listing.counts(session), await events.oldest_waiting(session)
    age = max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0
    unheard = [state for state in DeliveryState if state is not DeliveryState.DELIVERED]
    return [
        Gauge("outbox_waiting", "Events that have no tasks yet.", {"": tasks.events}),
        Gauge("outbox_oldest_seconds", "For how long the oldest of them waits.", {"": age}),
        Gauge(
            "tasks",
            "Background tasks that are not done.",
            {"waiting": tasks.waiting, "running": tasks.running, "dead": tasks.dead},
            "state",
        ),
        Gauge(
            "reconciliation_findings",
            "Open findings: what does not fit together.",
            _each(FindingKind) | await findings.counts(session),
            "kind",
        ),
        Gauge(
            "webhook_deliveries",
            "Deliveries to webhooks that were not heard.",
            _each(unheard) | await webhooks.counts(session),
            "state",
        ),
        Gauge("orders", "Orders.", _each(OrderStatus) | await orders.counts(session), "status"),
    ]


def _each(values: Iterable[str]) -> dict[str, int]:
    """A figure that is zero is told too: what is absent cannot be watched."""
    return {str(value): 0 for value in values}
