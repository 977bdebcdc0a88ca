"""What happens to who somebody is elsewhere: which account it opens, and how that begins and ends."""

import base64
from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.identity import queries
from merkato.domains.identity.errors import (
    AddressNotVerified,
    IdentityTaken,
    LastWayIn,
    NotLinked,
    TooManyIdentities,
)
from merkato.domains.identity.events import EmailVerified
from merkato.domains.identity.models import Account, Actor, Authorization, OutsideIdentity, Role, email_key
from merkato.domains.identity.schemas import OutsidePerson
from merkato.domains.identity.service.accounts import enter, handles_of
from merkato.domains.identity.service.factors import proven_account, refuse_weak
from merkato.domains.identity.service.roles import granted_to
from merkato.kit import clock, ids, passwords
from merkato.kit.database import Session
from merkato.kit.errors import NotAuthenticated, NotFound
from merkato.kit.events import publish
from merkato.kit.security import Secret, token_hash

LOG_IN_LIFETIME: Final = timedelta(minutes=10)
"""How long a log-in at a provider may take."""
IDENTITIES_MAX: Final = 10
REMEMBERED: Final = timedelta(days=30)
"""How long it is remembered, as a hash, whose account was deleted: longer than tokens of any sensible issuer last."""
NAMELESS: Final = "Someone"


async def admit(session: Session, person: OutsidePerson, *, logging_in: bool) -> UUID | None:
    """The account that somebody's identity opens, made at first sight; None for who has deleted it.

    It is an existing account if that has the same address, and both the account and the issuer have verified it; never one of staff. Somebody who is
    `logging_in` is told of an address that cannot be had (NotLinked), and may begin anew after a deletion; a token just gets an account without it.
    """
    known = await queries.identity_of(session, person.issuer, person.subject)
    if known is None and not logging_in and await queries.has_ended(session, person.issuer, person.subject):
        return None
    if known is None:
        known = await _first_sight(session, person, strict=logging_in)
    if logging_in:
        known.last_used_at, known.email = clock.now(), person.email or known.email
    return known.account_id


async def _first_sight(session: Session, person: OutsidePerson, *, strict: bool) -> OutsideIdentity:
    email = person.email
    holder = None if email is None else await queries.holder(session, email_key(email))
    if holder is not None and not await _handed_over(session, holder):
        if strict:
            raise NotLinked
        email, holder = None, None
    account_id = ids.new() if holder is None else holder.id
    written = await _insert(session, person, account_id)
    if written is None:
        # Another request of the same person was faster; theirs is committed by now.
        return await _known(session, person)
    if holder is None and not await _make(session, account_id, email, person.name):
        # Somebody else got the address between our two looks.
        if strict:
            raise NotLinked
        await _make(session, account_id, None, person.name)
    return written


async def _handed_over(session: Session, holder: Account) -> bool:
    """Whether an issuer's word about the address is enough to get into its account. Staff link by hand: no issuer makes an admin."""
    return holder.email_verified and not await granted_to(session, holder)


async def _insert(session: Session, person: OutsidePerson, account_id: UUID) -> OutsideIdentity | None:
    return await queries.insert_identity(
        session,
        {
            "id": ids.new(),
            "account_id": account_id,
            "issuer": person.issuer,
            "subject": person.subject,
            "email": person.email,
            "created_at": clock.now(),
        },
    )


async def _known(session: Session, person: OutsidePerson) -> OutsideIdentity:
    known = await queries.identity_of(session, person.issuer, person.subject)
    if known is None:
        raise NotAuthenticated
    return known


async def _make(session: Session, account_id: UUID, email: str | None, name: str | None) -> bool:
    """Whether the account was made; not if the address is taken. Without one it has a name under `.invalid`, to which no mail is sent."""
    made = await enter(
        session,
        account_id,
        email=email or f"{account_id}@unknown.invalid",
        name=name or NAMELESS,
        handles=handles_of(name or NAMELESS),
        password_hash=passwords.LOCKED,
        roles=(Role.CUSTOMER,),
        verified=email is not None,
    )
    if made and email is not None:
        await publish(session, EmailVerified(account_id=account_id))
    return made


async def link(session: Session, actor: Actor, person: OutsidePerson, *, proven_hash: str) -> OutsideIdentity:
    """Let somebody's identity open the caller's account too; again is no error. `proven_hash` is that of the password which the caller has said.

    Raises WrongPassword when it is another by now, SecondFactorNeeded, AddressNotVerified, IdentityTaken, TooManyIdentities.
    """
    account = await proven_account(session, actor, proven_hash)
    await refuse_weak(session, actor)
    if not account.email_verified:
        raise AddressNotVerified
    written = await _insert(session, person, account.id)
    known = written or await _known(session, person)
    if known.account_id != account.id:
        raise IdentityTaken
    if written is not None and await queries.count_identities(session, account.id) > IDENTITIES_MAX:
        raise TooManyIdentities
    return known


async def unlink(session: Session, actor: Actor, identity_id: UUID) -> None:
    """From now on this identity does not open the caller's account. Raises NotFound, LastWayIn."""
    account = await queries.account(session, actor.id, lock=True)
    identity = await queries.own_identity(session, actor.id, identity_id)
    if account is None or identity is None:
        raise NotFound
    alone = account.password_hash == passwords.LOCKED and await queries.count_identities(session, account.id) == 1
    # A passkey opens an account by itself.
    if alone and not await queries.credential_ids(session, account.id):
        raise LastWayIn
    await session.delete(identity)
    await session.flush()


async def begin_log_in(session: Session, provider: str, redirect_uri: str) -> tuple[Authorization, str, str]:
    """A log-in at a provider, its state and its secret, each known to the browser alone."""
    state, secret = ids.token(), ids.token()
    begun = Authorization(
        provider=provider,
        state_hash=token_hash(state),
        secret_hash=token_hash(secret),
        redirect_uri=redirect_uri,
        expires_at=clock.now() + LOG_IN_LIFETIME,
    )
    session.add(begun)
    await session.flush()
    return begun, state, secret


async def end_log_in(session: Session, state: str, secret: str) -> Authorization | None:
    """The log-in that was begun with these, once; None for any other. The caller commits before it asks the provider."""
    return await queries.use_authorization(session, token_hash(state), token_hash(secret), clock.now())


def derived(secret: Secret, purpose: str, begun: Authorization) -> str:
    """What is sent to the provider for one log-in and known to nobody else, from the store's secret: 43 characters, never stored."""
    return base64.urlsafe_b64encode(secret.sign(f"openid-{purpose}", begun.id.bytes)).decode().rstrip("=")


async def forget_outside(session: Session) -> None:
    """Delete log-ins that are over, and whose account was deleted long ago."""
    await queries.delete_authorizations_before(session, clock.now())
    await queries.delete_ended_identities(session, clock.now() - REMEMBERED)
