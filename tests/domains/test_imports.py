"""Import runs: they go on where they stopped, and two at once do not do everything twice."""

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from merkato.domains.imports import queries, service
from merkato.domains.imports.errors import ImportUnderWay
from merkato.domains.imports.models import Fault, Known, Run, Step, Tally
from merkato.kit import ids
from merkato.kit.database import Database

DIGEST = "0" * 64


async def begun(database: Database, digest: str = DIGEST) -> Run:
    async with database.transaction() as session:
        return await service.begin(session, "shopify", "products.csv", digest)


async def advanced(database: Database, run: Run, position: int, step: Step) -> None:
    async with database.transaction() as session:
        await service.advance(session, run.id, position, step)


async def test_the_same_file_goes_on_where_it_stopped(database: Database) -> None:
    first = await begun(database)
    await advanced(database, first, 0, Step(Tally(created=40, failed=2, skipped=1)))
    again = await begun(database)
    assert (again.id, again.position) == (first.id, 43)
    assert again.tally == Tally(created=40, failed=2, skipped=1)
    assert (await begun(database, "1" * 64)).position == 0


async def test_a_finished_file_begins_anew(database: Database) -> None:
    first = await begun(database)
    await advanced(database, first, 0, Step(Tally(created=1)))
    async with database.transaction() as session:
        assert await service.finish(session, first.id) == Tally(created=1)
    async with database.reading() as session:
        assert await queries.is_finished(session, "shopify", DIGEST)
    again = await begun(database)
    assert (again.id != first.id, again.position) == (True, 0)


async def test_two_processes_at_one_file_do_not_count_a_batch_twice(database: Database) -> None:
    run = await begun(database)
    steps = [advanced(database, run, 0, Step(Tally(created=50))) for _ in range(5)]
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [ImportUnderWay] * 4
    assert (await begun(database)).position == 50


async def test_two_beginnings_at_once_are_one_run(database: Database) -> None:
    runs = await asyncio.gather(*(begun(database) for _ in range(5)))
    assert len({run.id for run in runs}) == 1


async def test_refused_lines_are_kept_with_the_run_in_their_order(database: Database) -> None:
    run = await begun(database)
    faults = [Fault(9, "mug", "Variant Price", "is empty"), Fault(7, "cup\x00", "Title", "x" * 2_000)]
    await advanced(database, run, 0, Step(Tally(failed=2), faults))
    async with database.reading() as session:
        kept = await service.refused(session, run.id)
    assert kept[0] == faults[0]
    assert (kept[1].line, kept[1].handle, len(kept[1].reason)) == (7, "cup\N{REPLACEMENT CHARACTER}", 1_000)


async def test_the_figures_of_a_run_add_up_in_the_table(database: Database) -> None:
    with pytest.raises(IntegrityError, match="adds_up"):
        async with database.transaction() as session:
            session.add(Run(id=ids.new(), kind="shopify", file_name="x", digest=DIGEST, position=3, created=2))


async def test_what_was_said_last_replaces_what_was_said_before(database: Database) -> None:
    product = ids.new()
    for digest, quantity in (("a", 3), ("b", 5)):
        async with database.transaction() as session:
            said = Known("mug", 0, product, digest, {str(product): quantity})
            await service.remember(session, "shopify", [said])
    async with database.snapshot() as session:
        [source] = await queries.sources(session, "shopify", ["mug", "cup"])
        assert await queries.handles_of(session, "shopify", [product]) == {product: "mug"}
    assert source == Known("mug", 0, product, "b", {str(product): 5})
