"""Every scenario names tests that exist."""

from pathlib import Path

import pytest

from journeys.scenarios import SCENARIOS

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_its_tests_are_there(scenario: str) -> None:
    for named in SCENARIOS[scenario]:
        file, _, test = named.partition("::")
        assert f"def {test}(" in (TESTS / file).read_text(), named
