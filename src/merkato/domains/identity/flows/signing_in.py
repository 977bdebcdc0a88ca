"""Signing in, and what a password proves: a refusal is counted before it is told, and hashing happens outside any transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Row as ResultRow

from merkato.domains.identity import queries, service
from merkato.domains.identity.access import CODES, FAILURES, FAILURES_OF_AN_ADDRESS, demanded
from merkato.domains.identity.errors import InvalidGrant, MfaRequired, WrongPassword
from merkato.domains.identity.flows.relying import relying_party
from merkato.domains.identity.models import Account, Actor, Method
from merkato.domains.identity.schemas import EmailWish, MeChange, ShownCredential, Tokens
from merkato.kit import clock, passwords
from merkato.kit.database import Database, Session
from merkato.kit.errors import Invalid, NotAuthenticated, NotFound
from merkato.kit.keys import KeyRing
from merkato.kit.security import Secret
from merkato.kit.throttle import Throttle
from merkato.settings import OWN_ISSUER, Settings

AfterLogIn = Callable[[Session, Actor], Awaitable[None]]
"""What a domain above does when somebody has logged in, in the same transaction. Declared in `modules.py`."""


@dataclass(frozen=True, slots=True)
class Door:
    """What it takes to open a session."""

    database: Database
    settings: Settings
    secret: Secret
    key_ring: KeyRing
    throttle: Throttle
    after: tuple[AfterLogIn, ...] = ()


async def log_in(door: Door, guest: Actor, email: str, password: str) -> Tokens:
    """A new session for an e-mail address and password. `guest` is who the caller was until now.

    Raises InvalidGrant, and TooMany after too many of them, also for a right password and for addresses that have no account. Raises
    MfaRequired where a code is to follow.
    """
    key = service.email_key(email)
    async with door.throttle.counting(FAILURES_OF_AN_ADDRESS, guest.address, InvalidGrant):
        # Counted before it is compared, so that a hundred guesses at once are a hundred.
        await door.throttle.spend(FAILURES, key)
        async with door.database.reading() as session:
            row = await queries.credentials(session, key)
        right, renewed = await passwords.verified(password, row.password_hash if row else None)
        if row is None or not right or not row.active:
            raise InvalidGrant
    await door.throttle.forgive(FAILURES, key)
    if renewed is not None:
        await door.database.run(queries.set_password_hash, row.id, renewed)
    if row.protecting:
        raise MfaRequired(service.ask_for_code(door.secret, row.id, renewed or row.password_hash))
    return await door.database.run(let_in, door, guest, row.id, Method.PASSWORD)


async def log_in_by_code(door: Door, guest: Actor, mfa_token: str, otp: str) -> Tokens:
    """The second step of a log-in, by a code of the app or a recovery code. Raises InvalidGrant, and TooMany as guesses are counted."""
    async with door.throttle.counting(FAILURES_OF_AN_ADDRESS, guest.address, InvalidGrant):
        async with door.database.snapshot() as session:
            asked = await service.asked_for_code(session, door.secret, mfa_token)
        if asked is None:
            raise InvalidGrant
        await door.throttle.spend(CODES, str(asked[0]))
        tokens = await door.database.run(_open_by_code, door, guest, mfa_token, otp)
    await door.throttle.forgive(CODES, str(asked[0]))
    return tokens


async def log_in_by_passkey(door: Door, guest: Actor, credential: ShownCredential) -> Tokens:
    """A new session for a passkey, which says itself whose it is. Raises InvalidGrant."""
    party = relying_party(door.settings)
    async with door.throttle.counting(FAILURES_OF_AN_ADDRESS, guest.address, InvalidGrant):
        async with door.database.reading() as session:
            shown = await service.shown_passkey(session, door.secret, party, credential)
        if shown is None:
            raise InvalidGrant
        return await door.database.run(_open_by_passkey, door, guest, shown)


async def _open_by_code(session: Session, door: Door, guest: Actor, mfa_token: str, otp: str) -> Tokens:
    account_id = await service.answer_code(session, door.secret, mfa_token, otp)
    if account_id is None:
        raise InvalidGrant
    return await let_in(session, door, guest, account_id, Method.OTP)


async def _open_by_passkey(session: Session, door: Door, guest: Actor, shown: service.Shown) -> Tokens:
    if not await service.use_passkey(session, shown):
        raise InvalidGrant
    return await let_in(session, door, guest, shown.account_id, Method.PASSKEY)


async def let_in(session: Session, door: Door, guest: Actor, account_id: UUID, method: Method) -> Tokens:
    """Open a session for somebody who has proven who they are by this method."""
    settings = door.settings
    actor, refresh = await service.open_session(
        session, account_id, lifetime=settings.refresh_token_lifetime, user_agent=guest.user_agent, method=method
    )
    scopes, withheld = demanded(settings, actor.scopes, proven=method is not Method.PASSWORD)
    known = replace(guest, account_id=account_id, session_id=actor.session_id, scopes=scopes, withheld=withheld)
    for each in door.after:
        await each(session, known)
    return _tokens(account_id, actor.session_id, refresh, settings=settings, key_ring=door.key_ring)


async def refresh(database: Database, token: str, *, settings: Settings, key_ring: KeyRing) -> Tokens:
    """The next pair of tokens. Raises InvalidGrant; the end of a misused session is committed before that."""
    exchanged = await database.run(service.exchange, token, lifetime=settings.refresh_token_lifetime)
    if exchanged is None:
        raise InvalidGrant
    family, successor = exchanged
    return _tokens(family.account_id, family.id, successor, settings=settings, key_ring=key_ring)


async def reset_password(database: Database, secret: Secret, token: str, password: str, *, shop: str) -> None:
    """Set a new password with the token of a mail. Raises InvalidToken, WeakPassword. `shop` is the shop's name."""
    async with database.snapshot() as session:
        email = await service.check_reset(session, secret, token)
    service.refuse_guessable(password, email, shop)
    await database.run(service.reset_password, secret, token, await passwords.hashed(password))


