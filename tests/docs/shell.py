"""The commands of a shell that documents show, taken apart without running them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_ENDS: Final = re.compile(r"[|;&()<>\n]+")
_SHOWN_SERVER: Final = "http://127.0.0.1:8000"


@dataclass
class Call:
    """A request that curl sends."""

    method: str = ""
    url: str = ""
    json: list[str] = field(default_factory=list)
    form: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    data_in_url: bool = False

    def take(self, option: str, value: str) -> None:
        match option:
            case "-X" | "--request":
                self.method = value
            case "-H" | "--header":
                self.headers.append(value)
            case "--json":
                self.json.append(value)
            case _ if value.lstrip().startswith("{"):
                self.json.append(value)
            case _:
                self.form.append(value)


_TAKES_A_VALUE: Final = {
    "-X",
    "--request",
    "-H",
    "--header",
    "--json",
    "-d",
    "--data",
    "--data-urlencode",
    "-F",
    "--form",
}
_TAKES_ANOTHER: Final = {"-o", "-w", "--output", "--write-out", "-u"}


def words(code: str) -> list[str]:
    """The words of a piece of shell; signs that end a command are words of their own."""
    plain = re.sub(r"(^|[ \t])#( .*)?$", "", code, flags=re.MULTILINE).replace("\\\n", " ")
    lexer = shlex.shlex(plain, posix=True, punctuation_chars="|;&()<>\n")
    lexer.whitespace = " \t"
    lexer.whitespace_split = True
    lexer.commenters = ""
    return list(lexer)


def programs(code: str) -> Iterator[list[str]]:
    """Each command with its words, those within `$(...)` too, without the variables that are set before it."""
    command: list[str] = []
    before = ""
    for word in [*words(code), "\n"]:
        if word in {"{", "}"} or _ENDS.fullmatch(word):
            while command and re.match(r"\w+=", command[0]):
                command.pop(0)
            if command:
                yield command
            command = []
        elif not (">" in before or "<" in before):
            command.append(word)
        before = word if _ENDS.fullmatch(word) else ""


def functions(code: str) -> set[str]:
    """What a document has given a name of its own."""
    return set(re.findall(r"^(\w+)\(\) {", code, re.MULTILINE))


def calls(code: str) -> Iterator[Call]:
    """Requests to the shop that `curl` sends, or a function of the document around it."""
    senders = {"curl", *functions(code)}
    for command in programs(code):
        if command[0] in senders:
            call = _call(command[1:])
            if call.url:
                yield call


def _call(arguments: list[str]) -> Call:
    call, rest = Call(), iter(arguments)
    for word in rest:
        if word in _TAKES_A_VALUE:
            call.take(word, next(rest))
        elif word in _TAKES_ANOTHER:
            next(rest)
        elif word in {"-G", "--get"}:
            call.data_in_url = True
        elif word.startswith(("$shop", _SHOWN_SERVER)):
            call.url = word
    sends = (call.json or call.form) and not call.data_in_url
    call.method = call.method or ("POST" if sends else "GET")
    return call
