"""Posts: their author's to write, everybody's to read, found by words and signs, and voted for once by each."""

import asyncio
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import event, text

from doors import ClientOf, SignIn
from make import accounts, community
from make.answers import code, pointers
from merkato.domains.identity.schemas import ProfileView
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.settings import Settings


async def listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
    """The titles that a list shows, page by page."""
    titles, cursor = list[str](), None
    while True:
        answer = await client.get("/v1/posts", params=query | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        titles += [each["title"] for each in answer.json()["data"]]
        cursor = answer.json()["next"]
        if cursor is None:
            return titles


async def tags(client: httpx.AsyncClient) -> dict[str, int]:
    return {each["tag"]: each["posts"] for each in (await client.get("/v1/tags")).json()["data"]}


async def events(database: Database) -> list[str]:
    """What was announced of posts and comments, in order."""
    async with database.reading() as session:
        found = await session.scalars(text("SELECT name FROM outbox_events WHERE name ~ '^(post|comment)' ORDER BY id"))
        return list(found)


async def test_a_post_belongs_to_its_caller_and_is_published_unless_said_otherwise(sign_in: SignIn) -> None:
    anna = await sign_in()
    assert (await anna.patch("/v1/me/profile", json={"bio": "Likes coffee."})).status_code == 200
    answer = await anna.post("/v1/posts", json=community.POST)
    post = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/posts/{post['id']}")
    profile = (await anna.get("/v1/profiles/anna")).json()
    assert post["author"] == profile
    assert set(profile) == set(ProfileView.model_fields)
    assert (post["published"], post["votes"], post["voted"], post["comments"]) == (True, 0, False, 0)
    assert (post["rating"], post["tags"], post["removal"]) == (None, [], None)
    assert post["published_at"] is not None
    assert (await anna.get(answer.headers["Location"])).json() == post
    for unknown in ("author", "account_id", "votes", "owner", "created_at"):
        assert pointers(await anna.post("/v1/posts", json=community.POST | {unknown: str(new())})) == {f"/{unknown}"}


async def test_what_a_post_may_say(sign_in: SignIn) -> None:
    anna = await sign_in()
    wrong: dict[str, list[Any]] = {
        "title": ["", "  ", "x" * 201, None, 1, "a\x00b"],
        "content": ["", " ", "x" * 20_001, None, ["a"]],
        "published": [None, "true", 1],
        "rating": [0, 6, -1, 4.5, "5", True, 10**30],
        "tags": [None, "coffee", ["a"] * 6],
    }
    for field, values in wrong.items():
        for value in values:
            assert pointers(await anna.post("/v1/posts", json=community.POST | {field: value})) == {f"/{field}"}, value
    for tag in ("", "!?", "x" * 41, None, 5):
        assert pointers(await anna.post("/v1/posts", json=community.POST | {"tags": ["tea", tag]})) == {"/tags/1"}
    longest = await community.post(anna, title="x" * 200, content="%_" * 10_000, rating=5, tags=list("abcde"))
    assert (longest["rating"], longest["tags"]) == (5, ["a", "b", "c", "d", "e"])


async def test_drafts_are_their_authors_alone(sign_in: SignIn, database: Database) -> None:
    anna, bert, staff = await sign_in(), await sign_in("Bert"), await sign_in("Staff", "staff")
    draft = await community.post(anna, title="Draft", published=False, tags=["tea"])
    path = f"/v1/posts/{draft['id']}"
    assert (draft["published"], draft["published_at"]) == (False, None)
    for other in (bert, staff):
        for answer in (
            await other.get(path),
            await other.put(path, json=community.POST),
            await other.patch(path, json={"title": "Mine"}),
            await other.delete(path),
            await other.get(f"{path}/comments"),
        ):
            assert answer.status_code == 404
        assert await listed(other) == await listed(other, published=False) == await listed(other, q="draft") == []
    assert await listed(anna, published=False) == ["Draft"]
    assert await listed(anna) == []
    assert await tags(bert) == {}
    for each in (anna, bert):
        # There is nothing to vote for or to talk about yet, for its author neither.
        assert (await each.post(f"{path}/votes")).status_code == 404
        assert (await each.post(f"{path}/comments", json={"content": "Early."})).status_code == 404
        assert (await each.post(f"{path}/reports", json={"reason": "spam"})).status_code == 404

    published = (await anna.patch(path, json={"published": True})).json()
    assert (await bert.get(path)).json() == published
    assert await tags(bert) == {"tea": 1}
    assert await listed(anna, published=False) == []
    back = (await anna.patch(path, json={"published": False})).json()
    assert (await bert.get(path)).status_code == 404
    again = (await anna.patch(path, json={"published": True})).json()
    assert published["published_at"] == back["published_at"] == again["published_at"] != draft["created_at"]
    assert await events(database) == ["post.published", "post.withdrawn", "post.published"]


async def test_only_its_author_changes_a_post(sign_in: SignIn, database: Database) -> None:
    anna, bert, staff = await sign_in(), await sign_in("Bert"), await sign_in("Staff", "staff")
    post = await community.post(anna, rating=4, tags=["Filter Coffee", "filter-coffee", "茶"])
    path = f"/v1/posts/{post['id']}"
    assert post["tags"] == ["filter-coffee", "茶"]
    for other in (bert, staff):
        for answer in (
            await other.put(path, json=community.POST),
            await other.patch(path, json={"title": "Mine"}),
            await other.delete(path),
        ):
            assert answer.status_code == 403
    for unknown, status in ((str(new()), 404), ("none", 422)):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = None if method in {"GET", "DELETE"} else community.POST
            assert (await anna.request(method, f"/v1/posts/{unknown}", json=body)).status_code == status
    assert (await anna.get(path)).json() == post

    # A change of nothing is none, also when everything is said as it is.
    for answer in (await anna.patch(path, json={}), await anna.patch(path, json={"title": post["title"]})):
        assert answer.json() == post
    whole = {name: post[name] for name in ("title", "content", "published", "rating", "tags")}
    assert (await anna.put(path, json=whole)).json() == post
    changed = (await anna.patch(path, json={"rating": None, "tags": ["tea"]})).json()
    assert (changed["rating"], changed["tags"], changed["title"]) == (None, ["tea"], post["title"])
    assert changed["created_at"] == post["created_at"]
    assert changed["updated_at"] > post["updated_at"]
    assert await tags(bert) == {"tea": 1}
    for field in ("title", "content", "published", "tags"):
        assert pointers(await anna.patch(path, json={field: None})) == {f"/{field}"}
    replaced = (await anna.put(path, json={"title": "New", "content": "Text"})).json()
    assert (replaced["title"], replaced["tags"], replaced["published"]) == ("New", [], True)
    assert await listed(bert, q="grinder") == []
    assert await listed(bert, q="new text") == ["New"]
    assert await events(database) == ["post.published", "post.changed", "post.changed"]


async def test_a_deleted_post_takes_everything_along(sign_in: SignIn, database: Database) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    post = await community.post(anna, tags=["tea"])
    path = f"/v1/posts/{post['id']}"
    first = await community.comment(bert, post["id"])
    await community.comment(anna, post["id"], parent_id=first["id"])
    await bert.post(f"{path}/votes")
    await community.report(bert, path)
    assert (await anna.delete(path)).status_code == 204
    for answer in (await anna.get(path), await anna.delete(path), await bert.get(f"/v1/comments/{first['id']}")):
        assert answer.status_code == 404
    assert await tags(anna) == {}
    async with database.reading() as session:
        for table in ("posts", "votes", "comments", "reports"):
            assert await session.scalar(text(f"SELECT count(*) FROM community_{table}")) == 0


async def test_one_vote_for_each_account_and_post(sign_in: SignIn) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    post = await community.post(anna)
    votes = f"/v1/posts/{post['id']}/votes"
    first = await bert.post(votes)
    assert (first.status_code, first.json()["votes"], first.json()["voted"]) == (201, 1, True)
    assert code(await bert.post(votes)) == (409, "vote-counted")
    # One's own post is a post like any other.
    assert (await anna.post(votes)).json()["votes"] == 2
    seen = (await anna.get(f"/v1/posts/{post['id']}")).json()
    assert seen == post | {"votes": 2, "voted": True}, "A vote is no change of the post."
    assert (await bert.delete(votes)).status_code == 204
    assert code(await bert.delete(votes)) == (404, "not-found")
    assert (await bert.get(f"/v1/posts/{post['id']}")).json() == post | {"votes": 1, "voted": False}
    for nowhere in (str(new()), "none"):
        for method in ("POST", "DELETE"):
            status = 422 if nowhere == "none" else 404
            assert (await bert.request(method, f"/v1/posts/{nowhere}/votes")).status_code == status
    # What is a draft for a while keeps its votes.
    for published in (False, True):
        await anna.patch(f"/v1/posts/{post['id']}", json={"published": published})
    assert (await bert.get(f"/v1/posts/{post['id']}")).json()["votes"] == 1


async def test_two_hundred_votes_at_once_are_two_hundred(
    app: FastAPI, sign_in: SignIn, client: httpx.AsyncClient, database: Database
) -> None:
    anna = await sign_in()
    post = await community.post(anna)
    votes = f"/v1/posts/{post['id']}/votes"
    people = list((await accounts.crowd(app, 200)).values())

    async def all_at_once(method: str, tokens: list[str]) -> list[int]:
        bearers = [{"Authorization": f"Bearer {token}"} for token in tokens]
        answers = await asyncio.gather(*(client.request(method, votes, headers=each) for each in bearers))
        return sorted(answer.status_code for answer in answers)

    # Everybody votes, and some of them twice at once.
    assert await all_at_once("POST", [*people, *people[:30]]) == [201] * 200 + [409] * 30
    assert (await anna.get(f"/v1/posts/{post['id']}")).json()["votes"] == 200
    assert await all_at_once("DELETE", people[:20] * 2) == [204] * 20 + [404] * 20
    # Votes and withdrawals of the same people cross; whatever the order, the count is that of the votes that are left.
    crossing = [all_at_once(method, people[:20]) for method in ("POST", "DELETE", "POST", "DELETE")]
    codes = {status for statuses in await asyncio.gather(*crossing) for status in statuses}
    assert codes <= {201, 204, 404, 409}
    async with database.reading() as session:
        left = await session.scalar(text("SELECT count(*) FROM community_votes"))
    assert (await anna.get(f"/v1/posts/{post['id']}")).json()["votes"] == left


async def test_tags_are_counted_right_however_many_write_at_once(sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    names = ["coffee", "tea", "milk", "sugar", "cocoa"]
    chance = random.Random(1)  # noqa: S311 - only an order.
    wishes = [chance.sample(names, 5) for _ in range(12)]
    posts = await asyncio.gather(*(community.post(anna, tags=wish) for wish in wishes))
    assert await tags(anna) == dict.fromkeys(names, 12)
    assert list(await tags(anna)) == sorted(names)
    edits = [anna.patch(f"/v1/posts/{each['id']}", json={"tags": names[:2][::-1]}) for each in posts[:6]]
    gone = [anna.delete(f"/v1/posts/{each['id']}") for each in posts[3:9]]
    answers = await asyncio.gather(*edits, *gone)
    assert {answer.status_code for answer in answers} <= {200, 204, 404}
    assert await tags(anna) == {"coffee": 6, "tea": 6, "milk": 3, "sugar": 3, "cocoa": 3}
    pages = [(await anna.get("/v1/tags?limit=2")).json()]
    while pages[-1]["next"]:
        pages.append((await anna.get(f"/v1/tags?limit=2&cursor={pages[-1]['next']}")).json())
    assert [each["tag"] for page in pages for each in page["data"]] == ["coffee", "tea", "cocoa", "milk", "sugar"]


TITLES = (
    "100% cotton",
    "1000 cottons",
    "A_b%c",
    "snake_case",
    "C++ and C#",
    "It's \\ 'quoted'",
    "Crème brûlée",
    "抹茶茶碗",
    "Καφές ΦΙΛΤΡΟΣ",
    "हिन्दी चाय",
    "🍕 night",
)
FOUND: tuple[tuple[str, set[str]], ...] = (
    ("%", {"100% cotton", "A_b%c"}),
    ("_", {"A_b%c", "snake_case"}),
    ("100%", {"100% cotton"}),
    ("10%", set()),
    ("%c", {"A_b%c"}),
    ("cotton 100%", {"100% cotton"}),
    ("snake_", {"snake_case"}),
    ("snake case", {"snake_case"}),
    ("snakeXcase", set()),
    ("SNAKE_Case", {"snake_case"}),
    ("c++", {"C++ and C#"}),
    ("c#", {"C++ and C#"}),
    ("it's", {"It's \\ 'quoted'"}),
    ("\\", {"It's \\ 'quoted'"}),
    ("'; --", set()),
    ("cott", {"100% cotton", "1000 cottons"}),
    ("creme", {"Crème brûlée"}),
    ("抹茶", {"抹茶茶碗"}),
    ("茶碗", {"抹茶茶碗"}),
    ("καφες", {"Καφές ΦΙΛΤΡΟΣ"}),
    ("हिन्दी", {"हिन्दी चाय"}),
    ("🍕", {"🍕 night"}),
    ("grinder", set()),
    ("\u0301", set()),
)


async def test_search_takes_every_sign_literally(sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    account_id = UUID((await anna.get("/v1/me")).json()["id"])
    for title in TITLES:
        await community.written_by(database, account_id, title=title, content="Nothing")
    for q, found in FOUND:
        assert set(await listed(anna, q=q)) == found, q


async def test_filters_compose_and_pages_are_stable(sign_in: SignIn) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    for number in range(7):
        await community.post(bert if number % 2 else anna, title=f"Tea {number}", tags=["Tea"] if number > 2 else [])
    assert await listed(anna, limit=3) == [f"Tea {number}" for number in range(6, -1, -1)]
    assert await listed(anna, limit=1, author="bert", tag="TEA", q="tea") == ["Tea 5", "Tea 3"]
    assert await listed(anna, author="nobody") == await listed(anna, tag="milk") == []
    first = (await anna.get("/v1/posts?limit=3")).json()
    await community.post(anna, title="Newcomer")
    assert (await anna.delete(f"/v1/posts/{first['data'][2]['id']}")).status_code == 204
    rest = (await anna.get(f"/v1/posts?limit=100&cursor={first['next']}")).json()["data"]
    assert [each["title"] for each in rest] == ["Tea 3", "Tea 2", "Tea 1", "Tea 0"]
    for query in (
        "limit=-1",
        "limit=0",
        "limit=101",
        "limit=x",
        "sort=best",
        "tag=!",
        "q=",
        "published=maybe",
        "colour=red",
    ):
        assert pointers(await anna.get(f"/v1/posts?{query}")) == {f"/{query.partition('=')[0]}"}, query
    # A cursor belongs to its list, sort and filters.
    for query in ("sort=top", "q=tea", "author=anna", "tag=tea"):
        assert pointers(await anna.get(f"/v1/posts?cursor={first['next']}&{query}")) == {"/cursor"}, query
    mine = (await anna.get("/v1/me/posts?limit=2")).json()
    assert [each["title"] for each in mine["data"]] == ["Newcomer", "Tea 6"]


async def test_the_top_is_a_place_in_the_present_order(sign_in: SignIn) -> None:
    anna, bert, cleo = await sign_in(), await sign_in("Bert"), await sign_in("Cleo")
    posts = [await community.post(anna, title=f"Post {number}") for number in range(6)]

    async def vote(number: int, *people: httpx.AsyncClient) -> None:
        for each in people:
            assert (await each.post(f"/v1/posts/{posts[number]['id']}/votes")).status_code == 201

    await vote(1, anna, bert, cleo)
    await vote(4, anna, bert)
    await vote(2, anna, bert)
    order = ["Post 1", "Post 4", "Post 2", "Post 5", "Post 3", "Post 0"]
    assert await listed(anna, sort="top") == await listed(anna, sort="top", limit=1) == order
    first = (await anna.get("/v1/posts?sort=top&limit=2")).json()
    # Between two pages one post rises past the place where the first ended, and one falls past it.
    await vote(0, anna, bert, cleo)
    for each in (anna, bert, cleo):
        await each.delete(f"/v1/posts/{posts[1]['id']}/votes")
    rest = (await anna.get(f"/v1/posts?sort=top&cursor={first['next']}")).json()["data"]
    assert [each["title"] for each in rest] == ["Post 2", "Post 5", "Post 3", "Post 1"]
    still = {"Post 2", "Post 3", "Post 4", "Post 5"}
    seen = [each["title"] for each in [*first["data"], *rest] if each["title"] in still]
    assert sorted(seen) == sorted(still), "What has not moved is listed exactly once."


async def test_a_page_is_two_statements_however_much_there_is(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    anna = await sign_in()
    authors = list(await accounts.crowd(app, 60))
    told: list[str] = []

    def tell(*said: Any) -> None:
        told.append(str(said[2]))

    event.listen(database._reader.sync_engine, "before_cursor_execute", tell)
    for number in (10, 290):
        await community.shelf(database, authors, number)
        for url in (
            "/v1/posts?limit=100",
            "/v1/posts?limit=100&sort=top",
            "/v1/posts?tag=coffee&limit=100",
            "/v1/tags",
        ):
            told.clear()
            answer = await anna.get(url)
            assert answer.status_code == 200
            assert len(told) == 2, "One for who asks, and one for what is asked."
    assert len({each["author"]["handle"] for each in (await anna.get("/v1/posts?limit=100")).json()["data"]}) == 60


async def test_an_hour_has_its_limit(
    make_app: Callable[[Settings], FastAPI], settings: Settings, client_of: ClientOf
) -> None:
    app = make_app(settings.model_copy(update={"hourly_posts_max": 2, "hourly_comments_max": 1}))
    anna, bert = client_of(app), client_of(app)
    await accounts.sign_in(app, anna)
    await accounts.sign_in(app, bert, "Bert")
    post = await community.post(anna)
    # What is malformed counts nothing, and the same request with its key is the same post.
    await anna.post("/v1/posts", json={})
    for _ in range(2):
        key = {"Idempotency-Key": "once"}
        assert (await anna.post("/v1/posts", json=community.POST, headers=key)).status_code == 201
    refused = await anna.post("/v1/posts", json=community.POST)
    assert code(refused) == (429, "too-many")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    await community.post(bert)
    await community.comment(anna, post["id"])
    answer = await anna.post(f"/v1/posts/{post['id']}/comments", json={"content": "More."})
    assert answer.status_code == 429
    assert len((await anna.get(f"/v1/posts/{post['id']}/comments")).json()["data"]) == 1
