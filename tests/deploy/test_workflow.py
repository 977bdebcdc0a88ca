"""What continuous integration does: test first, publish what was tested, deploy only where somebody wants it."""

import re

from deploy.parts import SHELLCHECK, fits, read, shellcheck
from docs import site
from house.source import ROOT

FILE = ROOT / ".github" / "workflows" / "ci.yml"
JOBS = read(FILE)["jobs"]


def test_it_is_a_workflow() -> None:
    fits(read(FILE), "github-workflows")


def test_actions_are_pinned() -> None:
    used = [step["uses"] for job in JOBS.values() for step in job["steps"] if "uses" in step]
    assert len(used) > 5
    assert all(re.fullmatch(r"[\w./-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})", each) for each in used)
    assert not any("latest" in job["runs-on"] for job in JOBS.values())


def test_the_same_is_run_here_and_there() -> None:
    assert JOBS["test"]["steps"][-1] == {"run": ".ci/run"}
    assert (ROOT / ".ci" / "run").exists()


def test_nothing_is_published_untested_nor_deployed_unasked() -> None:
    assert (JOBS["image"]["needs"], JOBS["deploy"]["needs"]) == ("test", "image")
    published = [step for step in JOBS["image"]["steps"] if "docker push" in step.get("run", "")]
    assert published
    for each in [*published, JOBS["deploy"]]:
        assert "startsWith(github.ref, 'refs/tags/v')" in each["if"]
        assert "vars.IMAGE != ''" in each["if"]
    assert "vars.DEPLOY == 'kubernetes'" in JOBS["deploy"]["if"]


def test_the_site_is_built_always_and_published_only_from_main_where_somebody_wants_it() -> None:
    steps = JOBS["site"]["steps"]
    assert "make site" in [step.get("run") for step in steps]
    of_pages = [step for step in steps if "pages" in step.get("uses", "")]
    assert len(of_pages) == 2
    for each in [*of_pages, JOBS["pages"]]:
        assert "vars.PAGES != ''" in each["if"]
    assert JOBS["pages"]["needs"] == ["test", "site"]
    assert "github.ref == 'refs/heads/main'" in JOBS["pages"]["if"]
    assert JOBS["pages"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert of_pages[-1]["with"]["path"] == str((site.BUILT / "site").relative_to(ROOT))


def test_nothing_that_others_write_is_run_as_a_command() -> None:
    for job in JOBS.values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


@SHELLCHECK
def test_its_scripts_are_good_ones() -> None:
    for job in JOBS.values():
        for step in job["steps"]:
            assert shellcheck(step.get("run", "")) == ""
    assert shellcheck((ROOT / ".ci" / "run").read_text()) == ""


def test_what_it_names_is_there() -> None:
    for path in re.findall(r"(?:file: |install shop )(deploy/\S+)", FILE.read_text()):
        assert (ROOT / path).exists(), path
    assert read(FILE)["permissions"] == {"contents": "read"}
