"""Comments: threads that stay whole, texts that go when they are deleted, and a count that is right."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import text

from doors import SignIn
from make import community
from make.answers import code, pointers
from merkato.domains.community.models import DEPTH_MAX
from merkato.kit.database import Database
from merkato.kit.ids import new


async def thread(client: httpx.AsyncClient, post_id: str, limit: int = 100) -> list[dict[str, Any]]:
    """All comments on a post, in the order of its pages."""
    found, cursor = list[dict[str, Any]](), ""
    while True:
        page = (await client.get(f"/v1/posts/{post_id}/comments?limit={limit}{cursor}")).json()
        found += page["data"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def counted(client: httpx.AsyncClient, post_id: str) -> int:
    """What the post says; it must be what is there."""
    number = (await client.get(f"/v1/posts/{post_id}")).json()["comments"]
    assert number == sum(each["status"] == "shown" for each in await thread(client, post_id))
    return int(number)


async def test_threads_are_listed_whole(sign_in: SignIn) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    post = (await community.post(anna))["id"]
    answer = await bert.post(f"/v1/posts/{post}/comments", json={"content": "First"})
    first = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/comments/{first['id']}")
    assert (await anna.get(answer.headers["Location"])).json() == first
    assert (first["parent_id"], first["depth"], first["status"]) == (None, 0, "shown")
    assert first["author"] == (await anna.get("/v1/profiles/bert")).json()
    second = await community.comment(anna, post, "Second")
    below = await community.comment(anna, post, "Below the first", parent_id=first["id"])
    await community.comment(bert, post, "Below the second", parent_id=second["id"])
    await community.comment(bert, post, "Deeper", parent_id=below["id"])
    await community.comment(bert, post, "Also below the first", parent_id=first["id"])
    expected = [("First", 0), ("Below the first", 1), ("Deeper", 2), ("Also below the first", 1)]
    expected += [("Second", 0), ("Below the second", 1)]
    for limit in (100, 1, 2):
        assert [(each["content"], each["depth"]) for each in await thread(anna, post, limit)] == expected
    assert await counted(anna, post) == 6

    # What is said between two pages takes its place in the thread, and repeats nothing.
    page = (await anna.get(f"/v1/posts/{post}/comments?limit=2")).json()
    await community.comment(anna, post, "Late", parent_id=first["id"])
    rest = (await anna.get(f"/v1/posts/{post}/comments?cursor={page['next']}")).json()["data"]
    assert [each["content"] for each in rest] == [
        "Deeper",
        "Also below the first",
        "Late",
        "Second",
        "Below the second",
    ]


async def test_what_a_comment_may_say_and_answer(sign_in: SignIn) -> None:
    anna = await sign_in()
    post, other = [(await community.post(anna))["id"] for _ in range(2)]
    path = f"/v1/posts/{post}/comments"
    for wrong in ("", " ", "x" * 5_001, None, 5, "\x00"):
        assert pointers(await anna.post(path, json={"content": wrong})) == {"/content"}
    elsewhere = await community.comment(anna, other)
    for parent in (str(new()), elsewhere["id"], "none", 5):
        assert pointers(await anna.post(path, json={"content": "a", "parent_id": parent})) == {"/parent_id"}
    assert (await anna.post(f"/v1/posts/{new()}/comments", json={"content": "a"})).status_code == 404
    parent = await community.comment(anna, post)
    for _ in range(DEPTH_MAX):
        parent = await community.comment(anna, post, parent_id=parent["id"])
    answer = await anna.post(path, json={"content": "Too deep", "parent_id": parent["id"]})
    assert code(answer) == (409, "not-answerable")
    assert await counted(anna, post) == DEPTH_MAX + 1


async def test_a_deleted_comment_leaves_its_place(sign_in: SignIn, database: Database) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    post = (await community.post(anna))["id"]
    above = await community.comment(bert, post, "Regretted")
    await community.comment(anna, post, "Why?", parent_id=above["id"])
    path = f"/v1/comments/{above['id']}"
    # Not even the author of the post takes away what others say.
    for refused in (await anna.delete(path), await anna.patch(path, json={"content": "x"})):
        assert refused.status_code == 403
    changed = (await bert.patch(path, json={"content": "Regretted much"})).json()
    assert (changed["content"], changed["updated_at"] > changed["created_at"]) == ("Regretted much", True)
    assert pointers(await bert.patch(path, json={"content": None})) == {"/content"}
    assert (await bert.delete(path)).status_code == 204
    gone, below = await thread(anna, post)
    assert (gone["status"], gone["author"], gone["content"]) == ("deleted", None, None)
    assert (below["content"], below["parent_id"]) == ("Why?", gone["id"])
    assert (await anna.get(path)).json() == gone
    for each in (anna, bert):
        assert (await each.delete(path)).status_code == 404
        assert (await each.patch(path, json={"content": "x"})).status_code == 404
        assert (await each.post(f"{path}/reports", json={"reason": "spam"})).status_code == 404
    answer = await anna.post(f"/v1/posts/{post}/comments", json={"content": "Hello?", "parent_id": gone["id"]})
    assert code(answer) == (409, "not-answerable")
    assert await counted(anna, post) == 1
    async with database.reading() as session:
        kept = await session.execute(
            text("SELECT content, account_id FROM community_comments WHERE status = 'deleted'")
        )
        assert kept.all() == [(None, None)], "Nor are they in the table."


async def test_ones_own_words_can_be_deleted_where_one_no_longer_reads(sign_in: SignIn) -> None:
    anna, bert, cleo = await sign_in(), await sign_in("Bert"), await sign_in("Cleo")
    post = (await community.post(anna))["id"]
    said = await community.comment(bert, post)
    await anna.patch(f"/v1/posts/{post}", json={"published": False})
    path = f"/v1/comments/{said['id']}"
    assert (await bert.get(f"/v1/posts/{post}/comments")).status_code == 404
    assert len(await thread(anna, post)) == 1
    assert (await cleo.get(path)).status_code == (await cleo.delete(path)).status_code == 404
    assert (await bert.get(path)).json() == said
    assert (await bert.delete(path)).status_code == 204
    assert await counted(anna, post) == 0


async def test_counts_are_right_however_many_comment_and_delete_at_once(sign_in: SignIn, database: Database) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    post = (await community.post(anna))["id"]
    said = await asyncio.gather(*(community.comment(anna, post) for _ in range(10)))
    deletions = [anna.delete(f"/v1/comments/{each['id']}") for each in said[:6] for _ in range(3)]
    more = [bert.post(f"/v1/posts/{post}/comments", json={"content": "More", "parent_id": each["id"]}) for each in said]
    answers = await asyncio.gather(*deletions, *more)
    codes = [answer.status_code for answer in answers]
    assert sorted(codes[:18]) == [204] * 6 + [404] * 12
    # An answer came before the deletion of what it answers, or was refused.
    assert set(codes[18:24]) <= {201, 409}
    assert codes[24:] == [201] * 4
    assert await counted(anna, post) == 4 + codes[18:].count(201)

    # A post that is deleted while people talk: each is told whether it was in time, and nothing is left over.
    late = [bert.post(f"/v1/posts/{post}/comments", json={"content": "Late"}) for _ in range(6)]
    late += [bert.post(f"/v1/posts/{post}/votes"), anna.delete(f"/v1/comments/{said[9]['id']}")]
    answers = await asyncio.gather(*late[:4], anna.delete(f"/v1/posts/{post}"), *late[4:])
    assert answers[4].status_code == 204
    assert {answer.status_code for answer in answers} <= {201, 204, 404}
    async with database.reading() as session:
        for table in ("posts", "comments", "votes"):
            assert await session.scalar(text(f"SELECT count(*) FROM community_{table}")) == 0