async def change_me(database: Database, actor: Actor, change: MeChange, *, throttle: Throttle, shop: str) -> Account:
    """Change one's own account. `shop` is the shop's name. Raises WrongPassword and TooMany as a log-in would, WeakPassword."""
    said = change.model_fields_set & {"password", "current_password"}
    if len(said) == 1:
        missing = "password" if "current_password" in said else "current_password"
        raise Invalid.field(f"/{missing}", "missing", "a new password comes with the present one")
    if said:
        await _change_password(database, actor, change, throttle=throttle, shop=shop)
    return await database.run(service.change_me, actor, change)


async def _change_password(
    database: Database, actor: Actor, change: MeChange, *, throttle: Throttle, shop: str
) -> None:
    present, new = change.current_password.get_secret_value(), change.password.get_secret_value()
    proven = await prove(database, actor, present, "/current_password", throttle=throttle)
    async with database.snapshot() as session:
        account = await service.own_account(session, actor.id)
    service.refuse_guessable(new, account.email, shop)
    hashed = await passwords.hashed(new)
    await database.run(service.change_password, actor, proven_hash=proven, password_hash=hashed)


async def ask_for_email(database: Database, actor: Actor, wish: EmailWish, *, throttle: Throttle) -> None:
    """Ask a new address whether it is the caller's. Raises WrongPassword and TooMany as a log-in would, TooManyMails."""
    password = wish.password.get_secret_value() if "password" in wish.model_fields_set else None
    proven = await prove_if_any(database, actor, password, throttle=throttle)
    await database.run(service.ask_for_email, actor, wish.email, proven_hash=proven)


async def prove_if_any(database: Database, actor: Actor, password: str | None, *, throttle: Throttle) -> str:
    """As `prove`, but an account that has no password is not asked for one."""
    if password is not None:
        return await prove(database, actor, password, "/password", throttle=throttle)
    row = await _credentials(database, actor)
    if row.password_hash != passwords.LOCKED:
        raise Invalid.field("/password", "missing", "is needed: the present password of the account")
    return passwords.LOCKED


async def prove(database: Database, actor: Actor, password: str, pointer: str, *, throttle: Throttle) -> str:
    """The stored hash that the caller's password fits. Whoever found a signed-in device may guess no more than at the log-in."""
    row = await _credentials(database, actor)
    async with throttle.counting(FAILURES_OF_AN_ADDRESS, actor.address, WrongPassword):
        await throttle.spend(FAILURES, row.email_key)
        right, _ = await passwords.verified(password, row.password_hash)
        if not right:
            raise WrongPassword(pointer)
    await throttle.forgive(FAILURES, row.email_key)
    proven: str = row.password_hash
    return proven


async def _credentials(database: Database, actor: Actor) -> ResultRow[str, str]:
    """Address key and password hash of the caller. Raises NotAuthenticated if the account is gone."""
    async with database.reading() as session:
        row = await queries.own_credentials(session, actor.id)
    if row is None:
        raise NotAuthenticated
    return row


def _tokens(
    account_id: UUID, session_id: UUID | None, refresh_token: str, *, settings: Settings, key_ring: KeyRing
) -> Tokens:
    lifetime = settings.access_token_lifetime
    access = _signed(account_id, session_id, key_ring, audience=settings.token_audience, lifetime=lifetime)
    return Tokens(access_token=access, refresh_token=refresh_token, expires_in=lifetime)


def _signed(account_id: UUID, session_id: UUID | None, key_ring: KeyRing, *, audience: str, lifetime: int) -> str:
    moment = int(clock.now().timestamp())
    return key_ring.sign(
        {
            "iss": OWN_ISSUER,
            "aud": audience,
            "sub": str(account_id),
            "sid": str(session_id),
            "iat": moment,
            "exp": moment + lifetime,
        }
    )


async def issue(database: Database, email: str, *, key_ring: KeyRing, audience: str, lifetime: int) -> str:
    """An access token for trying things, with a session of its own that lasts as long (in seconds) and is listed and ended like any other.

    Raises NotFound when no active account has this address.
    """
    async with database.reading() as session:
        row = await queries.credentials(session, service.email_key(email))
    if row is None or not row.active:
        raise NotFound
    actor, _ = await database.run(service.open_session, row.id, lifetime=lifetime, user_agent="merkato tokens issue")
    return _signed(row.id, actor.session_id, key_ring, audience=audience, lifetime=lifetime)
