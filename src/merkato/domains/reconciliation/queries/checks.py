"""The questions that reconciliation asks, one statement for each kind of contradiction."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Select

from merkato.domains.reconciliation.models import Kind
from merkato.domains.reconciliation.queries import kitchen, money
from merkato.domains.reconciliation.schemas import Look

CHECKS: Final[dict[Kind, Callable[[Look], Select[*tuple[Any, ...]]]]] = {
    Kind.MONEY_WITHOUT_ORDER: money.money_without_order,
    Kind.PAID_NOT_PLACED: money.paid_not_placed,
    Kind.ORDER_WITHOUT_MONEY: money.order_without_money,
    Kind.PAID_TOO_MUCH: money.paid_too_much,
    Kind.REFUND_FAILED: money.refund_failed,
    Kind.REVERSAL_STUCK: money.reversal_stuck,
    Kind.CAPTURE_STUCK: money.capture_stuck,
    Kind.PAYMENT_STUCK: money.payment_stuck,
    Kind.KITCHEN_CANCELLED: kitchen.kitchen_cancelled,
    Kind.KITCHEN_DUPLICATE: kitchen.kitchen_duplicate,
    Kind.KITCHEN_STUCK: kitchen.kitchen_stuck,
}
"""All but the books, which are proved as a whole and not as often."""
