"""What hiring does when others announce something."""

from merkato.domains.hiring import flows, service
from merkato.domains.payments import providers
from merkato.domains.payments.events import PaymentChanged, PaymentReported
from merkato.store import Store


async def hear(store: Store, event: PaymentReported) -> None:
    """Look at the payment of a job that its provider speaks of."""
    built = providers.build(store.database, store.settings)
    await flows.hear(store.database, built, event.attempt_id, settings=store.settings)


async def note_payment(store: Store, event: PaymentChanged) -> None:
    """The agreement follows, also when the process died right after the money had moved."""
    await store.database.run(service.advance, event.payable_id, settings=store.settings)
