"""Which mail is written when others have announced something."""

from merkato.domains.fulfilment.events import FulfilmentDispatched
from merkato.domains.hiring.events import (
    JobCancelled,
    JobCompleted,
    JobPaid,
    OfferAccepted,
    OfferCancelled,
    OfferLapsed,
)
from merkato.domains.identity import service as identity
from merkato.domains.identity.events import (
    EmailChanged,
    EmailChangeRequested,
    PasskeyAdded,
    PasswordResetRequested,
    SecondFactorAdded,
    SecondFactorRemoved,
    VerificationRequested,
)
from merkato.domains.notifications import flows
from merkato.domains.notifications.models import Template
from merkato.domains.orders.events import OrderCancelled, OrderPaid, OrderPlaced, OrderRefunded
from merkato.store import Store


async def confirm(store: Store, event: OrderPlaced) -> None:
    """The one mail about a new order: it says what was bought, and that it is paid or will be."""
    await flows.send(store, event, Template.ORDER_PLACED, event.order_id)


async def thank(store: Store, event: OrderPaid) -> None:
    """Only where staff take the money later: elsewhere it comes with the order, and one mail says both."""
    if store.settings.capture == "manual":
        await flows.send(store, event, Template.ORDER_PAID, event.order_id)


async def announce(store: Store, event: FulfilmentDispatched) -> None:
    """A parcel is on its way, or the kitchen has made something: one mail for each."""
    await flows.send(store, event, Template.ORDER_DISPATCHED, event.fulfilment_id)


async def regret(store: Store, event: OrderCancelled) -> None:
    """An order that was placed will not come."""
    await flows.send(store, event, Template.ORDER_CANCELLED, event.order_id)


async def give_back(store: Store, event: OrderRefunded) -> None:
    """Money is on its way back, each time that some is."""
    await flows.send(store, event, Template.ORDER_REFUNDED, event.refund_id)


async def ask_to_verify(store: Store, event: VerificationRequested) -> None:
    """The token that confirms an address."""
    await flows.send(store, event, Template.VERIFICATION, event.challenge_id)


async def help_to_reset(store: Store, event: PasswordResetRequested) -> None:
    """The token that sets a password, if the address has an account."""
    if await store.database.run(identity.find_owner, event.challenge_id):
        await flows.send(store, event, Template.PASSWORD_RESET, event.challenge_id)


async def ask_new_address(store: Store, event: EmailChangeRequested) -> None:
    """The token by which a new address says that it is theirs."""
    await flows.send(store, event, Template.EMAIL_CHANGE, event.challenge_id)


async def warn_old_address(store: Store, event: EmailChanged) -> None:
    """That it is no longer the account's address, and the token that undoes it."""
    await flows.send(store, event, Template.EMAIL_CHANGED, event.challenge_id)


async def tell_of_second_factor(store: Store, event: SecondFactorAdded) -> None:
    """The owner knows who it was, or that it was somebody else."""
    await flows.send(store, event, Template.SECOND_FACTOR_ADDED, event.account_id)


async def warn_of_removal(store: Store, event: SecondFactorRemoved) -> None:
    """The same, when the password alone opens the account again."""
    await flows.send(store, event, Template.SECOND_FACTOR_REMOVED, event.account_id)


async def tell_of_passkey(store: Store, event: PasskeyAdded) -> None:
    """The same, when there is another way in."""
    await flows.send(store, event, Template.PASSKEY_ADDED, event.account_id)


async def tell_of_acceptance(store: Store, event: OfferAccepted) -> None:
    """The worker knows the terms, and that the money is not there yet."""
    await flows.send(store, event, Template.JOB_ACCEPTED, event.offer_id)


async def tell_of_payment(store: Store, event: JobPaid) -> None:
    """The worker may begin."""
    await flows.send(store, event, Template.JOB_PAID, event.offer_id)


async def tell_of_completion(store: Store, event: JobCompleted) -> None:
    """The worker knows what they have earned."""
    await flows.send(store, event, Template.JOB_COMPLETED, event.offer_id)


async def tell_of_cancelling(store: Store, event: JobCancelled) -> None:
    """The worker need not come."""
    await flows.send(store, event, Template.JOB_CANCELLED, event.offer_id)


async def tell_of_reopening(store: Store, event: OfferCancelled | OfferLapsed) -> None:
    """The owner needs somebody else."""
    await flows.send(store, event, Template.JOB_REOPENED, event.offer_id)
