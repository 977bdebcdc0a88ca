"""What every kitchen can be asked. It takes no key: a ticket that is told twice is made twice."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from merkato.domains.fulfilment.models import Item, KitchenStatus, Scheduled


class Kitchen(ABC):
    """A kitchen. Every method may raise KitchenTrouble, which says whether it is known that nothing happened."""

    @abstractmethod
    async def schedule(self, items: Sequence[Item]) -> UUID:
        """Tell it what to make. Again, it makes it again."""

    @abstractmethod
    async def status(self, schedule_id: UUID) -> KitchenStatus:
        """How far it is. A schedule that the kitchen does not know is trouble, too: it is asked again."""

    @abstractmethod
    async def cancel(self, schedule_id: UUID) -> None:
        """Take it back. Again, and for one that the kitchen does not know: nothing."""

    @abstractmethod
    async def since(self, moment: datetime) -> list[Scheduled]:
        """What was scheduled from this moment on."""
