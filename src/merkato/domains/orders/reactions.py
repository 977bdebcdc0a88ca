"""What orders do when others announce something."""

from merkato.domains.identity.events import EmailVerified
from merkato.domains.orders import flows, service
from merkato.domains.orders.events import OrderPlaced
from merkato.domains.payments import providers
from merkato.domains.payments.events import PaymentChanged, PaymentReported
from merkato.store import Store


async def hear(store: Store, event: PaymentReported) -> None:
    """Look at the payment of an order that its provider speaks of."""
    present = providers.build(store.database, store.settings)
    await flows.hear(store.database, present, event.attempt_id, settings=store.settings)


async def note_payment(store: Store, event: PaymentChanged) -> None:
    """The order's payment status follows, also when the process died right after the money had moved."""
    await store.database.run(service.note_payment_of, event.payable_id)


async def claim(store: Store, event: EmailVerified) -> None:
    """What was bought as a guest under this address belongs to the account now."""
    await store.database.run(service.claim, event.account_id)


async def claim_placed(store: Store, event: OrderPlaced) -> None:
    """What a customer buys without signing in is theirs, if the address is known to be."""
    await store.database.run(service.claim_placed, event.order_id)
