"""Opening a checkout and filling it in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from merkato.domains.addresses import queries as addresses
from merkato.domains.addresses.access import owned_by as own_addresses
from merkato.domains.addresses.models import Address
from merkato.domains.addresses.schemas import PostalAddress
from merkato.domains.cart import queries as carts
from merkato.domains.checkout import queries
from merkato.domains.checkout.errors import AlreadyCompleted, NothingToBuy, NotReady
from merkato.domains.checkout.models import INITIAL, OPEN, PAYING, Checkout, CheckoutLine, CheckoutStatus
from merkato.domains.checkout.schemas import BuyLine, CheckoutChange, CheckoutDraft, CheckoutView
from merkato.domains.checkout.service import quoting
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.pricing import queries as pricing
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import FieldError, Invalid, NotFound
from merkato.kit.security import token_hash
from merkato.settings import Settings


async def open_checkout(
    session: Session, actor: Actor, draft: CheckoutDraft, *, settings: Settings
) -> tuple[CheckoutView, bool]:
    """A checkout of the caller's cart (the one that it has already, refreshed) or of lines; and whether it is new.

    Raises NothingToBuy, and Invalid for a variant that is not there.
    """
    if draft.lines is not None:
        currency = draft.currency or settings.currency
        lines = await _bought_now(session, draft.lines, currency)
        return await _begin(session, actor, draft, lines, currency=currency, cart_id=None, settings=settings), True
    may_have_cart = actor.account_id is not None or actor.cart_token is not None
    cart = await carts.cart(session, actor, lock=True) if may_have_cart else None
    in_cart = await carts.lines(session, cart.id) if cart else []
    if cart is None or not in_cart:
        raise NothingToBuy
    lines = [
        CheckoutLine(
            position=position, variant_id=line.variant_id, quantity=line.quantity, shown_minor=line.unit_price_minor
        )
        for position, line in enumerate(in_cart)
    ]
    present = await queries.open_of_cart(session, cart.id)
    if present is None:
        return await _begin(
            session, actor, draft, lines, currency=cart.currency, cart_id=cart.id, settings=settings
        ), True
    return await _refresh(session, actor, present, draft, lines, currency=cart.currency, settings=settings), False


async def _begin(  # noqa: PLR0913 - what makes a checkout.
    session: Session,
    actor: Actor,
    draft: CheckoutDraft,
    lines: list[CheckoutLine],
    *,
    currency: str,
    cart_id: UUID | None,
    settings: Settings,
) -> CheckoutView:
    token = None if actor.account_id else ids.token()
    moment = clock.now()
    checkout = Checkout(
        id=ids.new(),
        status=INITIAL.value,
        account_id=actor.account_id,
        token_hash=token_hash(token) if token else None,
        cart_id=cart_id,
        currency=currency,
        codes=[],
        lines=lines,
        expires_at=moment + timedelta(hours=settings.checkout_hours),
        created_at=moment,
        updated_at=moment,
    )
    if actor.account_id is not None:
        await _prefill(session, checkout, actor)
    session.add(checkout)
    await _apply(session, actor, checkout, draft)
    return await _settled(session, checkout, settings, token=token)


async def _refresh(  # noqa: PLR0913 - as above.
    session: Session,
    actor: Actor,
    checkout: Checkout,
    draft: CheckoutDraft,
    lines: list[CheckoutLine],
    *,
    currency: str,
    settings: Settings,
) -> CheckoutView:
    """The open checkout of a cart, with what is in the cart now. While its payment is under way it stays as it is."""
    token = None
    if actor.account_id is None and actor.checkout_token != checkout.token_hash:
        # Whoever holds the cart's token may have lost the answer that held the checkout's: a new one takes its place.
        token = ids.token()
        checkout.token_hash = token_hash(token)
    if actor.account_id is not None:
        checkout.account_id = actor.account_id
    if checkout.status not in PAYING:
        checkout.currency = currency
        await _replace_lines(session, checkout, lines)
        await _apply(session, actor, checkout, draft)
    return await _settled(session, checkout, settings, token=token)


async def _prefill(session: Session, checkout: Checkout, actor: Actor) -> None:
    """What is known of an account: its e-mail address and default addresses."""
    checkout.email = (await identity.own_account(session, actor.id)).address
    for address in await addresses.defaults(session, actor.id):
        if address.is_default_shipping:
            checkout.shipping_address = _copied(address)
        if address.is_default_billing:
            checkout.billing_address = _copied(address)


async def change(
    session: Session, actor: Actor, checkout_id: UUID, said: CheckoutChange, *, settings: Settings
) -> CheckoutView:
    """Fill in a checkout. Raises NotFound, NotReady while it is being paid, AlreadyCompleted."""
    checkout = await owned(session, actor, checkout_id, lock=True)
    refuse_ended(checkout)
    if checkout.status in PAYING:
        raise NotReady("Its payment is under way.")
    if said.lines is not None:
        await _replace_lines(session, checkout, await _bought_now(session, said.lines, checkout.currency))
    await _apply(session, actor, checkout, said)
    return await _settled(session, checkout, settings)


async def cancel(session: Session, actor: Actor, checkout_id: UUID, *, settings: Settings) -> CheckoutView:
    """Give a checkout up. Raises NotFound, NotReady while it is being paid, AlreadyCompleted."""
    checkout = await owned(session, actor, checkout_id, lock=True)
    if checkout.status == CheckoutStatus.COMPLETED:
        refuse_ended(checkout)
    if checkout.status in PAYING:
        raise NotReady("Its payment is under way.")
    checkout.become(CheckoutStatus.CANCELED)
    await session.flush()
    return await quoting.view(session, checkout, settings)


async def read(session: Session, actor: Actor, checkout_id: UUID, *, settings: Settings) -> CheckoutView:
    """Raises NotFound."""
    return await quoting.view(session, await owned(session, actor, checkout_id), settings)


async def owned(session: Session, actor: Actor, checkout_id: UUID, *, lock: bool = False) -> Checkout:
    """Raises NotFound for anybody else's."""
    checkout = await queries.owned(session, actor, checkout_id, lock=lock)
    if checkout is None:
        raise NotFound
    return checkout


