"""What happens to accounts and their profiles."""

from typing import Final
from uuid import UUID

from merkato.domains.identity import queries
from merkato.domains.identity.errors import EmailTaken, HandleTaken, LastAdmin, WeakPassword, WrongPassword
from merkato.domains.identity.events import AccountDeleted, AccountRegistered
from merkato.domains.identity.models import Account, Actor, Profile, Purpose, Role, email_key
from merkato.domains.identity.schemas import AccountChange, AccountDraft, MeChange, ProfileChange, ProfileDraft
from merkato.domains.identity.service.confirming import issue_verification
from merkato.domains.identity.service.keys import refuse_more
from merkato.domains.identity.service.roles import granted_to, keep_roles
from merkato.kit import clock, guessing, ids, passwords, slugs
from merkato.kit.database import Session
from merkato.kit.errors import NotAuthenticated, NotFound
from merkato.kit.events import publish

HANDLE_TRIES: Final = 50


async def register(
    session: Session,
    draft: AccountDraft,
    *,
    roles: tuple[Role, ...] = (Role.CUSTOMER,),
    verified: bool = False,
    shop: str = "",
    password_hash: str | None = None,
) -> Account:
    """A new account with its public profile, whose address is asked to be confirmed unless it is `verified`.

    `shop` is the shop's name, which is no password. A `password_hash` that was made before is not made again.
    Raises WeakPassword, EmailTaken, HandleTaken.
    """
    refuse_guessable(draft.password.get_secret_value(), draft.email, shop)
    account_id = ids.new()
    made = await enter(
        session,
        account_id,
        email=draft.email,
        name=draft.name,
        handles=[draft.handle] if draft.handle is not None else handles_of(draft.name),
        password_hash=password_hash or await passwords.hashed(draft.password.get_secret_value()),
        roles=roles,
        verified=verified,
    )
    if not made:
        raise EmailTaken
    if not verified:
        await issue_verification(session, account_id, email_key(draft.email))
    return await own_account(session, account_id)


async def enter(  # noqa: PLR0913 - what an account consists of.
    session: Session,
    account_id: UUID,
    *,
    email: str,
    name: str,
    handles: list[str],
    password_hash: str,
    roles: tuple[Role, ...],
    verified: bool,
) -> bool:
    """Write a new account, with its profile under the first handle that is free: whether its address was. Raises HandleTaken."""
    moment = clock.now()
    written = await queries.insert_account(
        session,
        {
            "id": account_id,
            "email": email,
            "email_key": email_key(email),
            "password_hash": password_hash,
            "name": name,
            "roles": [role.value for role in roles],
            "active": True,
            "email_verified_at": moment if verified else None,
            "created_at": moment,
            "updated_at": moment,
        },
    )
    if not written:
        return False
    profile = {"account_id": account_id, "name": name, "created_at": moment, "updated_at": moment}
    for handle in handles:
        if await queries.insert_profile(session, profile | {"handle": handle}):
            break
    else:
        raise HandleTaken
    await publish(session, AccountRegistered(account_id=account_id))
    return True


def handles_of(name: str) -> list[str]:
    """Handles that go with a name, the friendliest first."""
    base = slugs.slug(name, "someone")
    base = base[:34] if base.isascii() and len(base) > 1 else "someone"
    # Behind the friendly ones stands one that nobody can have taken.
    return [*(slugs.numbered(base, number) for number in range(1, HANDLE_TRIES)), f"{base[:20]}-{ids.new().hex[-12:]}"]


async def own_account(session: Session, account_id: UUID) -> Account:
    """Raises NotFound."""
    account = await queries.account(session, account_id)
    if account is None:
        raise NotFound
    return account


async def find_account(session: Session, email: str) -> UUID:
    """Whose address this is. Raises NotFound."""
    found = await queries.credentials(session, email_key(email))
    if found is None:
        raise NotFound
    account_id: UUID = found.id
    return account_id


