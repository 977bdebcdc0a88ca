"""What happens to sessions and their refresh tokens."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.identity import queries
from merkato.domains.identity.models import AccountSession, Actor, Method, RefreshToken
from merkato.domains.identity.schemas import SessionView
from merkato.domains.identity.service.accounts import own_account
from merkato.domains.identity.service.roles import granted_to
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import NotFound
from merkato.kit.paging import Paging
from merkato.kit.security import token_hash

SIBLING: Final = timedelta(seconds=30)
"""How long the refresh token before the present one still answers, for two tabs that refresh at once."""


async def open_session(
    session: Session, account_id: UUID, *, lifetime: int, user_agent: str = "", method: Method = Method.PASSWORD
) -> tuple[Actor, str]:
    """A new log-in: who it is, and its first refresh token. `lifetime` in seconds, `user_agent` what the program says that it is."""
    moment = clock.now()
    opened = AccountSession(
        id=ids.new(),
        account_id=account_id,
        created_at=moment,
        last_used_at=moment,
        expires_at=moment + timedelta(seconds=lifetime),
        user_agent=user_agent or None,
        method=method.value,
    )
    session.add(opened)
    await session.flush()
    token = _issue(session, opened.id, parent_id=None)
    account = await own_account(session, account_id)
    return Actor(account_id, opened.id, await granted_to(session, account)), token


async def exchange(session: Session, token: str, *, lifetime: int) -> tuple[AccountSession, str] | None:
    """A refresh token for the next one; None for a token that is no good.

    A token that was exchanged before gives a sibling within 30 s, if its successors are unused; any other reuse ends the whole session,
    because either its owner or a thief holds an old token. The caller commits and then refuses.
    """
    moment = clock.now()
    found = await queries.refresh_token(session, token_hash(token))
    if found is None:
        return None
    presented, family = found
    if family.revoked_at is not None or family.expires_at <= moment:
        return None
    if not await queries.account_is_active(session, family.account_id):
        return None
    if presented.replaced_at is not None:
        late = moment - presented.replaced_at > SIBLING
        if late or await queries.has_used_successor(session, presented.id):
            family.revoked_at = moment
            return None
    else:
        presented.replaced_at = moment
    family.last_used_at, family.expires_at = moment, moment + timedelta(seconds=lifetime)
    return family, _issue(session, family.id, parent_id=presented.id)


def _issue(session: Session, session_id: UUID, *, parent_id: UUID | None) -> str:
    token = ids.token()
    session.add(RefreshToken(session_id=session_id, parent_id=parent_id, hash=token_hash(token)))
    return token


async def revoke(session: Session, token: str, *, session_id: UUID | None) -> None:
    """End the session of a refresh token, or the named one of an access token; unknown ones are passed over (RFC 7009)."""
    if session_id is None:
        found = await queries.refresh_token(session, token_hash(token))
        session_id = found[1].id if found else None
    if session_id is not None:
        await queries.revoke_session(session, session_id, clock.now())


async def own_sessions(session: Session, actor: Actor, paging: Paging) -> tuple[list[SessionView], str | None]:
    """The caller's sessions that last, newest first, and the cursor of the next page."""
    found, cursor = await queries.sessions(session, actor.id, clock.now(), paging)
    views = [
        SessionView(
            id=each.id,
            current=each.id == actor.session_id,
            created_at=each.created_at,
            last_used_at=each.last_used_at,
            user_agent=each.user_agent,
            method=Method(each.method).value,
        )
        for each in found
    ]
    return views, cursor


async def end_session(session: Session, actor: Actor, session_id: UUID) -> None:
    """End one of the caller's sessions, also the one that asks; its access tokens are refused from now on. Raises NotFound."""
    if not await queries.end_session(session, actor.id, session_id, clock.now()):
        raise NotFound
