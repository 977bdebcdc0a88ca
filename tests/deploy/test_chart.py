"""The chart: Kubernetes accepts what it renders, and the pods are as they should be."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import kubernetes_validate
import pytest
import yaml

from deploy.helm import CHART, RELEASE, merged, rendered
from deploy.parts import PATHS, VARIABLES, parses
from docs import pages
from house.source import ROOT
from merkato import __version__
from merkato.web import metrics

OLDEST, NEWEST = "1.29", "1.37"
FULL: Final[dict[str, Any]] = {
    "image": {"repository": "registry.example/merkato", "tag": "1.2.3"},
    "imagePullSecrets": [{"name": "registry"}],
    "settings": {
        "MERKATO_PUBLIC_URL": "https://shop.example.com",
        "MERKATO_TAX_RATE": "0.19",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
    },
    "pictures": "pictures",
    "server": {"replicas": 3, "processes": 2},
    "service": {"annotations": {"example.com/a": "b"}},
    "monitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "ingress": {"enabled": True, "className": "alb", "tlsSecret": "certificate", "annotations": {"example.com/c": "d"}},
}
GUIDE: Final = ROOT / "docs" / "guides" / "deploying" / "kubernetes-on-aws.md"
EVERY = pytest.mark.parametrize("values", [{}, FULL], ids=["as it is", "everything"])


def named(kind: str, name: str, values: dict[str, Any]) -> dict[str, Any]:
    (found,) = [each for each in rendered(values) if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pods(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    templates = [each["spec"]["template"] for each in rendered(values) if each["kind"] in {"Deployment", "Job"}]
    return {each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"] for each in templates}


@EVERY
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_accepts_it(values: dict[str, Any], version: str) -> None:
    documents = rendered(values)
    assert len(documents) == (7 if values else 5)
    # A monitor is no kind of Kubernetes itself, but of the Prometheus operator.
    for each in (each for each in documents if each["kind"] != "ServiceMonitor"):
        kubernetes_validate.validate(each, version, strict=True)


@EVERY
def test_its_values_are_as_its_schema_says(values: dict[str, Any]) -> None:
    schema = jsonschema_rs.validator_for(json.loads((CHART / "values.schema.json").read_text()))
    schema.validate(merged(yaml.safe_load((CHART / "values.yaml").read_text()), values))


@pytest.mark.parametrize(
    "values",
    [
        {"secret": ""},
        {"replicas": 2},
        {"server": {"replicas": "2"}},
        {"settings": {"MERKATO_TAX_RATE": 0.19}},
        {"settings": {"SECRET": "x"}},
        {"settings": {"MERKATO_DATABASE_URL": "postgresql://shop:secret@host/shop"}},
    ],
    ids=str,
)
def test_wrong_values_are_refused(values: dict[str, Any]) -> None:
    schema = jsonschema_rs.validator_for(json.loads((CHART / "values.schema.json").read_text()))
    assert not schema.is_valid(merged(yaml.safe_load((CHART / "values.yaml").read_text()), values))


def test_the_guides_files_are_accepted() -> None:
    values, pictures = (yaml.safe_load(block) for block in pages.fences(GUIDE, "yaml"))
    schema = jsonschema_rs.validator_for(json.loads((CHART / "values.schema.json").read_text()))
    schema.validate(merged(yaml.safe_load((CHART / "values.yaml").read_text()), values))
    assert values["pictures"] == pictures["metadata"]["name"]
    for each in [pictures, *rendered(values)]:
        kubernetes_validate.validate(each, NEWEST, strict=True)


@EVERY
def test_every_pod_is_locked_and_runs_what_exists(values: dict[str, Any]) -> None:
    found = pods(values)
    assert set(found) == {"server", "worker", "migration"}
    for pod in found.values():
        (container,) = pod["containers"]
        parses(container["args"])
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert not container["securityContext"]["allowPrivilegeEscalation"]
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert container["image"].endswith(":1.2.3" if values else f":{__version__}")
        assert {mount["name"] for mount in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}
        names = {each["name"] for each in container.get("env", [])}
        assert {name for name in names if not name.startswith("OTEL_")} <= VARIABLES


@EVERY
def test_no_service_is_taken_for_the_port(values: dict[str, Any]) -> None:
    assert not any(pod["enableServiceLinks"] for pod in pods(values).values())


def test_settings_are_told_to_every_pod() -> None:
    for name, pod in pods(FULL).items():
        (container,) = pod["containers"]
        said = {each["name"]: each["value"] for each in container["env"]}
        assert FULL["settings"].items() <= said.items()
        assert (said.get("MERKATO_WORKER") == "off") is (name == "server")
        assert container["envFrom"] == [{"secretRef": {"name": "merkato"}}]


def test_probes_ask_what_is_served() -> None:
    (container,) = pods({})["server"]["containers"]
    asked = {probe: container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")}
    assert asked == {
        "startupProbe": "/health/live",
        "livenessProbe": "/health/live",
        "readinessProbe": "/health/ready",
    }
    assert set(asked.values()) <= set(PATHS)


def test_the_database_is_brought_up_to_date_before_anything_runs() -> None:
    job = named("Job", "shop-migration", {})
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert pods({})["migration"]["restartPolicy"] == "Never"


@EVERY
def test_the_service_and_the_budget_find_the_server_and_only_it(values: dict[str, Any]) -> None:
    labels = named("Deployment", "shop-server", values)["spec"]["template"]["metadata"]["labels"]
    assert named("Service", "shop-server", values)["spec"]["selector"] == labels
    assert named("PodDisruptionBudget", "shop-server", values)["spec"]["selector"]["matchLabels"] == labels
    assert labels != named("Deployment", "shop-worker", values)["spec"]["template"]["metadata"]["labels"]


def test_the_monitor_finds_the_service_and_what_it_asks_is_told() -> None:
    monitor, service = (named(kind, "shop-server", FULL) for kind in ("ServiceMonitor", "Service"))
    (endpoint,) = monitor["spec"]["endpoints"]
    assert monitor["spec"]["selector"]["matchLabels"] == service["metadata"]["labels"]
    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "merkato"
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["path"] == metrics.PATH
    assert endpoint["authorization"]["credentials"]["key"] in VARIABLES
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    (container,) = pods(FULL)["server"]["containers"]
    assert {"name": "MERKATO_METRICS", "value": "true"} in container["env"]


def test_the_ingress_leads_to_the_service() -> None:
    (rule,) = named("Ingress", "shop", FULL)["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": "shop-server", "port": {"name": "http"}}
    assert not [each for each in rendered({}) if each["kind"] == "Ingress"]


def test_pictures_lie_where_all_servers_see_them() -> None:
    (home,) = [each for each in pods(FULL)["server"]["volumes"] if each["name"] == "home"]
    assert home["persistentVolumeClaim"] == {"claimName": "pictures"}


def test_the_chart_is_of_this_version() -> None:
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == __version__


@EVERY
@pytest.mark.skipif(not shutil.which("helm"), reason="Helm is not installed.")
def test_helm_renders_the_same(values: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    subprocess.run(["helm", "lint", "--strict", CHART, "--values", file], check=True, capture_output=True)
    said = subprocess.run(
        ["helm", "template", RELEASE["Name"], CHART, "--values", file], check=True, capture_output=True, text=True
    )
    theirs = [each for each in yaml.safe_load_all(said.stdout) if each]
    assert sorted(map(json.dumps, theirs)) == sorted(map(json.dumps, rendered(values)))
