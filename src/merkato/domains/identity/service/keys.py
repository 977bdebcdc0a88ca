"""What happens to API keys."""

from typing import Final

from merkato.domains.identity import queries
from merkato.domains.identity.errors import ScopesExceeded, TooManyApiKeys
from merkato.domains.identity.models import Actor, ApiKey
from merkato.domains.identity.schemas import ApiKeyDraft
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import Invalid
from merkato.kit.security import token_hash

MARK: Final = "mk_"
"""How every key begins, so that it is told from an access token, and found where it was left by accident."""
API_KEYS_MAX: Final = 50
_PREFIX: Final = len(MARK) + 8


async def make_key(session: Session, maker: Actor, draft: ApiKeyDraft) -> tuple[ApiKey, str]:
    """A new key and its secret. Raises ScopesExceeded, TooManyApiKeys, Invalid for an end that is over."""
    if draft.expires_at is not None and draft.expires_at <= clock.now():
        raise Invalid.field("/expires_at", "past", "must be in the future")
    refuse_more(maker, frozenset(draft.scopes))
    await queries.lock_account(session, maker.id)
    if await queries.count_keys(session, maker.id) >= API_KEYS_MAX:
        raise TooManyApiKeys
    secret = MARK + ids.token()
    key = ApiKey(
        account_id=maker.id,
        name=draft.name,
        prefix=secret[:_PREFIX],
        hash=token_hash(secret),
        scopes=sorted(set(draft.scopes)),
        expires_at=draft.expires_at,
    )
    session.add(key)
    await session.flush()
    return key, secret


async def remove_key(session: Session, key: ApiKey) -> None:
    """From now on nobody gets in by it."""
    await session.delete(key)
    await session.flush()


def refuse_more(giver: Actor, given: frozenset[str]) -> None:
    """Nobody gives what they do not have. Raises ScopesExceeded."""
    missing = sorted(given - giver.scopes)
    if missing:
        raise ScopesExceeded("You do not have " + ", ".join(missing) + ".")
