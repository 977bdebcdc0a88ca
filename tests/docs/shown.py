"""Which commands of the documents are run by a test, and why the others are not."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs import pages, shell

RUN: Final = (
    "README.md",
    "docs/guides/background-tasks.md",
    "docs/guides/backups.md",
    "docs/guides/browser-on-another-origin.md",
    "docs/guides/community.md",
    "docs/guides/hiring.md",
    "docs/guides/kitchen-and-shipping.md",
    "docs/guides/money.md",
    "docs/guides/operations.md",
    "docs/guides/orders-to-be-paid-later.md",
    "docs/guides/payments.md",
    "docs/guides/privacy.md",
    "docs/guides/rate-limits.md",
    "docs/guides/reconciliation.md",
    "docs/guides/reports.md",
    "docs/guides/reviews.md",
    "docs/guides/second-factor.md",
    "docs/guides/signing-in.md",
    "docs/guides/staff-and-keys.md",
    "docs/guides/tokens-of-others.md",
    "docs/guides/webhooks.md",
    "docs/guides/migrations.md",
)
"""Played by `test_shown_commands.py` in this order: the last one takes a revision of the database back."""

WHOLE: Final = {"docs/start/two-users-with-httpie.md": "test_httpie.py"}
"""Played from the first to the last line by a test of their own."""

CLOUD: Final = "needs an account at somebody else's"
ENGINE: Final = "needs a container engine"
MACHINE: Final = "changes the machine or the repository"
NETWORK: Final = "needs the network"
PEOPLE: Final = "needs somebody who reads, types or waits"
TROUBLE: Final = "needs a shop where something went wrong"
OWN: Final = "is played by tests of its own: tests/cli/test_backup.py, tests/clients"
STAYS: Final = "goes on until it is stopped"

NOT_RUN: Final[dict[tuple[str, ...], str]] = {
    ("aws",): CLOUD,
    ("az",): CLOUD,
    ("docker",): ENGINE,
    ("git",): CLOUD,
    ("helm",): CLOUD,
    ("heroku",): CLOUD,
    ("kubectl",): CLOUD,
    ("make",): MACHINE,
    ("merkato", "demo"): STAYS,
    ("merkato", "restore"): OWN,
    ("merkato", "serve"): STAYS,
    ("merkato", "worker"): STAYS,
    ("npm",): NETWORK,
    ("npx",): NETWORK,
    ("psql",): PEOPLE,
    ("python", "-m", "pip"): NETWORK,
    ("sudo",): MACHINE,
}
"""Why a block is not run that holds a command which begins so. It is looked at word by word by `test_documents.py` and by `tests/deploy`."""

BLOCKS_NOT_RUN: Final = {
    ("docs/guides/hiring.md", "as_worker -N"): STAYS,
    ("docs/guides/hiring.md", "seen="): STAYS,
    ("docs/guides/operations.md", "grep"): TROUBLE,
    ("docs/guides/second-factor.md", "mfa="): PEOPLE,  # A code counts once, and the next one comes in half a minute.
    ("docs/guides/second-factor.md", "merkato accounts remove-factors"): PEOPLE,  # Somebody has lost everything before.
    ("docs/guides/tokens-of-others.md", "curl -s http://127.0.0.1:8000/v1/auth/providers"): CLOUD,
    ("docs/guides/tokens-of-others.md", "curl -s http://127.0.0.1:8000/v1/auth/tokens"): CLOUD,
}
"""Why a block of a document that begins so is not run."""

DOCUMENTS_NOT_RUN: Final = {"docs/start/an-order-and-what-follows.md": NETWORK}  # The mocks come by npx.
"""Why no block of a document is run: each needs the one before."""


def reasons(document: str, block: str) -> set[str]:
    """Why a block is not run; nothing for one that must be."""
    found = {reason for (name, start), reason in BLOCKS_NOT_RUN.items() if name == document and block.startswith(start)}
    if document in DOCUMENTS_NOT_RUN:
        found.add(DOCUMENTS_NOT_RUN[document])
    for program, *words in shell.programs(block):
        command = (program.rpartition("/")[2], *words)
        found |= {reason for start, reason in NOT_RUN.items() if command[: len(start)] == start}
    return found


def run(document: Path) -> Iterator[str]:
    """The blocks of a document that a test runs."""
    name = pages.name(document)
    for block in pages.fences(document, "sh"):
        if name in WHOLE or (name in RUN and not reasons(name, block)):
            yield block


def needed(script: str) -> set[str]:
    """The variables that a script uses and does not set."""
    used = set(re.findall(r"\$\{?([a-z_]+)", script))
    return used - set(re.findall(r"^\s*(?:local )?([a-z_]+)=(?!\.\.\.)", script, re.MULTILINE))
