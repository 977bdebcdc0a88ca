"""The outside companies that move money, behind one small interface."""

from merkato.domains.payments.providers.http import BasicService, ExtendedService
from merkato.domains.payments.providers.provider import Provider, Providers
from merkato.domains.payments.providers.simulated import Simulated
from merkato.domains.payments.providers.stripe import Stripe
from merkato.kit.database import Database
from merkato.settings import Settings


def build(database: Database, settings: Settings) -> Providers:
    """The providers that the settings name, and the simulated one. They keep no connections open."""
    built: list[Provider] = [Simulated(database)]
    patience = settings.payment_patience
    if settings.payment_service_url and settings.payment_service_contract == "basic":
        built.append(BasicService(settings.payment_service_url, patience=patience))
    elif settings.payment_service_url:
        signed = settings.payment_service_webhook_secret
        secret = signed.get_secret_value() if signed else None
        built.append(ExtendedService(settings.payment_service_url, patience=patience, secret=secret))
    if settings.stripe_secret_key:
        signed = settings.stripe_webhook_secret
        built.append(
            Stripe(
                settings.stripe_secret_key.get_secret_value(),
                url=settings.stripe_url,
                back_to=settings.public_url or f"http://{settings.host}:{settings.port}/",
                patience=patience,
                secret=signed.get_secret_value() if signed else None,
            )
        )
    return {provider.name: provider for provider in built}
