"""What happens when an account gets another e-mail address: the new one confirms it, the old one can undo it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.identity import queries
from merkato.domains.identity.errors import WrongPassword
from merkato.domains.identity.events import EmailChanged, EmailChangeRequested, EmailVerified
from merkato.domains.identity.models import Actor, Challenge, Purpose, email_key
from merkato.domains.identity.service.confirming import LIFETIMES, check_mails, presented
from merkato.kit import clock, passwords
from merkato.kit.database import Session
from merkato.kit.errors import NotAuthenticated
from merkato.kit.events import publish
from merkato.kit.security import Secret

DOUBTFUL: Final = timedelta(days=7)
"""How long before a change that is undone a second factor or a passkey may have been added by who made the change."""


async def ask_for_email(session: Session, actor: Actor, email: str, *, proven_hash: str) -> None:
    """Ask the new address whether it is theirs; nothing changes before it says so. Whether it has an account is not told to who asks.

    `proven_hash` is that of the password which the caller has said; without a password only an address is given to an account that has none
    of its own yet. Raises WrongPassword when it is another by now, TooManyMails.
    """
    account = await queries.account(session, actor.id, lock=True)
    if account is None:
        raise NotAuthenticated
    if account.password_hash != proven_hash or (proven_hash == passwords.LOCKED and account.email_verified):
        raise WrongPassword("/password")
    await check_mails(session, account.id, Purpose.CHANGE)
    challenge = _challenge(account.id, Purpose.CHANGE, email)
    session.add(challenge)
    await session.flush()
    await queries.end_older_challenges(session, challenge, clock.now())
    await publish(session, EmailChangeRequested(account_id=account.id, challenge_id=challenge.id))


async def change_email(session: Session, secret: Secret, token: str) -> None:
    """Give the account its new, verified address, and let the one before know. Raises InvalidToken, EmailTaken."""
    challenge, account = await presented(session, secret, Purpose.CHANGE, token, lock=True)
    before, known = account.email, account.email_verified
    challenge.used_at = account.email_verified_at = clock.now()
    account.email, account.email_key = challenge.email or before, challenge.email_key
    await session.flush()
    await publish(session, EmailVerified(account_id=account.id))
    if known and email_key(before) != account.email_key:
        # An address that was never verified may be a stranger's, who gets no hold of the account. Earlier ones keep theirs: whoever
        # has taken an account cannot shake its owner off by changing the address twice.
        undo = _challenge(account.id, Purpose.UNDO, before)
        session.add(undo)
        await session.flush()
        await publish(session, EmailChanged(account_id=account.id, challenge_id=undo.id))


async def undo_email(session: Session, secret: Secret, token: str) -> None:
    """Give the account the address back that it had, and shut out whoever changed it: they knew the password.

    Every session, token and identity elsewhere ends, passkeys and an app that were added in the week before the change are forgotten, and no
    password opens the account until the address has reset it. Raises InvalidToken, EmailTaken.
    """
    challenge, account = await presented(session, secret, Purpose.UNDO, token, lock=True)
    moment = clock.now()
    account.email, account.email_key = challenge.email or account.email, challenge.email_key
    account.email_verified_at, account.password_hash = moment, passwords.LOCKED
    await session.flush()
    await queries.revoke_sessions(session, account.id, moment)
    await queries.delete_challenges_of(session, account.id)
    await queries.delete_factors_since(session, account.id, challenge.created_at - DOUBTFUL)
    await queries.delete_identities_of(session, account.id)


def _challenge(account_id: UUID, purpose: Purpose, email: str) -> Challenge:
    moment = clock.now()
    return Challenge(
        account_id=account_id,
        purpose=purpose.value,
        email_key=email_key(email),
        email=email,
        created_at=moment,
        expires_at=moment + LIFETIMES[purpose],
    )
