"""What each mail says. It is written from how things stand when it is sent."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from typing import Any, Final

from merkato.domains.fulfilment import queries as fulfilments
from merkato.domains.fulfilment.models import Fulfilment, FulfilmentWay
from merkato.domains.hiring import queries as hiring
from merkato.domains.identity import queries as accounts
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import reachable
from merkato.domains.notifications.models import Message, Template
from merkato.domains.notifications.service.rendering import rendered
from merkato.domains.orders import queries as orders
from merkato.domains.orders.models import Order, OrderLine
from merkato.domains.payments import queries as payments
from merkato.kit import money
from merkato.kit.database import Session
from merkato.kit.mail import Letter, one_line
from merkato.store import Store

Writer = Callable[[Session, Store, Message], Awaitable[Letter | None]]

_LABELS: Final = {
    "subtotal": "Subtotal",
    "items_discount": "Discount on items",
    "discount": "Discount",
    "fulfillment": "Shipping",
    "tax": "Tax",
    "fee": "Fee",
    "total": "Total",
}
_ADDRESS: Final = ("name", "company", "line1", "line2")


async def letter(session: Session, store: Store, message: Message) -> Letter | None:
    """The message in words; None when there is nobody to write to any more, or nothing to say."""
    written = await _WRITERS[Template(message.template)](session, store, message)
    return written if written is not None and reachable(written.to) else None


async def _about_order(session: Session, store: Store, message: Message) -> Letter | None:
    order = await orders.order(session, message.subject_id)
    # One that ended unpaid was never promised to anybody.
    return _order_letter(store, message, order) if order and order.placed_at else None


async def _about_refund(session: Session, store: Store, message: Message) -> Letter | None:
    found = await payments.reversal(session, message.subject_id)
    if found is None:
        return None
    refund, attempt = found
    order_id = await orders.order_paid_under(session, attempt.payable_id)
    order = await orders.order(session, order_id) if order_id else None
    return _order_letter(store, message, order, amount=money.written(refund.amount_minor, attempt.currency))


async def _about_dispatch(session: Session, store: Store, message: Message) -> Letter | None:
    sent = await fulfilments.fulfilment(session, message.subject_id)
    order = await orders.order(session, sent.order_id) if sent else None
    return _order_letter(store, message, order, parcel=_parcel(sent, order)) if sent and order else None


def _order_letter(store: Store, message: Message, order: Order | None, **said: object) -> Letter | None:
    if order is None or order.anonymised:
        return None
    return rendered(
        Template(message.template),
        order.email,
        {**_shop(store, f"orders/{order.id}"), "order": _order(order), **said},
    )


async def _with_token(session: Session, store: Store, message: Message, *, page: str) -> Letter | None:
    """With the token of a challenge. It says no word that the account's maker has chosen: whoever registers another's address could
    have us write to them whatever they like.
    """
    found = await identity.awaiting_mail(session, message.subject_id)
    if found is None:
        return None
    challenge, address = found
    token = identity.token_of(store.secret, challenge)
    until = f"{challenge.expires_at.day} {challenge.expires_at:%B %Y, %H:%M} UTC"
    said = _shop(store, f"account/{page}?token={token}") | {"token": token, "until": until}
    return rendered(Template(message.template), address, said)


async def _about_safety(session: Session, store: Store, message: Message) -> Letter | None:
    """To the owner of an account, if the address is known to be theirs. It says no word of theirs either."""
    account = await accounts.account(session, message.subject_id)
    if account is None or not account.active or not account.email_verified:
        return None
    at = f"{message.created_at.day} {message.created_at:%B %Y, %H:%M} UTC"
    said = _shop(store, "account/security") | {"at": at}
    return rendered(Template(message.template), account.email, said)


async def _about_job(session: Session, store: Store, message: Message, *, to_owner: bool = False) -> Letter | None:
    """To one side of an agreement, if the address is known to be theirs."""
    terms = await hiring.agreement(session, message.subject_id)
    job = await hiring.job(session, terms.job_id) if terms else None
    if terms is None or job is None:
        return None
    account = await accounts.account(session, terms.owner_id if to_owner else terms.worker_id)
    if account is None or not account.active or not account.email_verified:
        return None
    amounts = {"amount": terms.amount_minor, "fee": terms.fee_minor}
    amounts |= {"earned": terms.earned_minor, "returned": terms.returned_minor}
    said: dict[str, Any] = {
        name: money.written(value, terms.currency) if value else None for name, value in amounts.items()
    }
    said |= {"title": one_line(job.title), "amount": money.written(terms.amount_minor, terms.currency)}
    said |= {"pay_by": terms.pay_by and f"{terms.pay_by.day} {terms.pay_by:%B %Y, %H:%M} UTC"}
    said |= {"starts_on": terms.starts_at and f"{terms.starts_at.day} {terms.starts_at:%B %Y}"}
    return rendered(Template(message.template), account.email, {**_shop(store, f"jobs/{job.id}"), **said})


_WRITERS: Final[dict[Template, Writer]] = {
    Template.ORDER_PLACED: _about_order,
    Template.ORDER_PAID: _about_order,
    Template.ORDER_DISPATCHED: _about_dispatch,
    Template.ORDER_CANCELLED: _about_order,
    Template.ORDER_REFUNDED: _about_refund,
    Template.VERIFICATION: partial(_with_token, page="verify"),
    Template.PASSWORD_RESET: partial(_with_token, page="reset"),
    Template.EMAIL_CHANGE: partial(_with_token, page="email"),
    Template.EMAIL_CHANGED: partial(_with_token, page="email-undo"),
    Template.SECOND_FACTOR_ADDED: _about_safety,
    Template.SECOND_FACTOR_REMOVED: _about_safety,
    Template.PASSKEY_ADDED: _about_safety,
    Template.JOB_ACCEPTED: _about_job,
    Template.JOB_PAID: _about_job,
    Template.JOB_COMPLETED: _about_job,
    Template.JOB_CANCELLED: _about_job,
    Template.JOB_REOPENED: partial(_about_job, to_owner=True),
}


def _shop(store: Store, path: str) -> dict[str, Any]:
    """The shop, and the page of it that this mail leads to, if customers can open any."""
    url = store.settings.public_url
    return {
        "shop": {"name": one_line(store.settings.shop_name), "url": url},
        "link": f"{url.rstrip('/')}/{path}" if url else None,
    }


def _order(order: Order) -> dict[str, Any]:
    shipping, billing = _address(order.shipping_address), _address(order.billing_address)
    placed = order.placed_at or order.created_at
    return {
        "number": order.number,
        "placed_on": f"{placed.day} {placed:%B %Y}",
        "lines": [_line(line, order.currency) for line in order.lines],
        "totals": [_total(entry, order) for entry in order.totals],
        "taxes": [_tax(tax, order.currency) for tax in order.taxes if tax["amount"]],
        "shipping_address": shipping,
        "billing_address": billing if billing != shipping else None,
    }


def _parcel(sent: Fulfilment, order: Order) -> dict[str, Any]:
    tracking = ", ".join(one_line(said) for said in (sent.carrier, sent.tracking_number) if said)
    # A path of this server would be no address to a reader of mail.
    followed = sent.tracking_url and sent.tracking_url.startswith("http")
    return {
        "made": sent.way == FulfilmentWay.KITCHEN,
        "lines": [
            _line(line, order.currency) | {"quantity": sent.quantities[line.id]}
            for line in order.lines
            if line.id in sent.quantities
        ],
        "tracking": tracking or None,
        "url": sent.tracking_url if followed else None,
    }


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "title": one_line(line.title),
        "options": one_line(", ".join(line.options.values())),
        "sku": one_line(line.sku),
        "quantity": line.quantity,
        "unit_price": money.written(line.unit_price_minor, currency),
        "total": money.written(line.total_minor, currency),
    }


def _total(entry: dict[str, Any], order: Order) -> dict[str, Any]:
    label = _LABELS.get(entry["type"], entry["type"])
    if entry["type"] == "fulfillment" and order.shipping_option:
        label = one_line(order.shipping_option["title"])
    return {
        "label": label,
        "amount": money.written(entry["amount"], order.currency),
        "whole": entry["type"] == "total",
    }


def _tax(tax: dict[str, Any], currency: str) -> str:
    percent = f"{(Decimal(tax['rate']) * 100).normalize():f}"
    verb = "includes" if tax["included"] else "plus"
    return f"{verb} {percent} % {one_line(tax['name'])}: {money.written(tax['amount'], currency)}"


def _address(kept: dict[str, Any] | None) -> list[str] | None:
    if kept is None:
        return None
    place = " ".join(str(kept[name]) for name in ("postal_code", "city", "region") if kept.get(name))
    lines = [*(kept.get(name) for name in _ADDRESS), place, kept["country"]]
    return [one_line(line) for line in lines if line]
