"""Every scenario names tests that exist."""

from pathlib import Path

import pytest

from journeys.scenarios import SCENARIOS

TESTS = Path(__file__).parents[1]
LINES = {"A": 9, "B": 14, "C": 7, "D": 8, "E": 10}
"""How many lines each of the five systems has that Merkato does the work of."""


def test_each_line_of_the_five_systems_is_there() -> None:
    named = {scenario.split()[0] for scenario in SCENARIOS}
    assert [f"{system}{line}" for system, most in LINES.items() for line in range(1, most + 1)] == sorted(
        (each for each in named if each[:1] in LINES and each[1:].isdecimal()),
        key=lambda each: (each[0], int(each[1:])),
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_its_tests_are_there(scenario: str) -> None:
    for named in SCENARIOS[scenario]:
        file, _, test = named.partition("::")
        assert f"def {test}(" in (TESTS / file).read_text(), named
