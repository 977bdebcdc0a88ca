"""Signed words that are good once, for five minutes. Nothing is stored of one before it is used, so that just anybody may ask for some."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.identity import queries
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.security import Secret

LIFETIME: Final = timedelta(minutes=5)
KEPT: Final = timedelta(hours=1)
"""How long it is remembered which were used: longer than any clock is wrong by."""
_ID_BYTES: Final = 16
_HEAD_BYTES: Final = _ID_BYTES + 8


def issue(secret: Secret, purpose: str, bound: bytes = b"") -> bytes:
    """A word for this purpose, `bound` to what has to be the same when it comes back."""
    end = int((clock.now() + LIFETIME).timestamp())
    head = ids.new().bytes + end.to_bytes(_HEAD_BYTES - _ID_BYTES, "big")
    return head + secret.sign(purpose, head + bound)


def known(secret: Secret, purpose: str, word: bytes, bound: bytes = b"") -> UUID | None:
    """The id of a word of ours that has not expired, whether it was used or not; None for any other."""
    head, signature = word[:_HEAD_BYTES], word[_HEAD_BYTES:]
    if not secret.signed(purpose, head + bound, signature):
        return None
    expired = int.from_bytes(head[_ID_BYTES:], "big") <= clock.now().timestamp()
    return None if expired else UUID(bytes=head[:_ID_BYTES])


async def spend(session: Session, word_id: UUID) -> bool:
    """Whether it is used for the first time."""
    return await queries.insert_spent(session, word_id, clock.now())


async def forget_spent(session: Session) -> None:
    """Forget the words that are refused for their age anyway."""
    await queries.delete_spent_before(session, clock.now() - KEPT)
