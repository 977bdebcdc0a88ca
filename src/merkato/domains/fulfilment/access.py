"""Who fulfils: staff. A buyer sees what belongs to the own order, and may ask to send it back."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from merkato.domains.identity.access import Caller, having
from merkato.domains.identity.models import Actor
from merkato.domains.orders import queries as orders
from merkato.domains.orders.access import cancellable_by
from merkato.domains.orders.models import Order
from merkato.kit.errors import NotFound
from merkato.kit.http import RequestSession

OrdersWriter = Annotated[Actor, Depends(having("orders:write"))]
"""Staff who may fulfil orders, in the request's session."""
OrdersReader = Annotated[Actor, Depends(having("orders:read"))]
"""Staff who may see every customer's orders, in the request's session."""


async def _returnable(session: RequestSession, caller: Caller, order_id: UUID) -> Order:
    order = await orders.order(session, order_id, cancellable_by(caller), lock=True)
    if order is None:
        raise NotFound
    return order


ReturnableOrder = Annotated[Order, Depends(_returnable)]
"""An order whose goods the caller may ask to send back, locked; 404 for any other."""
