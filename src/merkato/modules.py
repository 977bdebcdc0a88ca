"""The table of contents: each domain with its routes, and what it does when others have done something."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

from fastapi import APIRouter

from merkato.domains.addresses import routes as addresses
from merkato.domains.cart import routes as cart
from merkato.domains.cart import service as carts
from merkato.domains.catalog import routes as catalog
from merkato.domains.checkout import routes as checkout
from merkato.domains.checkout import schedules as checkouts
from merkato.domains.identity import routes as identity
from merkato.domains.identity.flows import AfterLogIn
from merkato.domains.inventory import routes as inventory
from merkato.domains.orders import routes as orders
from merkato.domains.pricing import routes as pricing
from merkato.domains.search import routes as search
from merkato.kit import idempotency
from merkato.kit.database import Database
from merkato.settings import Settings
from merkato.web import docs, health, home, pages, problems


class Loop(NamedTuple):
    """Something that is done again and again in the background, by several processes at once without harm."""

    name: str
    step: Callable[[Database, Settings], Awaitable[object]]
    seconds: Callable[[Settings], float]


async def _forget_keys(database: Database, _settings: Settings) -> None:
    await database.run(idempotency.delete_expired)


ROUTERS: tuple[APIRouter, ...] = (
    identity.routes,
    addresses.routes,
    search.routes,  # Before the catalogue: `suggestions` is no product.
    catalog.routes,
    inventory.routes,
    pricing.routes,
    cart.routes,
    checkout.routes,
    orders.routes,
    health.routes,
)
PAGES: tuple[Callable[[Settings], APIRouter], ...] = (
    home.pages,
    docs.pages,
    problems.pages,
    pages.pages,
)
"""For people; what they are and where they are is up to the settings."""
AFTER_LOG_IN: tuple[AfterLogIn, ...] = (carts.merge_at_log_in,)
"""In the same transaction as the log-in, in this order."""
LOOPS: tuple[Loop, ...] = (
    Loop("checkouts", checkouts.sweep, lambda settings: settings.sweep_seconds),
    Loop("idempotency-keys", _forget_keys, lambda _: timedelta(minutes=10).total_seconds()),
)
