"""What `/metrics` tells, as a test reads it."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[str, ...]


def read(text: str) -> dict[Labels, float]:
    """Each figure by its name and the values of its labels, in the order of their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def told(client: httpx.AsyncClient) -> dict[Labels, float]:
    """What is told now."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return read(answer.text)


def answered(method: str, status: int, route: str) -> Labels:
    """How many requests to a route have had this answer."""
    return ("http_server_request_duration_seconds_count", method, str(status), route)


def labels(text: str) -> dict[str, set[str]]:
    """The labels of each figure."""
    families = text_string_to_metric_families(text)
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}
