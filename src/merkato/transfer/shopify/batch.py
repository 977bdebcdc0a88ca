"""A batch of products, brought into the catalogue in one transaction; one that cannot go in leaves the others alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError

from merkato.domains.catalog import queries as catalog_queries
from merkato.domains.catalog import service as catalog
from merkato.domains.catalog.schemas import CategoryDraft
from merkato.domains.imports import queries, service
from merkato.domains.imports.models import Fault, Known, Step, Tally
from merkato.domains.inventory import queries as inventory_queries
from merkato.domains.pricing import service as pricing
from merkato.kit.database import Session, problem_of
from merkato.kit.errors import Problem
from merkato.transfer.shopify import upsert
from merkato.transfer.shopify.columns import Columns
from merkato.transfer.shopify.drafts import Place, Refused
from merkato.transfer.shopify.meaning import ProductSaid

KIND: Final = "shopify"

_REFUSALS: Final = (Refused, Problem, IntegrityError, DataError)


@dataclass(slots=True)
class Item:
    """One record of the file on its way: what it says, how often its handle came before, and why it cannot go in, if so."""

    said: ProductSaid
    part: int
    faults: list[Fault] = field(default_factory=list)
    skipped: bool = False


@dataclass(slots=True)
class _Batch:
    """A batch under way, with what is known of its products; `present` is the product that each handle means."""

    session: Session
    columns: Columns
    currency: str
    known: dict[tuple[str, int], Known]
    present: dict[str, UUID]
    categories: dict[tuple[str, ...], UUID]
    step: Step = field(default_factory=Step)
    changed: set[UUID] = field(default_factory=set)

    def place(self, item: Item) -> Place:
        before = self.known.get((item.said.handle, item.part))
        category_id = self.categories.get(item.said.category)
        return Place(self.columns, self.currency, category_id, before.quantities if before else {})

    def is_known(self, item: Item) -> bool:
        """The file said the same the last time, and its product is still there."""
        before = self.known.get((item.said.handle, item.part))
        product_id = self.present.get(item.said.handle)
        return before is not None and before.target_id == product_id and before.digest == self.digest(item)

    def digest(self, item: Item) -> str:
        return item.said.digest(self.currency)

    def refuse(self, item: Item, error: Exception) -> None:
        self.step.faults += error.faults if isinstance(error, Refused) else [_fault(item, error)]
        self.step.tally.failed += 1


async def bring_in(
    session: Session, items: Sequence[Item], columns: Columns, currency: str, *, dry_run: bool = False
) -> Step:
    """Create and change what the items say. Each is all or nothing.

    A dry run rolls back each batch: what a later part of a product adds to was there a moment ago.
    """
    batch = await _begun(session, [item for item in items if not item.faults], columns, currency)
    new: list[Item] = []
    others: list[Item] = []
    for item in items:
        if item.faults:
            batch.step.faults += item.faults
            batch.step.tally.add(Tally(skipped=1) if item.skipped else Tally(failed=1))
        elif batch.is_known(item):
            batch.step.tally.unchanged += 1
        elif item.said.handle in batch.present or item.part or item.said.title is None:
            others.append(item)
        else:
            new.append(item)
    if not await _all_new(batch, new):
        others = sorted(new + others, key=lambda item: item.said.line)
    for item in others:
        if dry_run and item.part and item.said.handle not in batch.present:
            batch.step.tally.updated += 1
        else:
            await _one(batch, item)
    if batch.changed:
        await pricing.show(session, batch.changed, currency=currency)
    batch.step.faults.sort(key=lambda fault: fault.line)
    return batch.step


async def _begun(session: Session, items: Sequence[Item], columns: Columns, currency: str) -> _Batch:
    known = {
        (each.handle, each.part): each
        for each in await queries.sources(session, KIND, {item.said.handle for item in items})
    }
    present = await _present(session, items, known)
    batch = _Batch(session, columns, currency, known, present, {})
    unknown = [item for item in items if not item.faults and not batch.is_known(item)]
    batch.categories = await _categories(session, [item.said for item in unknown if item.said.category])
    touched = {batch.present[item.said.handle] for item in unknown if item.said.handle in batch.present}
    if touched:
        # Whoever buys locks stock before products; so does this.
        variants = await catalog_queries.shown_variants(session, touched)
        await inventory_queries.lock_stock(session, [variant.id for variant in variants])
    return batch


async def _all_new(batch: _Batch, items: Sequence[Item]) -> bool:
    """Write new products in few statements. False, and nothing is done, if one of them cannot go in."""
    if not items:
        return True
    try:
        products = [upsert.whole(item.said, batch.place(item)) for item in items]
        async with batch.session.begin_nested():
            await pricing.add_products(
                batch.session, [product for product, _ in products], currency=batch.currency, reason=upsert.REASON
            )
            said = [
                Known(item.said.handle, item.part, product.id, batch.digest(item), quantities)
                for item, (product, quantities) in zip(items, products, strict=True)
            ]
            await service.remember(batch.session, KIND, said)
    except _REFUSALS:
        # Which one it is shows when they come one by one.
        return False
    batch.present |= {each.handle: each.target_id for each in said}
    batch.step.tally.created += len(items)
    return True


async def _one(batch: _Batch, item: Item) -> None:
    """One product on its own, so that its faults are its own."""
    handle, place = item.said.handle, batch.place(item)
    product_id = batch.present.get(handle)
    try:
        async with batch.session.begin_nested():
            if product_id is None:
                done, quantities = await upsert.add(batch.session, item.said, place)
            else:
                done, quantities = product_id, await upsert.change(batch.session, product_id, item.said, place)
            quantities = {**place.quantities, **quantities}
            said = Known(handle, item.part, done, batch.digest(item), quantities)
            await service.remember(batch.session, KIND, [said])
    except _REFUSALS as error:
        batch.refuse(item, error)
    else:
        batch.present[handle] = done
        batch.changed.add(done)
        batch.step.tally.add(Tally(created=1) if product_id is None else Tally(updated=1))


async def _present(session: Session, items: Sequence[Item], known: Mapping[tuple[str, int], Known]) -> dict[str, UUID]:
    """Which product each handle means: the one that it made, also if its slug was changed since, else the one with its slug."""
    made = {each.handle: each.target_id for each in known.values()}
    living = await queries.living(session, {item.said.slug for item in items}, set(made.values()))
    by_slug = {slug: product_id for product_id, slug in living.items()}
    owners = await queries.handles_of(session, KIND, living)
    present: dict[str, UUID] = {}
    for item in items:
        handle = item.said.handle
        product_id = made.get(handle)
        if product_id not in living:
            product_id = by_slug.get(item.said.slug)
        if product_id is None:
            continue
        if owners.get(product_id, handle) != handle:
            reason = f"leads to the same address as {owners[product_id]!r}"
            item.faults.append(Fault(item.said.line, handle, "Handle", reason))
        else:
            present[handle] = product_id
    return present


async def _categories(session: Session, products: Sequence[ProductSaid]) -> dict[tuple[str, ...], UUID]:
    """The category at the end of each path; what is missing of a path is made."""
    if not products:
        return {}
    below = {(place.parent_id, place.name.casefold()): place.id for place in await catalog_queries.tree(session)}
    found: dict[tuple[str, ...], UUID] = {}
    for path in dict.fromkeys(product.category for product in products):
        parent: UUID | None = None
        for name in path:
            at = parent, name.casefold()
            if at not in below:
                made = await catalog.add_category(session, CategoryDraft(name=name, parent_id=parent))
                below[at] = made.id
            parent = below[at]
        if parent is not None:
            found[path] = parent
    return found


def _fault(item: Item, error: Exception) -> Fault:
    """What the catalogue refused as a whole."""
    problem = error if isinstance(error, Problem) else problem_of(error)
    reason = problem.detail if problem else "holds something that cannot be stored"
    return Fault(item.said.line, item.said.handle, "Handle", reason)
