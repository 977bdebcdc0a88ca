"""The pictures of the demo's products: drawn in processes of their own, kept as files, and hung up in a few transactions."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from merkato.domains.catalog import queries as catalog_queries
from merkato.domains.catalog import service as catalog
from merkato.domains.catalog.schemas import MediaDraft
from merkato.domains.imports import queries as imports_queries
from merkato.kit import slugs
from merkato.kit.database import Database, Session
from merkato.transfer.demo.pictures import motif_of
from merkato.transfer.shopify.reader import opened

AT_ONCE: Final = 40
PROCESSES: Final = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture of a product, where it can be had."""

    slug: str
    title: str
    url: str


async def drawn(catalogue: Path, home: Path) -> list[Picture]:
    """A picture for every product of the catalogue. The same ones every time, so that a second run finds the first's files."""
    with opened(catalogue) as file:
        lines = [record.lines[0] for record in file]
    wanted = [
        (line.get("Handle"), motif_of(line.get("Handle"), line.get("Product Category"), line.get("Title")))
        for line in lines
    ]
    shares = [wanted[start::PROCESSES] for start in range(PROCESSES)]
    names: dict[str, str] = {}
    for drawn_here in await asyncio.gather(*(_drawn(share, home / "media") for share in shares)):
        names |= drawn_here
    return [
        Picture(slugs.slug(line.get("Handle")), line.get("Title"), f"/media/{names[line.get('Handle')]}")
        for line in lines
    ]


async def _drawn(wanted: Sequence[tuple[str, str]], folder: Path) -> dict[str, str]:
    """The files' names by handle, from a process of its own."""
    program = [sys.executable, "-m", "merkato.transfer.demo.drawing", str(folder)]
    process = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE)
    try:
        asked = "".join(json.dumps(each) + "\n" for each in wanted)
        answered, _ = await process.communicate(asked.encode())
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"drawing ended with {process.returncode}")
    return dict(json.loads(line) for line in answered.splitlines())


async def hang(database: Database, pictures: Sequence[Picture]) -> None:
    """Give each product that has no picture its own."""
    for start in range(0, len(pictures), AT_ONCE):
        await database.run(_hang, pictures[start : start + AT_ONCE])


async def _hang(session: Session, pictures: Sequence[Picture]) -> None:
    living = await imports_queries.living(session, [picture.slug for picture in pictures], [])
    shown = {row.product_id for row in await catalog_queries.shown_media(session, living)}
    bare: dict[str, UUID] = {slug: product_id for product_id, slug in living.items() if product_id not in shown}
    for picture in pictures:
        if picture.slug in bare:
            product = await catalog.edited(session, bare[picture.slug])
            draft = MediaDraft(url=picture.url, alt=picture.title)
            await catalog.add_media(session, product, draft, shown=False)
    await catalog.refresh(session, list(bare.values()))
