"""Orders to be paid later: made, rewritten and given up, while their stock is held until `pay_by`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.inventory import service as inventory
from merkato.domains.orders import queries
from merkato.domains.orders.errors import NoLongerOpen, TooManyUnpaidOrders
from merkato.domains.orders.events import OrderChanged, OrderCreated
from merkato.domains.orders.models import Order, PaymentStatus
from merkato.domains.orders.schemas import OrderDraft, OrderedLine, WantedLine
from merkato.domains.orders.service.cancelling import close, refuse_while_paying
from merkato.domains.orders.service.history import happened, locked
from merkato.domains.orders.service.placing import line_values, number, write
from merkato.domains.payments import queries as payments
from merkato.domains.payments.models import AttemptState
from merkato.domains.pricing import queries as pricing
from merkato.domains.pricing.errors import NotPriced
from merkato.domains.pricing.totals import LineAmount, TaxRule, Totals, totals
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import FieldError, Invalid
from merkato.settings import Settings

QUANTITY_MAX: Final = 10_000
NOT_IN_TIME: Final = "not paid in time"
CLOSING: Final = timedelta(hours=1)
"""For so long after `pay_by` stock is still held for a payment that the provider does not let us close."""


@dataclass(frozen=True, slots=True)
class _Priced:
    """What is wanted, one line per variant, at present prices."""

    lines: tuple[OrderedLine, ...]
    totals: Totals

    @property
    def quantities(self) -> dict[UUID, int]:
        return {line.offer.variant_id: line.quantity for line in self.lines}


async def create(session: Session, actor: Actor, wanted: Sequence[WantedLine], *, settings: Settings) -> Order:
    """A new order of an account, with its number; its stock is held until `pay_by`.

    Raises TooManyUnpaidOrders, OutOfStock, NotPriced, and Invalid for lines that name nothing that is sold.
    """
    await identity.lock(session, actor.id)
    if await queries.count_open(session, actor.id, clock.now() - CLOSING) >= settings.unpaid_orders_max:
        raise TooManyUnpaidOrders(f"You have {settings.unpaid_orders_max} orders that are still to be paid.")
    account = await identity.own_account(session, actor.id)
    priced = await _priced(session, wanted, settings)
    order_id, pay_by = ids.new(), clock.now() + timedelta(minutes=settings.pay_minutes)
    await inventory.hold(session, order_id, priced.quantities, until=pay_by)
    draft = OrderDraft(
        email=account.email,
        account_id=account.id,
        guest_token=None,
        checkout_id=None,
        currency=settings.currency,
        lines=priced.lines,
        totals=priced.totals,
        shipping_address=None,
        billing_address=None,
        shipping_option=None,
        payment_status=PaymentStatus.UNPAID,
    )
    await write(session, draft, order_id=order_id, pay_by=pay_by)
    await happened(session, OrderCreated(order_id=order_id), order_id, by=actor.id)
    await number(session, order_id)
    return await locked(session, order_id)


async def replace(
    session: Session, actor: Actor, order: Order, wanted: Sequence[WantedLine], *, settings: Settings
) -> Order:
    """Other lines for an order that is locked, at present prices; `pay_by` stays as it was.

    Raises NoLongerOpen, PaymentUnderWay, and for the lines what `create` does.
    """
    await _refuse_closed(session, order)
    if order.pay_by is None or order.overdue(clock.now()):
        raise NoLongerOpen("Its time to be paid is over.")
    priced = await _priced(session, wanted, settings)
    await inventory.hold(session, order.id, priced.quantities, until=order.pay_by)
    await queries.replace_lines(session, order.id, line_values(order.id, priced.lines, priced.totals))
    order.currency, order.total_minor = settings.currency, priced.totals.total
    order.totals, order.taxes = priced.totals.entries(), list(priced.totals.taxes)
    order.updated_at = clock.now()
    await happened(session, OrderChanged(order_id=order.id), order.id, by=actor.id)
    await session.flush()
    return await locked(session, order.id)


async def withdraw(session: Session, actor: Actor, order: Order) -> None:
    """Give up an order that is locked: it is kept as cancelled, with its number. Raises NoLongerOpen, PaymentUnderWay."""
    await _refuse_closed(session, order)
    await close(session, order, by=actor.id, reason="withdrawn")


async def expire(session: Session, order_id: UUID) -> None:
    """Cancel an order that was not paid in time; not while a payment of it is open. Again, it changes nothing."""
    order = await locked(session, order_id)
    if not order.overdue(clock.now()):
        return
    attempt = await payments.latest_attempt(session, order.payables)
    if attempt is None or attempt.state != AttemptState.PENDING:
        await close(session, order, by=None, reason=NOT_IN_TIME)


async def _refuse_closed(session: Session, order: Order) -> None:
    if not order.open:
        raise NoLongerOpen
    await refuse_while_paying(session, order)


async def _priced(session: Session, wanted: Sequence[WantedLine], settings: Settings) -> _Priced:
    skus = await pricing.by_sku(session, [line.sku for line in wanted if line.sku])
    named = [line.variant_id or skus.get(line.sku) for line in wanted]
    offers = await pricing.offers(session, [each for each in named if each], settings.currency)
    quantities: dict[UUID, int] = {}
    errors = []
    for index, (line, variant_id) in enumerate(zip(wanted, named, strict=True)):
        if variant_id is None or variant_id not in offers or not offers[variant_id].sold:
            field = "sku" if line.sku else "variant_id"
            errors.append(FieldError(f"/lines/{index}/{field}", "unknown", "is nothing that is sold"))
            continue
        quantities[variant_id] = quantities.get(variant_id, 0) + line.quantity
        if quantities[variant_id] > QUANTITY_MAX:
            detail = f"adds up to more than {QUANTITY_MAX} of one variant"
            errors.append(FieldError(f"/lines/{index}/quantity", "too-many", detail))
    if errors:
        raise Invalid("Some lines cannot be ordered.", errors=errors)
    lines = tuple(OrderedLine(offers[variant_id], quantity) for variant_id, quantity in quantities.items())
    if any(line.offer.unit_price is None for line in lines):
        raise NotPriced
    rule = TaxRule(settings.tax_name, settings.tax_rate, settings.prices_include_tax)
    return _Priced(lines, totals([LineAmount(line.offer.unit_price or 0, line.quantity) for line in lines], rule))
