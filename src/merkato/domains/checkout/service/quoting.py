"""What a checkout comes to at this moment, and what still stands between it and an order."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from merkato.domains.cart.schemas import CartProductView, LineView
from merkato.domains.checkout.models import OPEN, Checkout, CheckoutLine, CheckoutStatus
from merkato.domains.checkout.schemas import CheckoutMessageView, CheckoutOrderView, CheckoutView
from merkato.domains.orders.schemas import OrderedLine, ShippingOptionView
from merkato.domains.pricing import queries as pricing
from merkato.domains.pricing.models import Offer
from merkato.domains.pricing.totals import LineAmount, TaxRule, Totals, totals
from merkato.kit.database import Session
from merkato.settings import Settings

STANDARD: Final = "standard"
OUT_OF_STOCK: Final = "out_of_stock"


@dataclass(frozen=True, slots=True)
class Quote:
    """A checkout with its prices: what can be frozen, charged and copied into an order."""

    lines: tuple[OrderedLine, ...]
    rule: TaxRule
    options: tuple[ShippingOptionView, ...]
    option: ShippingOptionView | None
    totals: Totals
    messages: tuple[CheckoutMessageView, ...] = ()

    @property
    def ready(self) -> bool:
        return not any(message.type == "error" for message in self.messages)

    @property
    def quantities(self) -> dict[UUID, int]:
        """How many of each variant."""
        wanted: dict[UUID, int] = {}
        for line in self.lines:
            wanted[line.offer.variant_id] = wanted.get(line.offer.variant_id, 0) + line.quantity
        return wanted

    def frozen(self) -> dict[str, Any]:
        """What is being paid for, as it is kept while the payment is under way and for ever after."""
        return {
            "lines": [{"offer": _plain(line.offer), "quantity": line.quantity} for line in self.lines],
            "rule": {"name": self.rule.name, "rate": str(self.rule.rate), "included": self.rule.included},
            "option": self.option.model_dump() if self.option else None,
        }


def _plain(offer: Offer) -> dict[str, Any]:
    values = asdict(offer)
    return values | {"variant_id": str(offer.variant_id), "product_id": str(offer.product_id)}


def thawed(bought: dict[str, Any]) -> Quote:
    """The quote that was frozen; its totals come out as they did."""
    rule = TaxRule(bought["rule"]["name"], Decimal(bought["rule"]["rate"]), bought["rule"]["included"])
    lines = tuple(
        OrderedLine(
            Offer(
                **{
                    **line["offer"],
                    "variant_id": UUID(line["offer"]["variant_id"]),
                    "product_id": UUID(line["offer"]["product_id"]),
                }
            ),
            line["quantity"],
        )
        for line in bought["lines"]
    )
    option = ShippingOptionView(**bought["option"]) if bought["option"] else None
    return Quote(lines, rule, (option,) if option else (), option, _sum(lines, rule, option))


async def quote(session: Session, checkout: Checkout, settings: Settings) -> Quote:
    """The checkout at present prices, or as it was frozen when completing began."""
    if checkout.bought is not None:
        return thawed(checkout.bought)
    offers = await pricing.offers(session, [line.variant_id for line in checkout.lines], checkout.currency)
    messages = [*_about_lines(checkout.lines, offers, checkout.currency), *_about_codes(checkout.codes)]
    lines = tuple(
        OrderedLine(offer, line.quantity) for line in checkout.lines if (offer := _sellable(offers, line)) is not None
    )
    rule = TaxRule(settings.tax_name, settings.tax_rate, settings.prices_include_tax)
    shipped = any(line.offer.requires_shipping for line in lines)
    options = (ShippingOptionView(id=STANDARD, title="Standard", amount=settings.shipping_rate),) if shipped else ()
    option = next((each for each in options if each.id == checkout.shipping_option_id), None)
    messages += _about_buyer(checkout, shipped=shipped, chosen=option is not None)
    if checkout.payment_message is not None:
        messages.append(CheckoutMessageView(**checkout.payment_message))
    return Quote(lines, rule, options, option, _sum(lines, rule, option), tuple(messages))


def _sum(lines: Sequence[OrderedLine], rule: TaxRule, option: ShippingOptionView | None) -> Totals:
    amounts = [LineAmount(line.offer.unit_price or 0, line.quantity) for line in lines]
    return totals(amounts, rule, shipping=option.amount if option else None)


def _sellable(offers: dict[UUID, Offer], line: CheckoutLine) -> Offer | None:
    offer = offers.get(line.variant_id)
    return offer if offer is not None and offer.sold and offer.unit_price is not None else None


def _about_lines(lines: Sequence[CheckoutLine], offers: dict[UUID, Offer], currency: str) -> list[CheckoutMessageView]:
    messages: list[CheckoutMessageView] = []
    wanted: dict[UUID, int] = {}
    for index, line in enumerate(lines):
        path, offer = f"$.lines[{index}]", offers.get(line.variant_id)
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
        if offer is None or not offer.sold:
            messages.append(_error("not_sold", path, "This is not sold any more."))
        elif offer.unit_price is None:
            messages.append(_error("not_priced", path, f"{offer.title} has no price in {currency}."))
        elif offer.available is not None and offer.available < wanted[line.variant_id]:
            left = max(offer.available, 0)
            messages.append(_error(OUT_OF_STOCK, path, f"{offer.title}: {left} left."))
        elif line.shown_minor is not None and line.shown_minor != offer.unit_price:
            content = f"The price of {offer.title} has changed since it was put into the cart."
            messages.append(CheckoutMessageView(type="warning", code="price_changed", path=path, content=content))
    if not lines:
        messages.append(_error("missing", "$.lines", "There is nothing to buy."))
    return messages


def _about_buyer(checkout: Checkout, *, shipped: bool, chosen: bool) -> list[CheckoutMessageView]:
    messages = []
    if checkout.email is None:
        messages.append(_error("missing", "$.email", "An e-mail address is needed."))
    if shipped and checkout.shipping_address is None:
        messages.append(_error("missing", "$.shipping_address", "A shipping address is needed."))
    if shipped and not chosen:
        messages.append(_error("missing", "$.shipping_option_id", "Choose one of `shipping_options`."))
    return messages


def _about_codes(codes: Sequence[str]) -> list[CheckoutMessageView]:
    return [
        CheckoutMessageView(
            type="warning",
            code="discount_code_invalid",
            path=f"$.codes[{index}]",
            content="This code gives no discount.",
        )
        for index, _ in enumerate(codes)
    ]


def _error(code: str, path: str, content: str) -> CheckoutMessageView:
    return CheckoutMessageView(type="error", code=code, path=path, content=content, severity="recoverable")


def status_of(checkout: Checkout, quoted: Quote) -> CheckoutStatus:
    """The status that is shown: an open checkout is ready exactly if nothing is missing now."""
    present = CheckoutStatus(checkout.status)
    if present not in OPEN:
        return present
    return CheckoutStatus.READY_FOR_COMPLETE if quoted.ready else CheckoutStatus.INCOMPLETE


async def view(session: Session, checkout: Checkout, settings: Settings) -> CheckoutView:
    """The checkout as its owner sees it at this moment; reading it changes nothing."""
    return shown(checkout, await quote(session, checkout, settings))


def shown(checkout: Checkout, quoted: Quote, *, token: str | None = None) -> CheckoutView:
    """The checkout with a quote of this moment."""
    order = checkout.order_id and CheckoutOrderView(id=checkout.order_id, number=checkout.order_number or 0)
    action = checkout.next_action
    return CheckoutView(
        id=checkout.id,
        token=token,
        status=status_of(checkout, quoted),
        currency=checkout.currency,
        email=checkout.email,
        lines=_line_views(checkout, quoted),
        totals=quoted.totals.entries(),
        taxes=list(quoted.totals.taxes),
        shipping_options=list(quoted.options),
        shipping_option_id=checkout.shipping_option_id,
        shipping_address=checkout.shipping_address,
        billing_address=checkout.billing_address,
        codes=checkout.codes,
        messages=list(quoted.messages),
        links=[],
        next_action=action,
        continue_url=action.get("url") if action else None,
        order=order or None,
        expires_at=checkout.expires_at,
        created_at=checkout.created_at,
        updated_at=checkout.updated_at,
    )


def _line_views(checkout: Checkout, quoted: Quote) -> list[LineView]:
    ids_of = {line.variant_id: line.id for line in checkout.lines}
    return [
        LineView(
            id=ids_of[line.offer.variant_id],
            variant_id=line.offer.variant_id,
            product=CartProductView(
                id=line.offer.product_id,
                slug=line.offer.slug,
                title=line.offer.title,
                image=line.offer.image,
                availability="out_of_stock" if line.offer.available == 0 else "in_stock",
            ),
            sku=line.offer.sku,
            options=line.offer.options,
            quantity=line.quantity,
            unit_price=line.offer.unit_price or 0,
            total=(line.offer.unit_price or 0) * line.quantity,
        )
        for line in quoted.lines
    ]
