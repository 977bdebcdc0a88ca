"""What a process counts of its own work, for Prometheus. Of processes beside each other any tells the sum.

Each of these has a place, a small number, and keeps what it counts in files of that name (prometheus_client's multiprocess mode). A process that
takes the place of a dead one goes on with its files: no counter goes back, and there are never more files than places.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from functools import partial
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, disable_created_metrics, values
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Seconds; what OpenTelemetry advises for requests, so that dashboards made for others fit."""
PLACES_MAX: Final = 512
"""More than there can be processes, also while the dead ones are being replaced."""
_NAMED: Final = "merkato-meters-"
_LIBRARYS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"

# When each series began: one more for each, which Prometheus does not need, and which processes that share their files do not tell.
disable_created_metrics()  # type: ignore[no-untyped-call]  # So it is in the library, as below.


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A private folder in which processes put what they count, as long as the block lasts. Make it before they are started.

    What a server that was killed has left behind is removed, once none of its processes lives.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_NAMED}*"):
        held = _held(left)
        if held is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(held)
    folder, held = None, None
    # Another server that starts just now may take a new folder for one that was left behind.
    while folder is None or held is None or not folder.exists():
        folder = Path(tempfile.mkdtemp(prefix=_NAMED))
        held = _held(folder)
    try:
        yield folder
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def _held(folder: Path) -> int | None:
    """A lock on a folder of ours that no process has; those that are forked have it together with their parent."""
    try:
        found = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    except OSError:
        # Somebody else's, or just gone.
        return None
    try:
        if os.fstat(found).st_uid == os.getuid():
            flock(found, LOCK_EX | LOCK_NB)
            return found
    except BlockingIOError:
        pass
    os.close(found)
    return None


class Place:
    """A process's place in such a folder, its own until it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number, self._held = self._taken()
        os.ftruncate(self._held, 0)
        os.write(self._held, str(os.getpid()).encode())
        # What was under way at the place's last owner has ended with it.
        mark_process_dead(self.number, str(folder))  # type: ignore[no-untyped-call]
        # The library reads both when a first figure is made: from now on this process has its figures in files.
        os.environ[_LIBRARYS_FOLDER] = str(folder)
        values.ValueClass = values.MultiProcessValue(lambda: self.number)  # type: ignore[no-untyped-call]

    def _taken(self) -> tuple[int, int]:
        for number in range(PLACES_MAX):
            held = os.open(self.folder / f"place-{number}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                flock(held, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                os.close(held)
            else:
                return number, held
        raise RuntimeError("There is no place left to count at.")

    def processes(self) -> dict[int, int]:
        """The process at each place, as far as it has been taken."""
        written = {int(path.name.removeprefix("place-")): path.read_text() for path in self.folder.glob("place-*")}
        return {number: int(pid) for number, pid in sorted(written.items()) if pid}


class Processes(Collector):
    """CPU time, memory and files of each process, where the system tells them (Linux)."""

    def __init__(self, place: Place | None) -> None:
        self._place = place

    def collect(self) -> Iterable[Metric]:
        told: dict[str, Metric] = {}
        for number, pid in (self._place.processes() if self._place else {0: os.getpid()}).items():
            for metric in ProcessCollector(registry=None, pid=partial(str, pid)).collect():
                family = told.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                family.samples += [Sample(each.name, {"process": str(number)}, each.value) for each in metric.samples]
        return told.values()


class Meters:
    """What one process counts: requests by their route, streams, connections to the database."""

    def __init__(self, place: Place | None = None) -> None:
        """Without a place it counts for itself alone."""
        self.registry = CollectorRegistry(auto_describe=False)
        own = self.registry if place is None else CollectorRegistry(auto_describe=False)
        if place is not None:
            self.registry.register(MultiProcessCollector(None, str(place.folder)))  # type: ignore[no-untyped-call]
        self.registry.register(Processes(place))
        # Names, labels and unit are those of OpenTelemetry's conventions, as Prometheus writes them.
        self.durations = Histogram(
            "http_server_request_duration_seconds",
            "From a request to the end of its answer; of streams, to its beginning.",
            ["http_request_method", "http_route", "http_response_status_code"],
            buckets=BUCKETS,
            registry=own,
        )
        self.active = Gauge(
            "http_server_active_requests", "Requests under way.", registry=own, multiprocess_mode="livesum"
        )
        self.streams = Gauge(
            "merkato_streams", "Streams of events that are followed.", registry=own, multiprocess_mode="livesum"
        )
        self._used = Gauge(
            "merkato_pool_connections_used",
            "Connections to the database in use.",
            ["pool"],
            registry=own,
            multiprocess_mode="livesum",
        )
        self._most = Gauge(
            "merkato_pool_connections_max",
            "Connections to the database that may be in use.",
            ["pool"],
            registry=own,
            multiprocess_mode="livesum",
        )

    def watch(self, name: str, engine: AsyncEngine) -> None:
        """Tell how many connections of an engine are in use."""
        used, most = self._used.labels(name), self._most.labels(name)

        def count(returned: int) -> None:
            # It is looked, not counted: connections that broke on the way make no difference.
            pool = engine.sync_engine.pool
            assert isinstance(pool, QueuePool)  # noqa: S101 - `Database` makes no other.
            used.set(pool.checkedout() - returned)
            most.set(pool.size())

        count(0)
        event.listen(engine.sync_engine, "checkout", lambda *_: count(0))
        # It is told right before the connection is put back.
        event.listen(engine.sync_engine, "checkin", lambda *_: count(1))
