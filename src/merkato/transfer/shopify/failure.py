"""What makes a whole file unusable, said in one sentence."""


class Unreadable(Exception):  # noqa: N818 - the sentence is what matters.
    """The file cannot be read, or not beyond some line. What came in before stays."""
