"""Who may see and change the catalogue: anyone what is published, staff everything."""

from typing import Annotated, Final

from fastapi import Depends

from merkato.domains.identity.access import having
from merkato.domains.identity.models import Actor

WRITE: Final = "catalog:write"

CatalogWriter = Annotated[Actor, Depends(having(WRITE))]
"""Staff who may change the catalogue, in the request's session."""


def sees_hidden(actor: Actor) -> bool:
    """Whether drafts and archived products are there for this caller."""
    return actor.may(WRITE)
