"""What a demo presets, and what it prints when it is ready."""

import textwrap
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import typer

from merkato.settings import Settings
from merkato.transfer.demo.loader import Logins
from merkato.web import mailbox

# What makes a demo's totals interesting, and lets one machine try as much as it likes, unless the settings say something themselves.
_PRESETS: Final[Mapping[str, Any]] = {
    "tax_rate": Decimal("0.19"),
    "shipping_rate": 490,
    "rate_limit_address": 60_000,
    "rate_limit_account": 60_000,
}
# At a terminal two hundred lines about the first tasks would push the log-in out of sight.
_PRESETS_OF_TERMINALS: Final[Mapping[str, Any]] = {"log_level": "warning"}
_WIDTH: Final = 56


def presets(settings: Settings, *, at_a_terminal: bool) -> dict[str, Any]:
    """What a demo sets that the settings leave open."""
    wanted = {**_PRESETS, **(_PRESETS_OF_TERMINALS if at_a_terminal else {})}
    return {name: value for name, value in wanted.items() if name not in settings.model_fields_set}


def greeting(settings: Settings, logins: Logins, preset: Mapping[str, Any], address: str) -> str:
    """What to open, and how to sign in. Whoever prints it elsewhere than at a terminal takes the colours out."""
    return "\n".join(["", *_lines(settings, logins, preset, address), ""])


def _lines(settings: Settings, logins: Logins, preset: Mapping[str, Any], address: str) -> Iterator[str]:
    yield _line("Merkato's demo shop", f"{address}/", fg="cyan")
    if settings.docs_path and settings.openapi_path:
        yield _line("Try the API", address + settings.docs_path, fg="cyan")
    if not settings.smtp_url:
        yield _line("Read the shop's mail", address + mailbox.PATH, fg="cyan")
    yield _line("Pay with", "simulated: success, or stripe: pm_card_visa")
    for who, login in (("Sign in as", logins.shopper), ("Or, with all rights", logins.staff)):
        yield ""
        yield _line(who, login.email, bold=True)
        yield _line("Password", login.password, bold=True)
    yield ""
    yield _line("Everything is kept in", str(Path(settings.home).absolute()))
    told = ", ".join(f"MERKATO_{name.upper()}={value}" for name, value in preset.items())
    for number, part in enumerate(textwrap.wrap(told, _WIDTH)):
        yield _line("" if number else "Preset for the demo", part)
    yield "  Stop with Ctrl-C; the next start finds it again."


def _line(label: str, value: str, *, fg: str | None = None, bold: bool | None = None) -> str:
    return f"  {label:<22} {typer.style(value, fg=fg, bold=bold) if fg or bold else value}"
