"""What happens to accounts, profiles and sessions, inside the caller's transaction."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.identity import queries
from merkato.domains.identity.errors import EmailTaken, HandleTaken, LastAdmin
from merkato.domains.identity.events import AccountDeleted, AccountRegistered
from merkato.domains.identity.models import Account, AccountSession, Actor, Profile, RefreshToken, Role, granted
from merkato.domains.identity.schemas import AccountChange, AccountDraft, MeChange, ProfileChange, ProfileDraft
from merkato.kit import clock, ids, passwords, slugs
from merkato.kit.database import Session
from merkato.kit.errors import NotAuthenticated, NotFound
from merkato.kit.events import publish
from merkato.kit.security import token_hash

SIBLING: Final = timedelta(seconds=30)
"""How long the refresh token before the present one still answers, for two tabs that refresh at once."""
HANDLE_TRIES: Final = 50


async def register(session: Session, draft: AccountDraft, *, roles: tuple[Role, ...] = (Role.CUSTOMER,)) -> Account:
    """A new account with its public profile. Raises EmailTaken, HandleTaken."""
    account_id, moment = ids.new(), clock.now()
    written = await queries.insert_account(
        session,
        {
            "id": account_id,
            "email": draft.email,
            "email_key": email_key(draft.email),
            "password_hash": await passwords.hashed(draft.password.get_secret_value()),
            "name": draft.name,
            "roles": [role.value for role in roles],
            "active": True,
            "created_at": moment,
            "updated_at": moment,
        },
    )
    if not written:
        raise EmailTaken
    profile = {"account_id": account_id, "name": draft.name, "created_at": moment, "updated_at": moment}
    for handle in _handles(draft):
        if await queries.insert_profile(session, profile | {"handle": handle}):
            break
    else:
        raise HandleTaken
    await publish(session, AccountRegistered(account_id=account_id))
    return await own_account(session, account_id)


def _handles(draft: AccountDraft) -> list[str]:
    if draft.handle is not None:
        return [draft.handle]
    base = slugs.slug(draft.name, "someone")
    base = base[:34] if base.isascii() and len(base) > 1 else "someone"
    # Behind the friendly ones stands one that nobody can have taken.
    return [*(slugs.numbered(base, number) for number in range(1, HANDLE_TRIES)), f"{base[:20]}-{ids.new().hex[-12:]}"]


def email_key(email: str) -> str:
    """What makes two spellings of an address the same."""
    return email.casefold()


async def own_account(session: Session, account_id: UUID) -> Account:
    """Raises NotFound."""
    account = await queries.account(session, account_id)
    if account is None:
        raise NotFound
    return account


async def change_me(session: Session, actor: Actor, change: MeChange) -> Account:
    account = await queries.account(session, actor.id, lock=True)
    if account is None:
        raise NotAuthenticated
    for name, value in change.sent().items():
        setattr(account, name, value)
    await session.flush()
    return account


async def change_account(session: Session, account_id: UUID, change: AccountChange) -> Account:
    """Roles, scopes and whether somebody may sign in. Raises NotFound, LastAdmin. Acts at once: tokens are checked against this."""
    admins = await queries.lock_admins(session)
    account = await queries.account(session, account_id, lock=True)
    if account is None:
        raise NotFound
    for name, value in change.sent().items():
        setattr(account, name, [role.value for role in value] if name == "roles" else value)
    if not account.active:
        await queries.revoke_sessions(session, account_id, clock.now())
    _keep_an_admin(admins, account)
    await session.flush()
    return account


async def delete_me(session: Session, actor: Actor) -> None:
    """End an account and remove what says whose it was; what it ordered stays in the orders."""
    admins = await queries.lock_admins(session)
    account = await queries.account(session, actor.id, lock=True)
    if account is None:
        raise NotAuthenticated
    moment = clock.now()
    account.email = account.email_key = f"{account.id}@deleted.invalid"
    account.password_hash, account.name = "deleted", "Deleted"
    account.active, account.deleted_at = False, moment
    account.profile.handle, account.profile.name = f"deleted-{account.id.hex}", "Deleted"
    account.profile.bio = account.profile.image = account.profile.location = None
    _keep_an_admin(admins, account)
    await queries.revoke_sessions(session, account.id, moment)
    await publish(session, AccountDeleted(account_id=account.id))


def _keep_an_admin(admins: list[UUID], changed: Account) -> None:
    still = changed.active and Role.ADMIN in changed.roles
    if admins == [changed.id] and not still:
        raise LastAdmin


async def own_profile(session: Session, actor: Actor) -> Profile:
    profile = await queries.own_profile(session, actor.id)
    if profile is None:
        raise NotAuthenticated
    return profile


async def write_profile(session: Session, actor: Actor, said: ProfileDraft | ProfileChange) -> Profile:
    """A draft replaces the whole profile, a change what it names. Raises HandleTaken."""
    profile = await own_profile(session, actor)
    values = said.model_dump() if isinstance(said, ProfileDraft) else said.sent()
    for name, value in values.items():
        setattr(profile, name, value)
    await session.flush()
    return profile


async def profile_of(session: Session, handle: str) -> Profile:
    """Raises NotFound."""
    profile = await queries.profile(session, handle)
    if profile is None:
        raise NotFound
    return profile


async def open_session(session: Session, account_id: UUID, *, lifetime: int) -> tuple[Actor, str]:
    """A new log-in: who it is, and its first refresh token. `lifetime` in seconds."""
    moment = clock.now()
    opened = AccountSession(id=ids.new(), account_id=account_id, expires_at=moment + timedelta(seconds=lifetime))
    session.add(opened)
    await session.flush()
    token = _issue(session, opened.id, parent_id=None)
    account = await own_account(session, account_id)
    return Actor(account_id, opened.id, granted(account.roles, account.scopes)), token


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
    family.expires_at = moment + timedelta(seconds=lifetime)
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


async def lock(session: Session, account_id: UUID) -> None:
    """Let only one transaction at a time do something that is counted per account."""
    await queries.lock_account(session, account_id)
