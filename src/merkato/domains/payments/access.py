"""How a route asks for the store's payment providers."""

from typing import Annotated

from fastapi import Depends, Request

from merkato.domains.payments.providers.provider import Providers


async def _providers(request: Request) -> Providers:
    providers: Providers = request.app.state.payment_providers
    return providers


TheProviders = Annotated[Providers, Depends(_providers)]
