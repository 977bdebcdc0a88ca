"""What can go wrong with a finding."""

from merkato.kit.errors import Conflict


class AlreadyResolved(Conflict):
    """This finding is resolved: by somebody, or because it was gone when it was looked for again."""

    code, title = "already-resolved", "This finding is resolved"
    fix = "Nothing is left to do; `GET /v1/reconciliation?state=open` lists what is open."
