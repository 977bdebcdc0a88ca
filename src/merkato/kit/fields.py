"""Shared field types: each limit is stated once, for Pydantic and for the table column alike."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints
from sqlalchemy import SmallInteger, String, Text
from sqlalchemy.orm import mapped_column

from merkato.kit.privacy import CLASSIFIED, Says

_SEVERAL_LINES: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Controls, breaks of lines, and what turns the order of letters round: a name with them could pass for other text."""
_WEB_ADDRESS: Final = re.compile(
    r"(https?://[^\s/$.?#@\"<>\\^`{|}][^\s/?#@\"<>\\^`{|}]*([/?#][^\s\"<>\\^`{|}]*)?|/media/[\w.-]+)"
)
"""Without a user, a password, or what an address has to escape."""


def _speakable(value: str) -> str:
    """Refuse what PostgreSQL and UTF-8 cannot carry: NUL, and surrogates without their other half."""
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("must not contain lone surrogates") from None
    return value


def _on_one_line(value: str) -> str:
    if _SEVERAL_LINES.search(value):
        raise ValueError("must be on one line, without control characters")
    return value


def _web_address(value: str) -> str:
    if _WEB_ADDRESS.fullmatch(value) is None or not value.isprintable():
        raise ValueError("is not an address that begins with https:// or http://, without a user, spaces or quotes")
    return value


def _trimmed(minimum: int, maximum: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=minimum, max_length=maximum)


_speech = AfterValidator(_speakable)
_line = AfterValidator(_on_one_line)

Word = Annotated[str, Strict(), _trimmed(1, 64), _speech, _line, mapped_column(String(64))]
"""A short name of something: an option, a colour, a code."""
Name = Annotated[str, Strict(), _trimmed(1, 200), _speech, _line, mapped_column(String(200))]
"""A name or title, on one line."""
Prose = Annotated[str, Strict(), _trimmed(0, 20_000), _speech, mapped_column(Text)]
"""A description over several lines."""
Note = Annotated[str, Strict(), _trimmed(0, 1_000), _speech, mapped_column(String(1_000))]
"""A remark or reason."""
Slug = Annotated[str, Strict(), _trimmed(1, 200), _speech, _line, mapped_column(String(200))]
"""The readable part of an address; letters and digits of any script, and hyphens."""
Reference = Annotated[str, StringConstraints(min_length=1, max_length=200), _speech]
"""A path segment that is an id or a slug."""
Url = Annotated[
    str,
    Strict(),
    _trimmed(1, 2_000),
    _speech,
    AfterValidator(_web_address),
    mapped_column(String(2_000)),
]
"""An address on the web, or of a file kept here."""
Stars = Annotated[int, Strict(), Field(ge=1, le=5, examples=[5])]
"""A rating."""
Quantity = Annotated[int, Strict(), Field(ge=1, le=10_000, examples=[1])]
Search = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _speech]
Text_ = Annotated[str, mapped_column(Text)]
State = Annotated[str, mapped_column(String(32), info={CLASSIFIED: Says.NOTHING})]
"""A state of a machine that is declared as data."""
Small = Annotated[int, mapped_column(SmallInteger)]


class Said(BaseModel):
    """What a client says: unknown fields are refused, and values never come back in error messages."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    def sent(self) -> dict[str, Any]:
        """The fields that were really sent (RFC 7396: absent means unchanged, null clears)."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class View(BaseModel):
    """What we say, read from a row or a mapping."""

    model_config = ConfigDict(from_attributes=True)


def unsent() -> Any:  # noqa: ANN401 - stands for a value of any field type.
    """The default of a field that may be left out of a change, but may not be null."""
    return Field(default_factory=lambda: None)
