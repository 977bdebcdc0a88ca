"""What can go wrong with an import as a whole. It is met at the command line only, and so is no problem document."""


class ImportUnderWay(Exception):  # noqa: N818 - named for what is so.
    """Another process is importing the same file at this moment."""
