"""Writes `docs/reference/` from the code: `make reference`, or in `tests/` `python -m house.reference`. A test compares."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

from typer.main import get_command

from house import operations
from house.declared import events, modules_of_domains
from merkato import cli
from merkato.app import create_app
from merkato.domains.identity.models import GRANTS, SCOPES
from merkato.domains.privacy.queries import NOT_EXPORTED, PARTS
from merkato.kit.events import carried
from merkato.kit.privacy import Says, said_by
from merkato.kit.rows import Row
from merkato.settings import Settings, variables
from merkato.web import problems

FOLDER: Final = Path(__file__).parents[2] / "docs" / "reference"
_NOTE: Final = "Written by `make reference` from the code; change it there."


def documents() -> dict[str, str]:
    """The name of each file with what must be in it."""
    return {
        "openapi.json": openapi(),
        "api.md": api(),
        "settings.md": settings(),
        "problems.md": all_problems(),
        "events.md": all_events(),
        "scopes.md": scopes(),
        "commands.md": commands(),
        "personal-data.md": personal_data(),
    }


@cache
def openapi() -> str:
    with tempfile.TemporaryDirectory() as home:
        # Nothing connects: the description needs the routes only.
        app = create_app(Settings(_env_file=None, database_url=None, home=Path(home)), "postgresql://nobody@/nothing")
        return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


def api() -> str:
    body = "\n\n".join(
        f"## {name}\n\n{sentence}\n\n{table(['operation', 'who', 'what', 'answers'], rows)}"
        for name, sentence, rows in operations.sections(json.loads(openapi()))
    )
    return page("API", operations.ABOUT, body)


def page(title: str, sentence: str, body: str) -> str:
    return f"# {title}\n\n{sentence}\n\n<!-- {_NOTE} -->\n\n{body}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(each) for each in line) + " |" for line in lines)


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def settings() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        names = " or ".join(f"`{variable}`" for variable in variables(name))
        rows.append([names, written(field.default), field.description or ""])
    return page(
        "Settings",
        "Set in the environment or in a `.env` file; the environment wins. `merkato config` prints each value and where it came from.",
        table(["variable", "default", "meaning"], rows),
    )


def written(default: Any) -> str:
    if default is None or default in ("", (), {}):
        return "unset" if default is None else "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def all_problems() -> str:
    modules_of_domains()
    rows = [
        [str(kind.status), f"`{kind.code}`", f"{kind.title}. {problems.cause(kind)}", kind.fix]
        for kind in problems.known().values()
    ]
    return page(
        "Problems",
        "Every error is an `application/problem+json` document (RFC 9457). Its `type` leads to a page of the server with the same words.",
        table(["status", "code", "why", "what to do"], rows),
    )


def all_events() -> str:
    rows = [
        [
            f"`{kind.name}`",
            cleandoc(kind.__doc__ or ""),
            ", ".join(f"`{name}`" for name in carried(kind)),
            kind.__module__.split(".")[2],
            "yes" if kind.public else "no",
        ]
        for kind in events()
    ]
    return page(
        "Events",
        "Facts that a domain announces in the transaction that made them true. They carry ids, never secrets.",
        table(["name", "meaning", "carries", "announced by", "told by webhooks"], rows),
    )


def scopes() -> str:
    rows = [
        [f"`{scope}`", f"May {meaning}.", ", ".join(role.value for role, granted in GRANTS.items() if scope in granted)]
        for scope, meaning in SCOPES.items()
    ]
    return page(
        "Scopes",
        "What an account may do beyond its own things. Its roles grant scopes; its own `scopes` can narrow them.",
        table(["scope", "meaning", "granted to"], rows),
    )


def personal_data() -> str:
    modules_of_domains()
    exported = {part.table.__tablename__: f"`{part.name}`" for part in PARTS}
    rows = []
    for mapper in sorted(Row.registry.mappers, key=lambda mapper: str(mapper.class_.__tablename__)):
        kind, told = mapper.class_, dict.fromkeys((Says.PERSONAL, Says.BOOKS, Says.SEALED), "")
        for column in mapper.columns:
            said = said_by(kind.privacy, column)
            if said in told:
                told[said] += f"{', ' if told[said] else ''}`{column.key}`"
        if any(told.values()) or kind.__tablename__ in exported:
            shown = exported.get(kind.__tablename__) or NOT_EXPORTED[kind.__tablename__]
            rows.append([f"`{kind.__tablename__}`", shown, *told.values()])
    return page(
        "Personal data",
        "What the tables hold about people. `personal` columns are emptied or deleted when somebody is erased, those of `books` are kept,"
        " `sealed` ones are never told. Numbers, times and ids stand in the export too. Tables that are not here say nothing of anybody.",
        table(["table", "in the export", *(each.value for each in (Says.PERSONAL, Says.BOOKS, Says.SEALED))], rows),
    )


def commands() -> str:
    body = "\n\n".join(section for section in described(get_command(cli.app), ["merkato"]))
    return page("Commands", "Exit codes: 0 done, 1 failed, 2 wrong use. `--help` says the same.", body)


def described(command: Any, path: list[str]) -> Iterable[str]:
    """One section for a command, and those of the commands below it."""
    below = getattr(command, "commands", {})
    if not below or command.invoke_without_command:
        context = command.make_context(path[-1], [], resilient_parsing=True)
        usage = " ".join(path if below else [*path, *command.collect_usage_pieces(context)])
        options = [
            [", ".join(f"`{name}`" for name in each.opts), each.help or ""]
            for each in command.params
            if each.param_type_name == "option" and each.help
        ]
        listed = "\n\n" + table(["option", "meaning"], options) if options else ""
        yield f"## `{usage}`\n\n{cleandoc(command.help or '')}{listed}"
    for name, each in below.items():
        yield from described(each, [*path, name])


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    write()
