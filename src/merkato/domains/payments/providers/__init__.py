"""The outside companies that move money, behind one small interface."""

from merkato.domains.payments.providers.provider import Provider, Providers
from merkato.domains.payments.providers.simulated import Simulated
from merkato.kit.database import Database


def build(database: Database) -> Providers:
    """The providers of this store, by name."""
    built: list[Provider] = [Simulated(database)]
    return {provider.name: provider for provider in built}
