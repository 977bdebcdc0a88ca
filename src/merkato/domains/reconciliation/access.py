"""Who may see and resolve findings: staff who see and change orders."""

from typing import Annotated

from fastapi import Depends

from merkato.domains.identity.access import having
from merkato.domains.identity.models import Actor

FindingsReader = Annotated[Actor, Depends(having("orders:read"))]
FindingsWriter = Annotated[Actor, Depends(having("orders:write"))]
