"""Buys something as a guest and with an account: `python example.py [SHOP]`."""

import sys
from typing import TypeVar
from uuid import UUID, uuid4

from merkato_client import AuthenticatedClient, Client
from merkato_client.api.cart import add_line
from merkato_client.api.catalogue import read_product
from merkato_client.api.checkout import complete_checkout, open_checkout
from merkato_client.api.identity import issue_tokens, register
from merkato_client.api.orders import list_orders
from merkato_client.api.search import list_products
from merkato_client.models import (
    AccountDraft,
    AccountView,
    BuyLine,
    CartView,
    CheckoutDraft,
    CheckoutView,
    Completion,
    IssueTokensForm,
    LineDraft,
    OrderPage,
    OrderView,
    PaymentDraft,
    PostalAddress,
    Problem,
    ProductPage,
    ProductView,
    Tokens,
)

SHOP = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
HOME = PostalAddress(name="Anna Example", line1="Torstrasse 1", postal_code="10119", city="Berlin", country="DE")
T = TypeVar("T")


def expect(kind: type[T], answer: object) -> T:
    """The answer, if it is of this kind. Whatever the shop refuses it answers with a problem."""
    if isinstance(answer, kind):
        return answer
    raise SystemExit(
        f"{answer.title} ({answer.code}): {answer.detail}" if isinstance(answer, Problem) else "No answer."
    )


def something_in_stock(shop: Client) -> UUID:
    """The variant that we buy."""
    page = expect(ProductPage, list_products.sync(client=shop, in_stock=True, sort="price", limit=1))
    if not page.data:
        raise SystemExit("There is nothing in stock.")
    product = expect(ProductView, read_product.sync(page.data[0].slug, client=shop))
    return next(variant.id for variant in product.variants if variant.availability == "in_stock")


def pay(shop: Client | AuthenticatedClient, checkout: CheckoutView, card: str, key: str) -> object:
    """Complete the checkout. Sent twice under the same key, it still happens once."""
    total = next(part.amount for part in checkout.totals if part.type_ == "total")
    completion = Completion(total, PaymentDraft(provider="simulated", token=card))
    return complete_checkout.sync(checkout.id, client=shop, body=completion, idempotency_key=key)


def as_a_guest(variant: UUID) -> None:
    """Buy at once. What the checkout's token opens is ours."""
    draft = CheckoutDraft(lines=[BuyLine(variant)], email="anna@example.com", shipping_address=HOME)
    checkout = expect(CheckoutView, open_checkout.sync(client=Client(SHOP), body=draft))
    shop = Client(SHOP, headers={"Checkout-Token": str(checkout.token)})
    declined = expect(Problem, pay(shop, checkout, "decline", str(uuid4())))
    print(f"{declined.status} {declined.code}: {declined.detail}")
    key = str(uuid4())
    order, again = (expect(OrderView, pay(shop, checkout, "success", key)) for _ in range(2))
    print(f"Order {order.number} is {order.status}; sent again, it is still order {again.number}.")


def with_an_account(variant: UUID) -> None:
    """Register, sign in, fill the cart, buy it, and look at our orders."""
    email, password = f"anna+{uuid4()}@example.com", f"only for this run {uuid4()}"
    draft = AccountDraft(email=email, password=password, name="Anna Example")
    expect(AccountView, register.sync(client=Client(SHOP), body=draft))
    form = IssueTokensForm(grant_type="password", username=email, password=password)
    tokens = expect(Tokens, issue_tokens.sync(client=Client(SHOP), body=form))
    shop = AuthenticatedClient(SHOP, tokens.access_token)
    expect(CartView, add_line.sync(client=shop, body=LineDraft(variant_id=variant, quantity=2)))
    checkout = expect(CheckoutView, open_checkout.sync(client=shop, body=CheckoutDraft(shipping_address=HOME)))
    expect(OrderView, pay(shop, checkout, "success", str(uuid4())))
    for order in expect(OrderPage, list_orders.sync(client=shop)).data:
        print(f"Order {order.number} of {order.created_at:%d %B}: {sum(line.quantity for line in order.lines)} pieces.")


wanted = something_in_stock(Client(SHOP))
as_a_guest(wanted)
with_an_account(wanted)
