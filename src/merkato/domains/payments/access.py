"""How a route asks for the store's payment providers, and who may tell it of payments: whoever signs as one of them."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from merkato.domains.payments.providers.provider import Ability, Providers
from merkato.domains.payments.schemas import Report
from merkato.kit.errors import NotFound
from merkato.kit.fields import Reference


class Signed(NamedTuple):
    """Which provider has sent an event, and which."""

    provider: str
    report: Report


async def _providers(request: Request) -> Providers:
    providers: Providers = request.app.state.payment_providers
    return providers


TheProviders = Annotated[Providers, Depends(_providers)]


async def _signed(request: Request, providers: TheProviders, provider: Reference) -> Signed:
    found = providers.get(provider)
    if found is None or Ability.EVENTS not in found.can:
        raise NotFound
    return Signed(provider, found.read(request.headers, request.scope["body"]))


SignedReport = Annotated[Signed, Depends(_signed)]
"""An event whose signature over the raw body is its provider's; 400 for any other, 404 for a provider that sends none."""
