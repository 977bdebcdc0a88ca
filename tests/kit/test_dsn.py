"""Database URLs as people and hosting companies write them, and what is said when there is no database."""

import socket

import asyncpg
import pytest
from psycopg.conninfo import conninfo_to_dict

from merkato.kit.database import dsn, reason_of
from merkato.kit.libpq import conninfo


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_spelling_is_understood(scheme: str) -> None:
    url = dsn(f"{scheme}://shop:word@db:5433/shop?sslmode=require&channel_binding=require&connect_timeout=3")
    assert url.render_as_string(hide_password=False) == "postgresql+asyncpg://shop:word@db:5433/shop?ssl=require"


@pytest.mark.parametrize(
    "url", ["geheim", "mysql://a:geheim@h/x", "postgresql://a:geheim@h:port/x", "postgresql://a:geheim@h/x?sslcert=y"]
)
def test_what_is_no_such_url_is_not_quoted(url: str) -> None:
    with pytest.raises(ValueError, match=r"^it(s parameter)? ") as refused:
        dsn(url)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(), "nothing answers"),
        (socket.gaierror(), "host is unknown"),
        (TimeoutError(), "in time"),
        (asyncpg.InvalidPasswordError(), "refuses"),
        (asyncpg.InvalidCatalogNameError(), "no database"),
        (asyncpg.TooManyConnectionsError(), "no more connections"),
        (OSError("No route to host"), "failed"),
        (asyncpg.ConnectionDoesNotExistError(), "broke"),
    ],
)
def test_the_reason_is_in_words(error: Exception, words: str) -> None:
    assert words in (reason_of(error) or "")


def test_other_errors_have_no_such_reason() -> None:
    assert reason_of(ZeroDivisionError()) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "postgres://shop:w%40rd@db:5433/shop?sslmode=require",
            {"password": "w@rd", "port": "5433", "sslmode": "require"},
        ),
        ("postgresql://shop@/shop?host=/run/post gres&port=6000", {"host": "/run/post gres", "port": "6000"}),
        ("postgresql://shop@/shop?host=a:1&host=b", {"host": "a,b", "port": "1,5432"}),
        ("postgresql://shop@db/shop?passfile=/p&target_session_attrs=primary", {"passfile": "/p", "host": "db"}),
    ],
)
def test_psycopg_reaches_the_same_database(url: str, words: dict[str, str]) -> None:
    said = conninfo_to_dict(conninfo(url, name="merkato tests", options="-c timezone=UTC"))
    assert said | words | {"user": "shop", "dbname": "shop", "options": "-c timezone=UTC"} == said
