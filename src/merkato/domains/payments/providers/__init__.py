"""The outside companies that move money, behind one small interface."""

from merkato.domains.payments.providers.provider import Provider, Providers
from merkato.domains.payments.providers.simulated import Simulated
from merkato.kit.database import Database
from merkato.settings import Settings


def build(database: Database, _settings: Settings) -> Providers:
    """The providers that the settings name, and the simulated one."""
    built: list[Provider] = [Simulated(database)]
    return {provider.name: provider for provider in built}
