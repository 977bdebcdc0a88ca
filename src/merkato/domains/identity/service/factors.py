"""What happens to second factors: an authenticator app, and recovery codes for the day that it is lost."""

import base64
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

import pyotp
import segno
from pyotp.exceptions import OTPVerificationError

from merkato.domains.identity import queries
from merkato.domains.identity.errors import (
    NothingToConfirm,
    SecondFactorNeeded,
    SecondFactorOn,
    WrongCode,
    WrongPassword,
)
from merkato.domains.identity.events import SecondFactorAdded, SecondFactorRemoved
from merkato.domains.identity.models import Account, Actor, Method
from merkato.domains.identity.schemas import AuthenticatorView, FactorsView
from merkato.domains.identity.service import once
from merkato.domains.identity.service.keys import refuse_more
from merkato.domains.identity.service.roles import granted_to
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import NotAllowed, NotAuthenticated, NotFound
from merkato.kit.events import publish
from merkato.kit.security import Secret, token_hash

CODES: Final = 10
WAITS: Final = timedelta(hours=1)
"""How long a new app may take to be confirmed."""
_SECOND_STEP: Final = "identity-second-step"
_ID_BYTES: Final = 16
_DIGITS: Final = 6
_WINDOW: Final = 1
"""How many time steps of 30 seconds an app's clock may be off, either way."""
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Without letters that are mistaken for others."""
_MISTAKEN: Final = str.maketrans({"o": "0", "i": "1", "l": "1", " ": None, "-": None})
_GROUPS: Final = 4
_OF_GROUP: Final = 5


async def own_factors(session: Session, actor: Actor) -> FactorsView:
    """What is on."""
    row = await queries.factors(session, actor.id)
    if row is None:
        raise NotAuthenticated
    app, codes, passkeys = row
    return FactorsView(totp=app, recovery_codes=codes, passkeys=passkeys, demanded=bool(actor.withheld))


async def begin_app(
    session: Session, secret: Secret, actor: Actor, *, proven_hash: str, shop: str
) -> AuthenticatorView:
    """A new authenticator app, in the place of one that was not confirmed; nothing is demanded before it is.

    `proven_hash` is that of the password which the caller has said, `shop` the shop's name. Raises SecondFactorOn, SecondFactorNeeded.
    """
    account = await proven_account(session, actor, proven_hash)
    await refuse_weak(session, actor)
    shared = pyotp.random_base32()
    waiting = {
        "account_id": account.id,
        "sealed": secret.seal(_purpose(account.id), shared.encode()),
        "created_at": clock.now(),
    }
    if not await queries.put_authenticator(session, waiting):
        raise SecondFactorOn
    uri = pyotp.TOTP(shared, name=account.email, issuer=shop).provisioning_uri()
    return AuthenticatorView(secret=shared, uri=uri, qr=segno.make_qr(uri).svg_data_uri(scale=4))


async def confirm_app(session: Session, secret: Secret, actor: Actor, otp: str) -> list[str]:
    """Switch the app on, by a code that it shows; the recovery codes. Every other session ends: it may have been opened by password alone.

    Raises NothingToConfirm, WrongCode, SecondFactorNeeded.
    """
    account = await _locked(session, actor)
    await refuse_weak(session, actor)
    app = await queries.authenticator(session, account.id)
    moment = clock.now()
    if app is None or app.confirmed_at is not None or app.created_at <= moment - WAITS:
        raise NothingToConfirm
    if not await _use_app(session, secret, account.id, _plain(otp)):
        raise WrongCode
    app.confirmed_at = moment
    await queries.revoke_sessions(session, account.id, moment, besides=actor.session_id)
    await queries.strengthen(session, actor.session_id, Method.OTP)
    await publish(session, SecondFactorAdded(account_id=account.id))
    return await _fresh_codes(session, account.id)


async def renew_recovery_codes(session: Session, secret: Secret, actor: Actor, otp: str) -> list[str]:
    """Ten new recovery codes; those before are no longer good. Raises NotFound while no app is on, WrongCode."""
    account = await _locked(session, actor)
    await _prove(session, secret, account.id, otp)
    return await _fresh_codes(session, account.id)


async def remove_app(session: Session, secret: Secret, actor: Actor, otp: str, *, proven_hash: str) -> None:
    """Switch the app off. `proven_hash` as above. Raises NotFound while none is on, WrongCode."""
    account = await proven_account(session, actor, proven_hash)
    await _prove(session, secret, account.id, otp)
    await queries.delete_app(session, account.id)
    await forget_proofs(session, account.id)
    await publish(session, SecondFactorRemoved(account_id=account.id))


async def remove_factors(session: Session, account_id: UUID, *, giver: Actor | None = None) -> None:
    """Take every factor of somebody away who has lost them, and end their sessions; no `giver` is who has the server in hand.

    Raises NotFound, NotAllowed for one's own, ScopesExceeded for an account that may do more than the giver.
    """
    account = await queries.account(session, account_id, lock=True)
    if account is None:
        raise NotFound
    if giver is not None:
        if giver.by == account_id:
            raise NotAllowed("Your own factors are removed by what proves them, under `/v1/me`.")
        refuse_more(giver, await granted_to(session, account))
    had_app = await queries.delete_app(session, account_id)
    had_passkeys = await queries.delete_passkeys_of(session, account_id)
    if had_app or had_passkeys:
        await queries.revoke_sessions(session, account_id, clock.now())
        await publish(session, SecondFactorRemoved(account_id=account_id))


def ask_for_code(secret: Secret, account_id: UUID, password_hash: str) -> str:
    """The `mfa_token` of a log-in whose password was right. It ends with that password."""
    word = once.issue(secret, _SECOND_STEP, _bound(account_id, password_hash))
    return base64.urlsafe_b64encode(account_id.bytes + word).decode()


async def asked_for_code(session: Session, secret: Secret, mfa_token: str) -> tuple[UUID, UUID] | None:
    """The account that an `mfa_token` was given for, and the id of its word; None for one that is not good."""
    try:
        raw = base64.b64decode(mfa_token, altchars=b"-_", validate=True)
        account_id, word = UUID(bytes=raw[:_ID_BYTES]), raw[_ID_BYTES:]
    except ValueError:
        return None
    password_hash = await queries.active_password_hash(session, account_id)
    if password_hash is None:
        return None
    word_id = once.known(secret, _SECOND_STEP, word, _bound(account_id, password_hash))
    return None if word_id is None else (account_id, word_id)


async def answer_code(session: Session, secret: Secret, mfa_token: str, otp: str) -> UUID | None:
    """The account that the code opens; the token and the code are used up by this. Roll back for None: a token bears wrong codes."""
    asked = await asked_for_code(session, secret, mfa_token)
    if asked is None:
        return None
    account_id, word_id = asked
    right = await once.spend(session, word_id) and await _take_code(session, secret, account_id, otp)
    return account_id if right else None


async def _take_code(session: Session, secret: Secret, account_id: UUID, otp: str) -> bool:
    """Whether it is a code of the account's app or a recovery code, which is used up by this."""
    said = _plain(otp)
    if len(said) == _DIGITS:
        return await _use_app(session, secret, account_id, said)
    return await queries.use_recovery_code(session, account_id, token_hash(said), clock.now())


