"""Slugs and SKUs that are made where none is said, and slugs that are given up."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from merkato.domains.catalog import queries
from merkato.domains.catalog.errors import SkuTaken, SlugTaken
from merkato.domains.catalog.queries import Kind
from merkato.domains.catalog.schemas import usable
from merkato.kit import ids, slugs
from merkato.kit.database import Session

_TRIES: Final = 200
_SKU_MAX: Final = 100


async def insert_with_slug(
    session: Session, kind: Kind, values: Mapping[str, Any], *, name: str, slug: str | None
) -> None:
    """Write the row under the slug that was said, or under the first free one of its name. Raises SlugTaken."""
    first = slug or slugs.slug(name, kind)
    if usable(first) and await queries.insert_if_slug_is_free(session, kind, {**values, "slug": first}):
        return
    if slug is not None:
        raise SlugTaken
    candidates = [slugs.numbered(first, number) for number in range(2, _TRIES)]
    taken = await queries.taken_slugs(session, kind, candidates)
    # Behind the friendly ones stands one that nobody can have taken.
    free = [candidate for candidate in candidates if candidate not in taken][:5]
    free.append(f"{first[:80]}-{_unique()}")
    for candidate in free:
        if await queries.insert_if_slug_is_free(session, kind, {**values, "slug": candidate}):
            return
    raise SlugTaken


async def insert_with_sku(session: Session, values: Mapping[str, Any], *, slug: str, sku: str | None) -> None:
    """Write the variant under the SKU that was said, or under one made of the product's slug and the option values."""
    first = sku or _made_sku(slug, values["options"])
    if await queries.insert_variant_if_sku_is_free(session, {**values, "sku": first}):
        return
    if sku is not None:
        raise SkuTaken
    candidates = [f"{first}-{number}" for number in range(2, _TRIES)]
    taken = await queries.taken_skus(session, candidates)
    free = [candidate for candidate in candidates if candidate not in taken][:5]
    free.append(f"{first}-{_unique().upper()}")
    for candidate in free:
        if await queries.insert_variant_if_sku_is_free(session, {**values, "sku": candidate}):
            return
    raise SkuTaken


async def free_skus(session: Session, wanted: Sequence[tuple[str, Mapping[str, str], str | None]]) -> Iterator[str]:
    """A SKU for each new variant, of which the product's slug, the option values and perhaps a SKU are said."""
    said = [sku for _, _, sku in wanted if sku is not None]
    firsts = [_made_sku(slug, options) for slug, options, sku in wanted if sku is None]
    taken = {*said, *(await queries.taken_skus(session, firsts) if firsts else ())}
    made: list[str] = []
    for first in firsts:
        made.append(first if first not in taken else f"{first}-{_unique().upper()}")
        taken.add(made[-1])
    following = iter(made)
    return iter([next(following) if sku is None else sku for _, _, sku in wanted])


def _made_sku(slug: str, options: Mapping[str, str]) -> str:
    parts = (part for text in [slug, *options.values()] for part in slugs.slug(text, "").split("-"))
    kept = "-".join(ascii_part for part in parts if (ascii_part := part.encode("ascii", "ignore").decode()))
    return kept.upper()[:_SKU_MAX].strip("-") or f"SKU-{_unique().upper()}"


def _unique() -> str:
    return ids.new().hex[-12:]
