"""The kitchens that make what is ordered, behind one small interface."""

from merkato.domains.fulfilment.providers.http import Http
from merkato.domains.fulfilment.providers.kitchen import Kitchen
from merkato.domains.fulfilment.providers.simulated import Simulated
from merkato.kit.database import Database
from merkato.settings import Settings


def build(database: Database, settings: Settings) -> Kitchen:
    """The kitchen that the settings name, else the simulated one."""
    return Http(settings.kitchen_url) if settings.kitchen_url else Simulated(database)
