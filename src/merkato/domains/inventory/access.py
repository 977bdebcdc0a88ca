"""Who may see and correct stock: staff."""

from typing import Annotated

from fastapi import Depends

from merkato.domains.identity.access import having
from merkato.domains.identity.models import Actor

InventoryWriter = Annotated[Actor, Depends(having("inventory:write"))]
"""Staff who may see and correct stock, in the request's session."""
