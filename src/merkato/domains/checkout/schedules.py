"""What checkout does when it is time."""

from merkato.domains.checkout import flows
from merkato.domains.payments import providers
from merkato.kit.database import Database
from merkato.settings import Settings


async def sweep(database: Database, settings: Settings) -> None:
    """Heal what a crash left half done, and free what was held for too long."""
    await flows.sweep(database, providers.build(database), settings)
