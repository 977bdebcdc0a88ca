"""Who may see and change an address: its account, and nobody else."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ColumnElement

from merkato.domains.addresses import queries
from merkato.domains.addresses.models import Address
from merkato.domains.identity.access import SignedIn
from merkato.domains.identity.models import Actor
from merkato.kit.errors import NotFound
from merkato.kit.http import SAFE, RequestSession


def owned_by(actor: Actor) -> ColumnElement[bool]:
    return Address.account_id == actor.id


visible_to = owned_by


async def _own(request: Request, session: RequestSession, caller: SignedIn, address_id: UUID) -> Address:
    address = await queries.address(session, address_id, visible_to(caller), lock=request.method not in SAFE)
    if address is None:
        raise NotFound
    return address


OwnAddress = Annotated[Address, Depends(_own)]
"""An address of the caller, locked where it may be changed; 404 for anybody else's."""
