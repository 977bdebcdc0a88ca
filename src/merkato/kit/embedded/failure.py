"""The one exception of the embedded database."""


class EmbeddedFailed(RuntimeError):  # noqa: N818 - Exceptions are named for what happened, here as everywhere.
    """The embedded database cannot be had; the message is one sentence for the person who started Merkato."""
