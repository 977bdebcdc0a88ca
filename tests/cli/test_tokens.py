"""`merkato tokens issue`: a token to try things with, and a file that HTTPie reads."""

import subprocess

import httpx
import pytest

from cli.stores import Server, Store

ACCOUNT = "try@example.com"


@pytest.fixture(scope="module")
def known(shop: Store, server: Server) -> Store:
    made = shop.do("accounts", "create", "--email", ACCOUNT, "--name", "Anna", text="correct horse battery staple\n")
    assert made.returncode == 0, made.stderr
    return shop


def issue(store: Store, *words: str) -> "subprocess.CompletedProcess[str]":
    return store.do("tokens", "issue", "--account", ACCOUNT, *words)


def get(server: Server, authorization: str) -> httpx.Response:
    return httpx.get(f"{server.url}/v1/me/sessions", headers={"Authorization": authorization}, timeout=30)


def test_a_token_has_a_session_that_can_be_ended(known: Store, server: Server) -> None:
    done = issue(known, "--lifetime", "600")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    bearer = f"Bearer {done.stdout.strip()}"
    (session,) = [each for each in get(server, bearer).json()["data"] if each["current"]]
    assert session["user_agent"] == "merkato tokens issue"
    ended = httpx.delete(f"{server.url}/v1/me/sessions/{session['id']}", headers={"Authorization": bearer}, timeout=30)
    assert ended.status_code == 204
    assert get(server, bearer).status_code == 401


def test_a_bearer_file_is_private_and_is_what_httpie_sends(known: Store, server: Server) -> None:
    path = known.folder / "anna.bearer"
    path.write_text("something old")
    path.chmod(0o644)
    done = issue(known, "--bearer-file", str(path))
    assert done.returncode == 0, done.stderr
    assert "eyJ" not in done.stdout
    assert path.stat().st_mode & 0o777 == 0o600
    assert get(server, path.read_text()).status_code == 200
    assert [each.name for each in known.folder.glob("anna.bearer*")] == ["anna.bearer"]


def test_a_token_for_another_audience_is_refused(known: Store, server: Server) -> None:
    assert get(server, f"Bearer {issue(known, '--audience', 'others').stdout.strip()}").status_code == 401


def test_what_cannot_be_is_one_sentence(known: Store) -> None:
    unknown = known.do("tokens", "issue", "--account", "nobody@example.com")
    assert (unknown.returncode, unknown.stdout, unknown.stderr.count("\n")) == (1, "", 1)
    assert "`merkato accounts create " in unknown.stderr
    nowhere = issue(known, "--bearer-file", str(known.folder / "no" / "folder"))
    assert (nowhere.returncode, nowhere.stderr.count("\n")) == (1, 1)
    for wrong in (["--lifetime", "0"], ["--lifetime", "9999999999"], ["--lifetime", "long"]):
        assert issue(known, *wrong).returncode == 2
    assert known.do("tokens", "issue").returncode == 2
