"""Dashboard, alerts and the guide speak of what `/metrics` tells, and of all of it."""

import json
import re
from collections.abc import Iterator
from typing import Final

import promql_parser
import pytest
from fastapi import FastAPI
from promql_parser import AggregateExpr, VectorSelector

from deploy.parts import DEPLOY, fits, pinned, read
from docs import pages
from house.source import ROOT
from make import figures
from merkato.kit.meters import Meters
from merkato.web.metrics import PATH, Scrape

GUIDE: Final = ROOT / "docs" / "guides" / "operations.md"
DASHBOARD: Final = json.loads((DEPLOY / "grafana" / "merkato.json").read_text())
RULES: Final = [rule for group in read(DEPLOY / "prometheus" / "alerts.yaml")["groups"] for rule in group["rules"]]
PROMETHEUS: Final = read(DEPLOY / "prometheus" / "prometheus.yaml")
COMPOSE: Final = read(DEPLOY / "compose.watching.yaml")
ADDED: Final = {"job", "instance"}
"""Labels that Prometheus adds to what it is told."""
OF_PROMETHEUS: Final[dict[str, set[str]]] = {"up": set()}

Told = dict[str, set[str]]


@pytest.fixture
async def told(app: FastAPI) -> Told:
    """Every figure that is told, with its labels."""
    meters, state = Meters(), app.state
    meters.durations.labels("GET", "/", "200").observe(0)
    state.settings.home.mkdir(exist_ok=True)
    scrape = Scrape(state.database, state.settings, state.payment_providers, meters)
    return figures.labels((await scrape.text()).decode())


def plain(expression: str) -> str:
    """A question of the dashboard with something for Grafana's variables."""
    return expression.replace("$__rate_interval", "1m").replace("$job", "merkato").replace("$route", ".*")


def shown() -> Iterator[str]:
    """What the dashboard asks Prometheus."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield plain(target["expr"])


QUESTIONS: Final = [*shown(), *(rule["expr"] for rule in RULES)]


def asked(expression: str) -> dict[str, set[str]]:
    """The figures that a question names, with the labels by which it chooses and groups. Raises when it is no PromQL."""
    found: dict[str, set[str]] = {}
    grouped: set[str] = set()

    def note(part: object) -> None:
        if isinstance(part, VectorSelector):
            found.setdefault(str(part.name), set()).update(each.name for each in part.matchers.matchers)
        if isinstance(part, AggregateExpr) and part.modifier:
            grouped.update(part.modifier.labels)

    promql_parser.walk(promql_parser.parse(expression), note)
    return {name: labels | grouped for name, labels in found.items()}


@pytest.mark.parametrize("expression", QUESTIONS)
def test_questions_are_promql(expression: str) -> None:
    assert asked(expression)


async def test_what_is_asked_is_told_with_its_labels(told: Told) -> None:
    known = told | OF_PROMETHEUS
    for expression in QUESTIONS:
        for name, labels in asked(expression).items():
            assert name in known, expression
            assert labels <= known[name] | ADDED, expression


async def test_what_is_told_is_on_the_dashboard_and_in_the_guide(told: Told) -> None:
    shown_there = {name for expression in shown() for name in asked(expression)}
    assert set(told) - shown_there == set()
    described = "\n".join(pages.code(GUIDE))
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in told}
    assert {name for name in families if not re.search(rf"\b{name}\b", described)} == set()


async def test_what_the_guide_names_is_told(told: Told) -> None:
    families = {re.sub(r"_(bucket|sum|count)$", "", name): labels for name, labels in told.items()}
    for word in pages.code(GUIDE):
        if found := re.fullmatch(r"((?:merkato|http_server|process)_[a-z_]+)(?:{([a-z_, ]+)})?", word):
            assert found[1] in families, word
            assert not found[2] or set(found[2].split(", ")) == families[found[1]] - {"le"}, word


def test_each_alert_has_its_section_and_each_section_its_alert() -> None:
    names = [rule["alert"] for rule in RULES]
    headings = re.findall(r"^### (\w+)$", GUIDE.read_text(), re.MULTILINE)
    assert sorted(names) == sorted(headings)
    for rule in RULES:
        path, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert ROOT / path == GUIDE
        assert anchor == rule["alert"].lower()
        assert anchor in pages.anchors(GUIDE)
        assert rule["labels"]["severity"] in {"critical", "warning"}


def test_prometheus_asks_a_server_for_the_job_that_all_others_name() -> None:
    (job,) = PROMETHEUS["scrape_configs"]
    assert job["job_name"] == "merkato"
    assert job.get("metrics_path", "/metrics") == PATH
    assert [(DEPLOY / "prometheus" / name).exists() for name in PROMETHEUS["rule_files"]] == [True]
    jobs = {match for rule in RULES for match in re.findall(r'job="(\w+)"', rule["expr"])}
    assert jobs == {"merkato"}
    named = [labels for rule in RULES for labels in asked(rule["expr"]).values()]
    assert all("job" in labels for labels in named), "Another program's figures are none of ours."


def test_the_dashboard_can_be_imported_anywhere() -> None:
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert DASHBOARD["schemaVersion"] >= 36
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(numbers) == len(set(numbers))
    cells: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not own & cells, panel["title"]
        cells |= own
        assert panel["type"] == "row" or panel["description"], panel["title"]
        assert panel["type"] == "row" or panel["datasource"]["uid"] == "${datasource}"
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"])))
    assert used - {"__rate_interval"} == set(variables)


def test_compose_shows_it_to_this_machine_only() -> None:
    fits(COMPOSE, "compose-spec")
    services = COMPOSE["services"]
    assert pinned(each["image"] for each in services.values() if "image" in each)
    assert services["server"]["environment"] == {"MERKATO_METRICS": "true"}
    assert all(port.startswith("127.0.0.1:") for each in services.values() for port in each.get("ports", ()))
    assert services["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"].startswith("${GRAFANA_PASSWORD:?")
    for each in services.values():
        for volume in each.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).exists(), volume
    (target,) = PROMETHEUS["scrape_configs"][0]["static_configs"][0]["targets"]
    assert target.partition(":")[0] in services


def test_grafana_finds_the_dashboard_and_prometheus() -> None:
    provisioning = DEPLOY / "grafana" / "provisioning"
    (source,) = read(provisioning / "datasources" / "prometheus.yaml")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert "127.0.0.1:9090:9090" in COMPOSE["services"]["prometheus"]["ports"]
    (provider,) = read(provisioning / "dashboards" / "merkato.yaml")["providers"]
    (mounted,) = [each.split(":")[1] for each in COMPOSE["services"]["grafana"]["volumes"] if "merkato.json" in each]
    assert mounted == f"{provider['options']['path']}/merkato.json"
    assert COMPOSE["services"]["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == mounted
