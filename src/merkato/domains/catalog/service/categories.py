"""The category tree."""

from collections import defaultdict
from typing import Final
from uuid import UUID

from merkato.domains.catalog import queries
from merkato.domains.catalog.errors import CategoryCycle
from merkato.domains.catalog.models import Category
from merkato.domains.catalog.queries import Place
from merkato.domains.catalog.schemas import CategoryChange, CategoryDraft, CategoryLink, CategoryView
from merkato.domains.catalog.service.naming import insert_with_slug
from merkato.domains.catalog.service.showing import refresh
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, NotFound

_FOLLOWED: Final = {"name", "slug", "parent_id"}


async def add_category(session: Session, draft: CategoryDraft) -> CategoryView:
    """A new category. Raises SlugTaken, and Invalid for an unknown parent."""
    await demand_category(session, draft.parent_id, "/parent_id")
    category_id, moment = ids.new(), clock.now()
    values = {"id": category_id, "parent_id": draft.parent_id, "name": draft.name}
    times = {"created_at": moment, "updated_at": moment}
    await insert_with_slug(session, "category", values | times, name=draft.name, slug=draft.slug)
    return await _described(session, category_id)


async def change_category(session: Session, category_id: UUID, change: CategoryChange) -> CategoryView:
    """Rename or move a category; everything below it follows. Raises NotFound, CategoryCycle, SlugTaken."""
    said = change.sent()
    await queries.lock_categories(session)
    category = await _present(session, category_id)
    before = {name: getattr(category, name) for name in _FOLLOWED}
    parent_id = said.get("parent_id")
    if parent_id is not None:
        lines = await queries.lineages(session, [parent_id])
        if not lines:
            await demand_category(session, parent_id, "/parent_id")
        if any(place.id == category_id for place in lines[parent_id]):
            raise CategoryCycle
    for name, value in said.items():
        setattr(category, name, value)
    await session.flush()
    if category.slug != before["slug"]:
        await queries.remember_slug(session, "category", before["slug"], category_id)
    if any(getattr(category, name) != value for name, value in before.items()):
        await refresh(session, await queries.products_below(session, category_id))
    return await _described(session, category_id)


async def remove_category(session: Session, category_id: UUID) -> None:
    """Delete an empty category. Raises NotFound; one that is not empty breaks a constraint that means CategoryInUse."""
    await session.delete(await _present(session, category_id))
    await session.flush()


def described(places: list[Place], reference: str) -> CategoryView | None:
    """The category of this id or slug, with its path and its children, out of the whole tree."""
    by_id = {place.id: place for place in places}
    key = ids.parsed(reference)
    place = next((each for each in places if each.slug == reference), None) if key is None else by_id.get(key)
    if place is None:
        return None
    path: list[CategoryLink] = []
    above = by_id.get(place.parent_id) if place.parent_id else None
    while above is not None:
        path.insert(0, CategoryLink.model_validate(above))
        above = by_id.get(above.parent_id) if above.parent_id else None
    children = [CategoryLink.model_validate(each) for each in places if each.parent_id == place.id]
    return CategoryView(
        id=place.id, name=place.name, slug=place.slug, parent_id=place.parent_id, path=path, children=children
    )


def forest(places: list[Place]) -> bytes:
    """The whole tree as JSON. Written without recursion, because it may be deeper than any stack."""
    below: dict[UUID | None, list[Place]] = defaultdict(list)
    for place in places:
        below[place.parent_id].append(place)
    pieces = ['{"data":[']
    waiting: list[Place | str] = ['],"next":null}', *_drawn(below[None])]
    while waiting:
        drawn = waiting.pop()
        if isinstance(drawn, str):
            pieces.append(drawn)
            continue
        parent = f'"{drawn.parent_id}"' if drawn.parent_id else "null"
        named = CategoryLink.model_validate(drawn).model_dump_json()
        pieces.append(f'{named[:-1]},"parent_id":{parent},"children":[')
        waiting += ["]}", *_drawn(below[drawn.id])]
    return "".join(pieces).encode()


def _drawn(siblings: list[Place]) -> list[Place | str]:
    """Siblings with commas between them, the last first, as they are taken from a stack."""
    drawn: list[Place | str] = []
    for place in reversed(siblings):
        drawn += [",", place] if drawn else [place]
    return drawn


async def demand_category(session: Session, category_id: UUID | None, pointer: str) -> None:
    """Raises Invalid, naming the field, for a category that is not there."""
    if category_id is not None and not await queries.category_exists(session, category_id):
        raise Invalid.field(pointer, "unknown", "there is no such category")


async def _present(session: Session, category_id: UUID) -> Category:
    category = await queries.category(session, category_id)
    if category is None:
        raise NotFound
    return category


async def _described(session: Session, category_id: UUID) -> CategoryView:
    view = described(await queries.tree(session), str(category_id))
    assert view is not None  # noqa: S101 - it was written a moment ago.
    return view
