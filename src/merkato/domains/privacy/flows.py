"""Exporting a person: read in one snapshot into a file, so that neither memory nor a connection is held while it is sent."""

from tempfile import SpooledTemporaryFile
from typing import Final
from uuid import UUID

from pydantic_core import to_json

from merkato.domains.identity.models import Actor
from merkato.domains.privacy import queries
from merkato.domains.privacy.access import EXPORTS
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.throttle import Throttle

IN_MEMORY_MAX: Final = 1_000_000
"""Bytes of an export that are kept in memory; a larger one goes to the disk."""
Written = SpooledTemporaryFile[bytes]


async def export(database: Database, actor: Actor, *, throttle: Throttle) -> Written:
    """All that is stored on the caller, as JSON, to be read from the beginning and closed. Raises NotAuthenticated, NotAllowed, TooMany."""
    if actor.account_id is None:
        raise actor.without_account()
    await throttle.spend(EXPORTS, str(actor.account_id))
    file = Written(IN_MEMORY_MAX)
    try:
        await _write(database, actor.account_id, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def _write(database: Database, account_id: UUID, file: Written) -> None:
    file.write(b'{"exported_at":' + to_json(clock.now()))
    async with database.snapshot() as session:
        for part in queries.PARTS:
            file.write(b',"' + part.name.encode() + b'":[')
            between = b""
            async for row in queries.rows_of(session, part, account_id):
                file.write(between + to_json(row))
                between = b","
            file.write(b"]")
    file.write(b"}\n")
