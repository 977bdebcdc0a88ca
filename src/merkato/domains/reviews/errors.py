"""What can go wrong with reviews."""

from merkato.kit.errors import Conflict


class AlreadyReviewed(Conflict):
    """A customer reviews a product once."""

    code, title = "already-reviewed", "You have reviewed this product"
    fix = "Change the review that is there: `GET /v1/me/reviews` lists yours."
    constraints = ("uq_reviews_product_id_account_id",)


class AlreadyVoted(Conflict):
    """A customer finds a review helpful once."""

    code, title = "already-voted", "You have voted for this review"
    fix = "Nothing is to be done; `DELETE` takes the vote back."


class OwnReviewVote(Conflict):
    """Nobody votes for a review of their own."""

    code, title = "own-review", "This review is your own"
    fix = "Leave the vote to others."


class ReviewChanged(Conflict):
    """The author has changed the review since it was read: what would be approved was not seen."""

    code, title = "review-changed", "The review has changed since you read it"
    fix = "Read the review again, and decide with its present `version`."
