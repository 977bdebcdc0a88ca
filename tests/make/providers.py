"""Payment providers that misbehave."""

from merkato.domains.payments.models import Charge, Outcome, Status
from merkato.domains.payments.providers.simulated import Simulated


class Unreachable(Simulated):
    """It begins a charge and then cannot be asked, until it is `back`; it never lets a charge be closed."""

    back = False

    async def authorise(self, charge: Charge) -> Outcome:
        await super().authorise(charge)
        return Outcome(Status.PENDING, reference="somewhere")

    async def find(self, charge: Charge) -> Outcome | None:
        return await super().find(charge) if self.back else None

    async def void(self, charge: Charge) -> Outcome:
        if self.back:
            return await self.capture(charge, charge.amount)
        raise ConnectionRefusedError
