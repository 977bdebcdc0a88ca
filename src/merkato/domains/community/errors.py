"""What can go wrong in the community."""

from merkato.kit.errors import Conflict


class VoteCounted(Conflict):
    """An account has one vote for each post, and this one is counted already."""

    code, title = "vote-counted", "Your vote is counted already"
    fix = "Nothing is to be done; `DELETE` takes the vote back."


class NotAnswerable(Conflict):
    """The comment was deleted or removed, or its thread is as deep as threads get."""

    code, title = "not-answerable", "This comment takes no answer"
    fix = "Answer a comment above it, or the post itself by leaving `parent_id` out."


class DiscussionFull(Conflict):
    """A post takes ten thousand comments."""

    code, title = "discussion-full", "This post takes no more comments"
    fix = "Write a post that goes on from there."


class AlreadyReported(Conflict):
    """An account reports a post or comment once."""

    code, title = "already-reported", "You have reported this"
    fix = "Nothing is to be done; a moderator will look at it."
    constraints = ("uq_community_reports",)


class ReportDecided(Conflict):
    """A moderator has decided this report, or what it is about was deleted by its author."""

    code, title = "report-decided", "This report is decided"
    fix = "Read the report; its `status` says how it was decided."


class NotRemoved(Conflict):
    """Only a post that a moderator has removed can be restored."""

    code, title = "not-removed", "This post was not removed"
    fix = "Nothing is to be done."
