"""Who may see figures: staff who see what they are made of."""

from typing import Annotated

from fastapi import Depends

from merkato.domains.identity.access import having
from merkato.domains.identity.models import Actor

SalesReader = Annotated[Actor, Depends(having("orders:read"))]
StockReader = Annotated[Actor, Depends(having("inventory:write"))]