async def proven_account(session: Session, actor: Actor, proven_hash: str) -> Account:
    """The caller's account, locked. Raises WrongPassword when the password that was said is another by now."""
    account = await _locked(session, actor)
    if account.password_hash != proven_hash:
        raise WrongPassword("/password")
    return account


async def refuse_weak(session: Session, actor: Actor) -> None:
    """Where a second factor is demanded, nobody adds one beside another that they have not proven. Raises SecondFactorNeeded."""
    if actor.withheld and await queries.has_factor(session, actor.id):
        raise SecondFactorNeeded


async def forget_proofs(session: Session, account_id: UUID) -> None:
    """When no factor is left, none counts as proven any more."""
    if not await queries.has_factor(session, account_id):
        await queries.weaken(session, account_id)


async def forget_waiting(session: Session) -> None:
    """Forget apps that nobody has confirmed in time."""
    await queries.delete_unconfirmed_before(session, clock.now() - WAITS)


async def _locked(session: Session, actor: Actor) -> Account:
    account = await queries.account(session, actor.id, lock=True)
    if account is None:
        raise NotAuthenticated
    return account


async def _prove(session: Session, secret: Secret, account_id: UUID, otp: str) -> None:
    app = await queries.authenticator(session, account_id)
    if app is None or app.confirmed_at is None:
        raise NotFound("No authenticator app is on.")
    if not await _take_code(session, secret, account_id, otp):
        raise WrongCode


async def _use_app(session: Session, secret: Secret, account_id: UUID, otp: str) -> bool:
    app = await queries.authenticator(session, account_id)
    shared = secret.unseal(_purpose(account_id), app.sealed) if app else None
    if shared is None:
        # With another key of the server than then, only recovery codes are left.
        return False
    try:
        step = pyotp.TOTP(shared.decode()).verify_and_get_timecode(
            otp, for_time=clock.now().timestamp(), valid_window=_WINDOW
        )
    except OTPVerificationError:
        return False
    return await queries.use_step(session, account_id, step)


async def _fresh_codes(session: Session, account_id: UUID) -> list[str]:
    codes = [_code() for _ in range(CODES)]
    rows = [
        {
            "id": ids.new(),
            "account_id": account_id,
            "hash": token_hash(_plain(code)),
            "created_at": clock.now(),
        }
        for code in codes
    ]
    await queries.replace_recovery_codes(session, account_id, rows)
    return codes


def _plain(otp: str) -> str:
    """As it is compared, however it was spelled."""
    return otp.casefold().translate(_MISTAKEN)


def _code() -> str:
    """A hundred random bits: too many for a plain hash to be turned round."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_OF_GROUP)) for _ in range(_GROUPS))


def _bound(account_id: UUID, password_hash: str) -> bytes:
    return account_id.bytes + password_hash.encode()


def _purpose(account_id: UUID) -> str:
    return f"identity-authenticator-{account_id}"
