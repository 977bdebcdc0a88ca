"""The table of contents: each domain with its routes, and what it does when others have done something."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple

from fastapi import APIRouter

from merkato.domains.addresses import routes as addresses
from merkato.domains.cart import routes as cart
from merkato.domains.cart import service as carts
from merkato.domains.catalog import routes as catalog
from merkato.domains.checkout import reactions as checkout_reactions
from merkato.domains.checkout import routes as checkout
from merkato.domains.checkout import schedules as checkouts
from merkato.domains.community import routes as community
from merkato.domains.fulfilment import reactions as fulfilments
from merkato.domains.fulfilment import routes as fulfilment
from merkato.domains.fulfilment import schedules as fulfilment_schedules
from merkato.domains.fulfilment.events import FulfilmentDispatched
from merkato.domains.hiring import reactions as hiring_reactions
from merkato.domains.hiring import routes as hiring
from merkato.domains.hiring import schedules as hiring_schedules
from merkato.domains.hiring.events import (
    JobCancelled,
    JobCompleted,
    JobPaid,
    OfferAccepted,
    OfferCancelled,
    OfferLapsed,
)
from merkato.domains.identity import routes as identity
from merkato.domains.identity import schedules as identity_schedules
from merkato.domains.identity.events import (
    EmailChanged,
    EmailChangeRequested,
    EmailVerified,
    PasskeyAdded,
    PasswordResetRequested,
    SecondFactorAdded,
    SecondFactorRemoved,
    VerificationRequested,
)
from merkato.domains.identity.flows import AfterLogIn
from merkato.domains.inventory import routes as inventory
from merkato.domains.notifications import reactions as notifications
from merkato.domains.notifications import schedules as notification_schedules
from merkato.domains.orders import reactions as order_reactions
from merkato.domains.orders import routes as orders
from merkato.domains.orders import schedules as order_schedules
from merkato.domains.orders.events import OrderCancelled, OrderPaid, OrderPlaced, OrderRefunded
from merkato.domains.payments import routes as payments
from merkato.domains.payments import schedules as payment_schedules
from merkato.domains.payments.events import PaymentChanged, PaymentReported
from merkato.domains.pricing import routes as pricing
from merkato.domains.privacy import routes as privacy
from merkato.domains.privacy import schedules as privacy_schedules
from merkato.domains.reconciliation import routes as reconciliation
from merkato.domains.reconciliation import schedules as reconciliations
from merkato.domains.reports import routes as reports
from merkato.domains.reviews import routes as reviews
from merkato.domains.search import routes as search
from merkato.domains.webhooks import models as deliveries
from merkato.domains.webhooks import reactions as webhooks
from merkato.domains.webhooks import routes as webhook_routes
from merkato.domains.webhooks import schedules as webhook_schedules
from merkato.domains.webhooks.events import DeliveryRequested
from merkato.kit import events, idempotency
from merkato.kit.events import Event
from merkato.kit.tasks import USUAL, Patience, listing
from merkato.settings import Settings
from merkato.store import Store
from merkato.web import docs, health, home, mailbox, metrics, pages, problems, tasks


class Reaction(NamedTuple):
    """What is done when others have announced something: one task for each event, at least once, tried again until it works."""

    event: type[Event]
    do: Callable[[Store, Any], Awaitable[object]]
    patience: Patience = USUAL

    @property
    def name(self) -> str:
        """As tasks are listed: the domain and the verb, `webhooks.deliver`."""
        domain = self.do.__module__.removeprefix("merkato.domains.").partition(".")[0]
        return f"{domain}.{self.do.__name__}"


class Schedule(NamedTuple):
    """What is done again and again, once each time however many workers there are. A run that fails is logged; the next is its repeat."""

    name: str
    do: Callable[[Store], Awaitable[object]]
    seconds: Callable[[Settings], float]
    """From one run to the next; whole seconds, at least one."""


KITCHEN_SECONDS = 2.0
"""How often it is looked whether the kitchen is to be asked about a ticket."""


async def _forget_keys(store: Store) -> None:
    await store.database.run(idempotency.delete_expired)


async def _forget_tasks(store: Store) -> None:
    while await store.database.run(listing.forget):
        pass


ROUTERS: tuple[APIRouter, ...] = (
    *identity.ROUTERS,
    addresses.routes,
    search.routes,  # Before the catalogue: `suggestions` is no product.
    catalog.routes,
    inventory.routes,
    pricing.routes,
    cart.routes,
    checkout.routes,
    orders.routes,
    payments.routes,
    webhook_routes.routes,
    fulfilment.routes,
    reviews.routes,
    *hiring.ROUTERS,
    community.routes,
    reports.routes,
    reconciliation.routes,
    privacy.routes,
    tasks.routes,
    health.routes,
)
PAGES: tuple[Callable[[Settings], APIRouter], ...] = (
    home.pages,
    docs.pages,
    problems.pages,
    mailbox.pages,
    pages.pages,
    metrics.pages,
)
"""For people; what they are and where they are is up to the settings."""
AFTER_LOG_IN: tuple[AfterLogIn, ...] = (carts.merge_at_log_in,)
"""In the same transaction as the log-in, in this order."""
REACTIONS: tuple[Reaction, ...] = (
    *(Reaction(kind, webhooks.fan_out) for kind in events.KINDS.values() if kind.public),
    Reaction(DeliveryRequested, webhooks.deliver, deliveries.PATIENCE),
    Reaction(PaymentReported, checkout_reactions.carry_on),
    Reaction(PaymentReported, order_reactions.hear),
    Reaction(PaymentReported, hiring_reactions.hear),
    Reaction(PaymentChanged, order_reactions.note_payment),
    Reaction(PaymentChanged, hiring_reactions.note_payment),
    Reaction(EmailVerified, order_reactions.claim),
    Reaction(OrderPlaced, order_reactions.claim_placed),
    Reaction(OrderPlaced, notifications.confirm),
    Reaction(OrderPaid, notifications.thank),
    Reaction(FulfilmentDispatched, notifications.announce),
    Reaction(OrderCancelled, notifications.regret),
    Reaction(OrderRefunded, notifications.give_back),
    Reaction(VerificationRequested, notifications.ask_to_verify),
    Reaction(PasswordResetRequested, notifications.help_to_reset),
    Reaction(EmailChangeRequested, notifications.ask_new_address),
    Reaction(EmailChanged, notifications.warn_old_address),
    Reaction(SecondFactorAdded, notifications.tell_of_second_factor),
    Reaction(SecondFactorRemoved, notifications.warn_of_removal),
    Reaction(PasskeyAdded, notifications.tell_of_passkey),
    Reaction(OfferAccepted, notifications.tell_of_acceptance),
    Reaction(JobPaid, notifications.tell_of_payment),
    Reaction(JobCompleted, notifications.tell_of_completion),
    Reaction(JobCancelled, notifications.tell_of_cancelling),
    Reaction(OfferCancelled, notifications.tell_of_reopening),
    Reaction(OfferLapsed, notifications.tell_of_reopening),
    Reaction(OrderPlaced, fulfilments.begin),
    Reaction(OrderCancelled, fulfilments.withdraw),
    Reaction(OrderRefunded, fulfilments.reckon),
)
SCHEDULES: tuple[Schedule, ...] = (
    Schedule("checkout.sweep", checkouts.sweep, lambda settings: settings.sweep_seconds),
    Schedule("orders.sweep", order_schedules.sweep, lambda settings: settings.sweep_seconds),
    Schedule("hiring.sweep", hiring_schedules.sweep, lambda settings: settings.sweep_seconds),
    Schedule("identity.forget", identity_schedules.forget, lambda _: timedelta(hours=1).total_seconds()),
    Schedule("notifications.forget", notification_schedules.forget, lambda _: timedelta(hours=6).total_seconds()),
    Schedule("fulfilment.tend_kitchen", fulfilment_schedules.tend_kitchen, lambda _: KITCHEN_SECONDS),
    Schedule("fulfilment.finish_returns", fulfilment_schedules.finish_returns, lambda settings: settings.sweep_seconds),
    Schedule("hiring.forget_feed", hiring_schedules.forget_feed, lambda _: timedelta(hours=1).total_seconds()),
    Schedule("payments.forget", payment_schedules.forget_events, lambda _: timedelta(hours=6).total_seconds()),
    Schedule("idempotency.forget", _forget_keys, lambda _: timedelta(minutes=10).total_seconds()),
    Schedule("reconciliation.reconcile", reconciliations.reconcile, lambda _: timedelta(minutes=5).total_seconds()),
    Schedule("reconciliation.prove_books", reconciliations.prove_books, lambda _: timedelta(hours=6).total_seconds()),
    Schedule("privacy.finish", privacy_schedules.finish, lambda _: timedelta(minutes=10).total_seconds()),
    Schedule("privacy.forget", privacy_schedules.forget_abandoned, lambda _: timedelta(hours=6).total_seconds()),
    Schedule("webhooks.forget", webhook_schedules.forget, lambda _: timedelta(hours=1).total_seconds()),
    Schedule("tasks.forget", _forget_tasks, lambda _: timedelta(hours=1).total_seconds()),
)
