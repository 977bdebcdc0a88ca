"""The reference under `docs/reference/` is what the code says now."""

import pytest

from house import reference


@pytest.mark.parametrize(
    "name", ["openapi.json", "settings.md", "problems.md", "events.md", "scopes.md", "commands.md"]
)
def test_the_reference_is_current(name: str) -> None:
    file = reference.FOLDER / name
    assert file.exists(), "Write it with `make reference`."
    assert file.read_text() == reference.documents()[name], "Write it anew with `make reference`."


def test_nothing_else_lies_in_the_reference() -> None:
    assert {path.name for path in reference.FOLDER.iterdir()} == set(reference.documents())
