"""What is proven by a token that somebody got by mail: whose an e-mail address is, and who may set a new password.

The token is a signature over its challenge, made when the mail is written: neither the database nor an event holds it.
"""

import base64
from datetime import timedelta
from math import ceil
from typing import Final
from uuid import UUID

from merkato.domains.identity import queries
from merkato.domains.identity.errors import InvalidToken, TooManyMails
from merkato.domains.identity.events import EmailVerified, PasswordResetRequested, VerificationRequested
from merkato.domains.identity.models import Account, Challenge, Purpose, email_key
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, Unavailable
from merkato.kit.events import publish
from merkato.kit.security import SIGNATURE_BYTES, Secret

LIFETIMES: Final = {
    Purpose.VERIFY: timedelta(days=3),
    Purpose.RESET: timedelta(hours=1),
    Purpose.CHANGE: timedelta(hours=1),
    Purpose.UNDO: timedelta(days=3),
}
_TO_ANOTHER: Final = frozenset({Purpose.CHANGE.value, Purpose.UNDO.value})
"""Tokens for an address that is not, or no longer, the account's."""
MAILS_MAX: Final = 5
"""How many mails of one purpose an account gets within `WINDOW`."""
WINDOW: Final = timedelta(hours=1)
WAITING_MAX: Final = 10_000
"""How many addresses may wait until it is known whose they are, which is the work of a moment."""
KEPT: Final = timedelta(days=7)
"""How long a challenge is kept, used or not."""
_ID_BYTES: Final = 16


async def issue_verification(session: Session, account_id: UUID, key: str) -> None:
    """Let a verification mail be sent; the tokens of earlier ones are no longer good."""
    moment = clock.now()
    challenge = Challenge(
        account_id=account_id,
        purpose=Purpose.VERIFY.value,
        email_key=key,
        created_at=moment,
        expires_at=moment + LIFETIMES[Purpose.VERIFY],
    )
    session.add(challenge)
    await session.flush()
    await queries.end_older_challenges(session, challenge, moment)
    await publish(session, VerificationRequested(account_id=account_id, challenge_id=challenge.id))


async def ask_to_verify(session: Session, account_id: UUID) -> None:
    """Send the verification mail again; nothing for an address that is verified, or not known. Raises TooManyMails."""
    account = await queries.account(session, account_id, lock=True)
    if account is None or account.email_verified or account.address is None:
        return
    await check_mails(session, account_id, Purpose.VERIFY)
    await issue_verification(session, account_id, account.email_key)


async def check_mails(session: Session, account_id: UUID, purpose: Purpose) -> None:
    """Raises TooManyMails. The caller holds the account's lock."""
    moment = clock.now()
    sent = await queries.challenges_since(session, account_id, purpose, moment - WINDOW)
    if len(sent) >= MAILS_MAX:
        wait = sent[-MAILS_MAX] + WINDOW - moment
        raise TooManyMails(headers={"Retry-After": str(ceil(wait.total_seconds()))})


async def ask_for_reset(session: Session, email: str) -> None:
    """Note that somebody has forgotten the password of this address.

    Nothing is looked up here: who asks gets the same answer after the same work, whether the address has an account or not. Raises
    Unavailable while `WAITING_MAX` wait.
    """
    if await queries.waiting(session, WAITING_MAX) >= WAITING_MAX:
        raise Unavailable("Too many wait for a new password.", retry_after=60)
    moment, challenge_id = clock.now(), ids.new()
    values = {
        "id": challenge_id,
        "purpose": Purpose.RESET.value,
        "email_key": email_key(email),
        "created_at": moment,
        "expires_at": moment + LIFETIMES[Purpose.RESET],
    }
    if await queries.insert_waiting(session, values):
        await publish(session, PasswordResetRequested(challenge_id=challenge_id))


async def find_owner(session: Session, challenge_id: UUID) -> bool:
    """Find out whose password is to be reset: whether it is anybody's. It is forgotten if not, or if it is one too many. Safe to repeat."""
    challenge = await queries.challenge(session, challenge_id)
    if challenge is None or challenge.account_id is not None:
        return challenge is not None
    found = await queries.credentials(session, challenge.email_key)
    if found is not None and found.active:
        await queries.lock_account(session, found.id)
        sent = await queries.challenges_since(session, found.id, Purpose.RESET, clock.now() - WINDOW)
        if len(sent) < MAILS_MAX:
            challenge.account_id = found.id
            await session.flush()
            await queries.end_older_challenges(session, challenge, clock.now())
            return True
    await session.delete(challenge)
    return False


