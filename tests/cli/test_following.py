"""The feed over real sockets: two follow, the server is killed, and both go on where they were."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from cli.stores import PATIENCE, Server, Store, eventually
from make import jobs
from make.following import STREAM, read


class Follower:
    """Reads a stream in a thread of its own."""

    def __init__(self, answer: httpx.Response) -> None:
        self.events: list[dict[str, Any]] = []
        self.over = False
        self.whole = False
        self._answer = answer

    def read(self) -> None:
        text = ""
        try:
            for piece in self._answer.iter_text():
                *blocks, text = (text + piece).split("\n\n")
                self.events += filter(None, map(read, blocks))
            self.whole = True
        except httpx.TransportError:
            pass
        self.over = True

    @property
    def titles(self) -> list[str]:
        return [each["job"]["title"] for each in self.events]


@contextmanager
def following(server: Server, token: str, after: str | None = None) -> Iterator[Follower]:
    headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": after} if after else {})
    with httpx.stream("GET", server.url + STREAM, headers=headers, timeout=PATIENCE) as answer:
        assert answer.status_code == 200
        follower = Follower(answer)
        thread = threading.Thread(target=follower.read)
        thread.start()
        yield follower
        eventually(lambda: follower.over)
        thread.join()


def account(server: Server, name: str) -> str:
    """The access token of a new account."""
    draft = {"email": f"{name}@example.com", "password": "correct horse battery staple", "name": name}
    assert httpx.post(f"{server.url}/v1/accounts", json=draft, timeout=30).status_code == 201
    form = {"grant_type": "password", "username": draft["email"], "password": draft["password"]}
    token: str = httpx.post(f"{server.url}/v1/auth/tokens", data=form, timeout=30).json()["access_token"]
    return token


def post(server: Server, token: str, *titles: str) -> None:
    for title in titles:
        content = json.dumps(jobs.KITCHEN | {"title": title})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        assert httpx.post(f"{server.url}/v1/jobs", content=content, headers=headers, timeout=30).status_code == 201


def test_followers_go_on_after_a_kill_and_end_with_the_server(store: Store) -> None:
    server = store.serve("--workers", "2").ready()
    anna, bob = account(server, "anna"), account(server, "bob")
    with following(server, anna) as one, following(server, bob) as other:
        post(server, anna, "A", "B", "C")
        eventually(lambda: one.titles == other.titles == ["A", "B", "C"])
        server.stop(signal.SIGKILL)
    assert not one.whole, "What was killed has not said goodbye."
    server = store.serve("--workers", "2").ready()
    post(server, anna, "D")
    with (
        following(server, anna, after=one.events[0]["id"]) as early,
        following(server, bob, after=other.events[2]["id"]) as late,
    ):
        post(server, bob, "E")
        eventually(lambda: (early.titles, late.titles) == (["B", "C", "D", "E"], ["D", "E"]))
        assert server.stop() == 0
    assert early.whole
    assert late.whole
    assert "refused to gracefully stop" not in server.log.read_text()
