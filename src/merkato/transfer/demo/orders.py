"""What the people of the demo bought before: placed by the same checkout that every buyer goes through."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from merkato.domains.checkout import flows
from merkato.domains.checkout.errors import AlreadyCompleted
from merkato.domains.checkout.schemas import BuyLine, CheckoutDraft, CheckoutView, Completion
from merkato.domains.checkout.service import filling as checkouts
from merkato.domains.identity import queries as identity_queries
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.imports import queries as imports_queries
from merkato.domains.imports import service as imports
from merkato.domains.imports.models import Known
from merkato.domains.payments.providers.provider import Providers
from merkato.domains.payments.schemas import PaymentDraft
from merkato.domains.pricing import queries as pricing_queries
from merkato.kit import keys
from merkato.kit.database import Database, Session
from merkato.kit.errors import Conflict
from merkato.kit.idempotency import Claim
from merkato.kit.security import Secret
from merkato.settings import Settings

KIND: Final = "demo-order"
PAYMENT: Final = PaymentDraft(provider="simulated", token="success")  # noqa: S106 - the simulated card that works.


async def place(database: Database, settings: Settings, providers: Providers, people: Sequence[dict[str, Any]]) -> None:
    """Every order once: its checkout is remembered by customer and number in the transaction that opens it."""
    for person in people:
        for number, lines in enumerate(person["orders"]):
            name = f"{person['handle']}-{number}"
            actor, checkout_id = await database.run(_opened, person["email"], name, lines, settings)
            await _completed(database, settings, providers, actor, checkout_id)


async def _opened(
    session: Session, email: str, name: str, lines: Sequence[dict[str, Any]], settings: Settings
) -> tuple[Actor, UUID]:
    account = await identity_queries.credentials(session, identity.email_key(email))
    if account is None:
        raise LookupError(email)
    actor = Actor(account_id=account[0])
    known = await imports_queries.sources(session, KIND, [name])
    if known:
        return actor, known[0].target_id
    skus = await pricing_queries.by_sku(session, [line["sku"] for line in lines])
    bought = [BuyLine(variant_id=skus[line["sku"]], quantity=line["quantity"]) for line in lines]
    checkout, _ = await checkouts.open_checkout(session, actor, CheckoutDraft(lines=bought), settings=settings)
    if checkout.shipping_options and checkout.shipping_option_id is None:
        raise Conflict("The demo's checkout has no way of shipping.")
    await imports.remember(session, KIND, [Known(name, 0, checkout.id, "", {})])
    return actor, checkout.id


async def _completed(
    database: Database, settings: Settings, providers: Providers, actor: Actor, checkout_id: UUID
) -> None:
    async with database.snapshot() as session:
        checkout = await checkouts.read(session, actor, checkout_id, settings=settings)
    if checkout.order is not None:
        return
    try:
        await flows.complete(
            database,
            providers,
            actor,
            checkout_id,
            Completion(payment=PAYMENT, expected_total=_total(checkout)),
            claim=claimed(settings, KIND, checkout_id),
            settings=settings,
        )
    except AlreadyCompleted:
        return


def _total(checkout: CheckoutView) -> int:
    return next(entry.amount for entry in checkout.totals if entry.type == "total")


def claimed(settings: Settings, kind: str, subject_id: UUID) -> Claim:
    """The same for the same subject, whichever process asks: one that was killed leaves no lease that the next must wait for."""
    key = settings.secret_key.get_secret_value() if settings.secret_key else keys.kept_secret(settings.home)
    scope = hashlib.sha256(f"{kind}\n{subject_id}".encode()).digest()
    return Claim(scope, scope, subject_id, Secret(key))