async def awaiting_mail(session: Session, challenge_id: UUID) -> tuple[Challenge, str] | None:
    """A challenge whose token is still good, and the address to send it to; None when no mail is to be sent any more."""
    challenge = await queries.challenge(session, challenge_id)
    if challenge is None or challenge.account_id is None or _spent(challenge):
        return None
    account = await queries.account(session, challenge.account_id)
    if account is None or not account.active or not _is_of(account, challenge):
        return None
    if challenge.purpose == Purpose.CHANGE:
        holder = await queries.credentials(session, challenge.email_key)
        if holder is not None and holder.id != account.id:
            return None
    return challenge, challenge.email or account.email


def token_of(secret: Secret, challenge: Challenge) -> str:
    """The token to be sent by mail: 43 characters that are safe in a URL."""
    signature = secret.sign(_purpose(challenge), _signed(challenge))[:SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(challenge.id.bytes + signature).decode().rstrip("=")


async def verify(session: Session, secret: Secret, token: str) -> None:
    """Mark an account's address as verified. Raises InvalidToken."""
    challenge, account = await presented(session, secret, Purpose.VERIFY, token, lock=True)
    challenge.used_at = clock.now()
    await _mark_verified(session, account)


async def check_reset(session: Session, secret: Secret, token: str) -> str:
    """Whose password the token sets now, by address. Raises InvalidToken: hashing costs too much to be done for just anybody."""
    _, account = await presented(session, secret, Purpose.RESET, token)
    return account.email


async def reset_password(session: Session, secret: Secret, token: str, password_hash: str) -> None:
    """Set the password and end every session; who got this mail has verified the address too. Raises InvalidToken.

    Safe to repeat with the same hash: it may have happened although its answer was lost.
    """
    challenge, account = await _found(session, secret, Purpose.RESET, token, lock=True)
    if challenge.used_at is not None and account.password_hash == password_hash:
        return
    if _spent(challenge):
        raise _refused()
    moment = clock.now()
    challenge.used_at, account.password_hash = moment, password_hash
    await queries.revoke_sessions(session, account.id, moment)
    await _mark_verified(session, account)


async def forget_challenges(session: Session) -> None:
    """Delete challenges that nobody can use or count any more."""
    await queries.delete_challenges_before(session, clock.now() - KEPT)


async def _mark_verified(session: Session, account: Account) -> None:
    if not account.email_verified:
        account.email_verified_at = clock.now()
        await publish(session, EmailVerified(account_id=account.id))


async def presented(
    session: Session, secret: Secret, purpose: Purpose, token: str, *, lock: bool = False
) -> tuple[Challenge, Account]:
    """The challenge and account of a token that is good now. Raises InvalidToken."""
    challenge, account = await _found(session, secret, purpose, token, lock=lock)
    if _spent(challenge):
        raise _refused()
    return challenge, account


async def _found(
    session: Session, secret: Secret, purpose: Purpose, token: str, *, lock: bool = False
) -> tuple[Challenge, Account]:
    """The challenge and account of a token that we have made for this purpose. Raises InvalidToken."""
    challenge_id, signature = _parsed(token)
    challenge = await queries.challenge(session, challenge_id)
    if challenge is None or challenge.account_id is None:
        raise _refused()
    account = await queries.account(session, challenge.account_id, lock=lock)
    # Read again behind the account's lock, under which alone challenges are used and ended.
    challenge = await queries.challenge(session, challenge_id)
    if challenge is None or account is None or not account.active or not _is_of(account, challenge):
        raise _refused()
    if challenge.purpose != purpose or not secret.signed(_purpose(challenge), _signed(challenge), signature):
        raise _refused()
    return challenge, account


def _parsed(token: str) -> tuple[UUID, bytes]:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise _refused() from None
    if len(raw) != _ID_BYTES + SIGNATURE_BYTES:
        raise _refused()
    return UUID(bytes=raw[:_ID_BYTES]), raw[_ID_BYTES:]


def _purpose(challenge: Challenge) -> str:
    return f"identity-{challenge.purpose}"


def _signed(challenge: Challenge) -> bytes:
    said = (challenge.id, challenge.account_id, challenge.email_key, challenge.expires_at.isoformat())
    return "\n".join(map(str, said)).encode()


def _is_of(account: Account, challenge: Challenge) -> bool:
    return account.email_key == challenge.email_key or challenge.purpose in _TO_ANOTHER


def _spent(challenge: Challenge) -> bool:
    return challenge.used_at is not None or challenge.expires_at <= clock.now()


def _refused() -> Invalid:
    return InvalidToken.field("/token", "invalid-token", "is not ours, was used, has expired, or a newer one was sent")
