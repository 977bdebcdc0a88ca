"""Who may do what with reviews."""

from house.access.matrix import People, Row, everyone, own, prepares, signed_in, staff
from make import products, reviews


@prepares("review_id")
async def review(people: People) -> str:
    made = await products.product(people.app.state.database)
    return str((await reviews.review(people.owner, made["product_id"]))["id"])


@prepares("shown_review_id")
async def shown(people: People) -> str:
    review_id = await review(people)
    assert (await people.staff.post(f"/v1/reviews/{review_id}/approve")).status_code == 200
    return review_id


@prepares("voted_review_id")
async def voted(people: People) -> str:
    review_id = await shown(people)
    for each in (people.stranger, people.staff, people.admin):
        assert (await each.post(f"/v1/reviews/{review_id}/votes")).status_code == 201
    return review_id


VOTES = "/v1/reviews/{review_id}/votes"
ROWS = (
    everyone("GET /v1/products/{product_id}/reviews"),
    everyone("GET /v1/products/{product_id}/reviews", 404, at="/v1/products/{draft_id}/reviews"),
    everyone("GET /v1/products/{product_id}/reviews/stats"),
    signed_in("POST /v1/products/{product_id}/reviews", 201, body=reviews.GOOD),
    signed_in("GET /v1/me/reviews"),
    staff("GET /v1/reviews"),
    own("PATCH /v1/reviews/{review_id}", body={"rating": 4}),
    own("DELETE /v1/reviews/{review_id}", 204),
    staff("POST /v1/reviews/{review_id}/approve"),
    staff("POST /v1/reviews/{review_id}/reject"),
    # Nobody votes for their own, and what is not shown is not there.
    Row(f"POST {VOTES}", 401, 201, 409, 201, 201, at="/v1/reviews/{shown_review_id}/votes"),
    signed_in(f"POST {VOTES}", 404),
    Row(
        f"DELETE {VOTES}",
        401,
        204,
        404,
        204,
        204,
        at="/v1/reviews/{voted_review_id}/votes",
        # They have not voted.
        others={"narrowed": 404, "deprived": 404},
    ),
)
