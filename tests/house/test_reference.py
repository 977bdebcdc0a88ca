"""The reference under `docs/reference/` is what the code says now."""

import re
from typing import Final

import pytest

from house import reference
from house.source import TESTS

NOT_FROM_THE_CODE: Final = {"security.md", "openapi-promised.json"}


@pytest.mark.parametrize(
    "name",
    [
        "openapi.json",
        "api.md",
        "settings.md",
        "problems.md",
        "events.md",
        "scopes.md",
        "commands.md",
        "personal-data.md",
    ],
)
def test_the_reference_is_current(name: str) -> None:
    file = reference.FOLDER / name
    assert file.exists(), "Write it with `make reference`."
    assert file.read_text() == reference.documents()[name], "Write it anew with `make reference`."


def test_nothing_else_lies_in_the_reference() -> None:
    assert {path.name for path in reference.FOLDER.iterdir()} == set(reference.documents()) | NOT_FROM_THE_CODE


def test_the_tests_that_security_names_are_there() -> None:
    named = re.findall(r"^- `(\S+)::(\S+)`$", (reference.FOLDER / "security.md").read_text(), re.MULTILINE)
    assert len(named) > 40
    for file, test in named:
        assert f"def {test}(" in (TESTS / file).read_text(), f"{file}::{test}"


def test_security_walks_through_all_ten_risks() -> None:
    risks = re.findall(
        r"^## API(\d+) .*?(?=^## )", (reference.FOLDER / "security.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert [int(each) for each in risks] == list(range(1, 11))