def refuse_guessable(password: str, email: str, shop: str) -> None:
    """Raises WeakPassword for what guessing begins with: common passwords, the account's own address, the shop's name."""
    if guessing.guessable(password, email, email.partition("@")[0], shop):
        raise WeakPassword.field("/password", WeakPassword.code, "is among the first that would be guessed")


async def change_me(session: Session, actor: Actor, change: MeChange) -> Account:
    """What needs no proof: the name."""
    account = await queries.account(session, actor.id, lock=True)
    if account is None:
        raise NotAuthenticated
    if "name" in change.model_fields_set:
        account.name = change.name
    await session.flush()
    return account


async def change_password(session: Session, actor: Actor, *, proven_hash: str, password_hash: str) -> None:
    """Set a new password, and end every other session and all mail that could set one.

    `proven_hash` is that of the password which the caller has said. Raises WrongPassword when it is another by now. Safe to repeat with
    the same new hash: it may have happened although its answer was lost.
    """
    account = await queries.account(session, actor.id, lock=True)
    if account is None:
        raise NotAuthenticated
    if account.password_hash == password_hash:
        return
    if account.password_hash != proven_hash:
        raise WrongPassword("/current_password")
    moment = clock.now()
    account.password_hash = password_hash
    await queries.revoke_sessions(session, account.id, moment, besides=actor.session_id)
    for purpose in (Purpose.RESET, Purpose.CHANGE):
        await queries.end_challenges(session, account.id, purpose, moment)


async def change_account(session: Session, giver: Actor, account_id: UUID, change: AccountChange) -> Account:
    """Roles, scopes and whether somebody may sign in. Acts at once: tokens are checked against this.

    Raises NotFound, LastAdmin, ScopesExceeded, Invalid for a role that is not there.
    """
    admins = await queries.lock_admins(session)
    account = await queries.account(session, account_id, lock=True)
    if account is None:
        raise NotFound
    said = change.sent()
    await keep_roles(session, said.get("roles", []))
    before = await granted_to(session, account) if account.active else frozenset()
    for name, value in said.items():
        setattr(account, name, value)
    refuse_more(giver, (await granted_to(session, account) if account.active else frozenset()) - before)
    if not account.active:
        await queries.revoke_sessions(session, account_id, clock.now())
    _keep_an_admin(admins, account)
    await session.flush()
    return account


async def erase(session: Session, account_id: UUID) -> None:
    """End an account and remove what says whose it was; its row stays, for what refers to it. Raises NotFound, LastAdmin."""
    admins = await queries.lock_admins(session)
    account = await queries.account(session, account_id, lock=True)
    if account is None:
        raise NotFound
    await queries.delete_challenges_of(session, account.id, account.email_key)
    account.email = account.email_key = f"{account.id}@deleted.invalid"
    account.password_hash, account.name = passwords.LOCKED, "Deleted"
    account.active, account.deleted_at, account.email_verified_at = False, clock.now(), None
    account.profile.handle, account.profile.name = f"deleted-{account.id.hex}", "Deleted"
    account.profile.bio = account.profile.image = account.profile.location = None
    _keep_an_admin(admins, account)
    await session.flush()
    await forget_signs(session, account.id)
    await publish(session, AccountDeleted(account_id=account.id))


async def forget_signs(session: Session, account_id: UUID) -> None:
    """Delete everything by which an account is signed in: sessions, keys, tokens of mails, second factors, identities elsewhere."""
    await queries.delete_sessions_of(session, account_id)
    await queries.delete_challenges_of(session, account_id)
    await queries.delete_keys_of(session, account_id)
    await queries.delete_app(session, account_id)
    await queries.delete_passkeys_of(session, account_id)
    await queries.end_identities(session, account_id, clock.now())


def _keep_an_admin(admins: list[UUID], changed: Account) -> None:
    able = changed.scopes is None or "accounts:write" in changed.scopes
    still = changed.active and Role.ADMIN in changed.roles and able
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


async def lock(session: Session, account_id: UUID) -> None:
    """Let only one transaction at a time do something that is counted per account."""
    await queries.lock_account(session, account_id)
