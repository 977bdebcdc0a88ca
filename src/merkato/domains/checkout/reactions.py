"""What checkout does when others announce something."""

from merkato.domains.checkout import flows
from merkato.domains.payments import providers
from merkato.domains.payments.events import PaymentReported
from merkato.store import Store


async def carry_on(store: Store, event: PaymentReported) -> None:
    """Go on with the checkout that this payment is for, if it is still waiting for it."""
    built = providers.build(store.database, store.settings)
    await flows.hear(store.database, built, event.payable_id, settings=store.settings)
