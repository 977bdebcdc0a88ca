"""Who may see and change an order: its owner, the one who holds its checkout's token, and staff with the scope."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, or_, true

from merkato.domains.identity.access import Caller, having
from merkato.domains.identity.models import Actor
from merkato.domains.orders import queries
from merkato.domains.orders.models import Order
from merkato.kit.errors import NotFound
from merkato.kit.http import SAFE, RequestSession


def owned_by(actor: Actor) -> ColumnElement[bool]:
    """Raises NotAuthenticated for a caller who can own nothing, NotAllowed for a key."""
    own: list[ColumnElement[bool]] = []
    if actor.account_id is not None:
        own.append(Order.account_id == actor.account_id)
    if actor.checkout_token is not None:
        own.append(Order.guest_token == actor.checkout_token)
    if not own:
        raise actor.without_account()
    return or_(*own)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.may("orders:read") or actor.may("orders:write") else owned_by(actor)


def cancellable_by(actor: Actor) -> ColumnElement[bool]:
    """Whose order may be cancelled: one's own, anybody's for staff."""
    return true() if actor.may("orders:write") else owned_by(actor)


OrdersReader = Annotated[Actor, Depends(having("orders:read"))]
"""Staff who may see the books of an order, in the request's session."""
OrdersWriter = Annotated[Actor, Depends(having("orders:write", flow=True))]
"""Staff who may capture, void and refund; for a route that starts a flow."""


async def _visible(request: Request, session: RequestSession, caller: Caller, order_id: UUID) -> Order:
    order = await queries.order(session, order_id, visible_to(caller), lock=request.method not in SAFE)
    if order is None:
        raise NotFound
    return order


async def _own(request: Request, session: RequestSession, caller: Caller, order_id: UUID) -> Order:
    order = await queries.order(session, order_id, owned_by(caller), lock=request.method not in SAFE)
    if order is None:
        raise NotFound
    return order


VisibleOrder = Annotated[Order, Depends(_visible)]
"""An order that the caller may see; 404 for any other."""
OwnOrder = Annotated[Order, Depends(_own)]
"""An order of the caller's own, locked where it may be changed; 404 for anybody else's, for staff too."""
