"""Who may do what in the community."""

from uuid import UUID

from house.access.matrix import People, Row, own, prepares, signed_in, staff
from make import community


async def _post(people: People, **changes: object) -> str:
    account_id = UUID((await people.owner.get("/v1/me")).json()["id"])
    return str(await community.written_by(people.app.state.database, account_id, **changes))


@prepares("post_id")
async def post(people: People) -> str:
    return await _post(people)


@prepares("draft_post_id")
async def draft(people: People) -> str:
    return await _post(people, published=False)


@prepares("removed_post_id")
async def removed(people: People) -> str:
    post_id = await _post(people)
    assert (await people.staff.post(f"/v1/posts/{post_id}/remove", json=REASON)).status_code == 200
    return post_id


@prepares("voted_post_id")
async def voted(people: People) -> str:
    post_id = await _post(people)
    for each in (people.stranger, people.owner, people.staff, people.admin):
        assert (await each.post(f"/v1/posts/{post_id}/votes")).status_code == 201
    return post_id


@prepares("comment_id")
async def comment(people: People) -> str:
    return str((await community.comment(people.owner, await _post(people)))["id"])


@prepares("report_id")
async def report(people: People) -> str:
    return str((await community.report(people.owner, f"/v1/posts/{await _post(people)}"))["id"])


MODERATION = ("community:moderate",)
REASON = {"reason": "spam"}
COMMENT = {"content": "A hand one."}
POST = "/v1/posts/{post_id}"
OF_A_DRAFT = "/v1/posts/{draft_post_id}"


def authors(route: str, status: int = 200, **more: object) -> Row:
    """For its author; others see it and may not change it."""
    return Row(route, 401, 403, status, 403, 403, **more)  # type: ignore[arg-type]  # Handed through.


ROWS = (
    signed_in("GET /v1/posts"),
    signed_in("POST /v1/posts", 201, body=community.POST),
    signed_in("GET /v1/me/posts"),
    signed_in("GET /v1/tags"),
    signed_in(f"GET {POST}"),
    own(f"GET {POST}", at=OF_A_DRAFT),
    # Posts are for people: a key may moderate, and reads none.
    Row(
        f"GET {POST}", 401, 404, 200, 200, 200, at="/v1/posts/{removed_post_id}", scopes=MODERATION, others={"key": 403}
    ),
    authors(f"PUT {POST}", body=community.POST),
    own(f"PUT {POST}", at=OF_A_DRAFT, body=community.POST),
    authors(f"PATCH {POST}", body={"title": "Another"}),
    own(f"PATCH {POST}", at=OF_A_DRAFT, body={"title": "Another"}),
    authors(f"DELETE {POST}", 204),
    own(f"DELETE {POST}", 204, at=OF_A_DRAFT),
    signed_in(f"POST {POST}/votes", 201),
    signed_in(f"POST {POST}/votes", 404, at=f"{OF_A_DRAFT}/votes"),
    # The others have not voted.
    signed_in(
        f"DELETE {POST}/votes", 204, at="/v1/posts/{voted_post_id}/votes", others={"narrowed": 404, "deprived": 404}
    ),
    signed_in(f"DELETE {POST}/votes", 404),
    signed_in(f"GET {POST}/comments"),
    own(f"GET {POST}/comments", at=f"{OF_A_DRAFT}/comments"),
    signed_in(f"POST {POST}/comments", 201, body=COMMENT),
    signed_in(f"POST {POST}/comments", 404, at=f"{OF_A_DRAFT}/comments", body=COMMENT),
    signed_in("GET /v1/comments/{comment_id}"),
    authors("PATCH /v1/comments/{comment_id}", body=COMMENT),
    Row("DELETE /v1/comments/{comment_id}", 401, 403, 204, 204, 204, scopes=MODERATION),
    signed_in(f"POST {POST}/reports", 201, body=REASON),
    signed_in(f"POST {POST}/reports", 404, at=f"{OF_A_DRAFT}/reports", body=REASON),
    signed_in("POST /v1/comments/{comment_id}/reports", 201, body=REASON),
    staff("GET /v1/community/reports"),
    staff("POST /v1/community/reports/{report_id}/dismiss"),
    staff("POST /v1/community/reports/{report_id}/uphold"),
    staff(f"POST {POST}/remove", body=REASON),
    Row(f"POST {POST}/remove", 401, 403, 403, 404, 404, at=f"{OF_A_DRAFT}/remove", body=REASON),
    staff(f"POST {POST}/restore", at="/v1/posts/{removed_post_id}/restore"),
)