def refuse_ended(checkout: Checkout) -> None:
    """Raises AlreadyCompleted, or NotReady for a canceled one."""
    if checkout.status == CheckoutStatus.COMPLETED:
        raise AlreadyCompleted(order_id=str(checkout.order_id))
    if checkout.status == CheckoutStatus.CANCELED:
        raise NotReady("It was canceled.")


async def _apply(session: Session, actor: Actor, checkout: Checkout, said: CheckoutChange) -> None:
    sent = said.sent()
    for name in ("email", "shipping_option_id"):
        if name in sent:
            setattr(checkout, name, sent[name])
    if "codes" in sent:
        checkout.codes = said.codes or []
    for kind in ("shipping", "billing"):
        field, reference = f"{kind}_address", f"{kind}_address_id"
        if sent.get(reference) is not None:
            setattr(checkout, field, await _from_book(session, actor, sent[reference], reference))
        elif field in sent:
            said_address: PostalAddress | None = sent[field]
            setattr(checkout, field, said_address.model_dump() if said_address else None)
    checkout.payment_message = None
    checkout.updated_at = clock.now()


async def _from_book(session: Session, actor: Actor, address_id: UUID, field: str) -> dict[str, Any]:
    """A copy of one of the caller's own addresses; anybody else's is not there."""
    address = await addresses.address(session, address_id, own_addresses(actor)) if actor.account_id else None
    if address is None:
        raise Invalid.field(f"/{field}", "unknown", "is none of your addresses")
    return _copied(address)


def _copied(address: Address) -> dict[str, Any]:
    return {name: getattr(address, name) for name in PostalAddress.model_fields}


async def _bought_now(session: Session, wanted: Sequence[BuyLine], currency: str) -> list[CheckoutLine]:
    """Lines as they were sent, one per variant. Raises Invalid and names each that is not there."""
    offers = await pricing.offers(session, [line.variant_id for line in wanted], currency)
    errors = [
        FieldError(f"/lines/{index}/variant_id", "unknown", "is no variant that is sold")
        for index, line in enumerate(wanted)
        if line.variant_id not in offers or not offers[line.variant_id].sold
    ]
    if errors:
        raise Invalid("Some lines name nothing that is sold.", errors=errors)
    quantities: dict[UUID, int] = {}
    for line in wanted:
        quantities[line.variant_id] = quantities.get(line.variant_id, 0) + line.quantity
    if any(quantity > 10_000 for quantity in quantities.values()):
        raise Invalid.field("/lines", "too-many", "hold at most 10000 of one variant")
    return [
        CheckoutLine(position=position, variant_id=variant_id, quantity=quantity)
        for position, (variant_id, quantity) in enumerate(quantities.items())
    ]


async def _replace_lines(session: Session, checkout: Checkout, lines: list[CheckoutLine]) -> None:
    checkout.lines = lines
    await session.flush()


async def _settled(
    session: Session, checkout: Checkout, settings: Settings, *, token: str | None = None
) -> CheckoutView:
    """Choose the only way of shipping if none was chosen, and write down whether the checkout is ready."""
    quoted = await quoting.quote(session, checkout, settings)
    if checkout.status in OPEN:
        if quoted.option is None:
            if checkout.shipping_option_id is not None:
                raise Invalid.field("/shipping_option_id", "unknown", "is none of `shipping_options`")
            if len(quoted.options) == 1:
                checkout.shipping_option_id = quoted.options[0].id
                quoted = await quoting.quote(session, checkout, settings)
        checkout.become(quoting.status_of(checkout, quoted))
    await session.flush()
    return quoting.shown(checkout, quoted, token=token)
