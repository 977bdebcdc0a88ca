"""What can go wrong with an import as a whole."""

from merkato.kit.errors import Conflict


class ImportUnderWay(Conflict):
    """Another process is importing the same file at this moment."""

    code, title = "import-under-way", "This file is being imported already"
    fix = "Wait until the other import has ended."
