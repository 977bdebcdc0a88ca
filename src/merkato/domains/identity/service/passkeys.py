"""What happens to passkeys (WebAuthn): key pairs of people's devices, by which they sign in without a name and without a password.

The library answers whether a device has said what it should; here it is decided what it was asked, and that it counts once.
"""

import json
from typing import Any, Final, NamedTuple
from uuid import UUID

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from merkato.domains.identity import queries
from merkato.domains.identity.errors import PasskeyRefused, TooManyPasskeys
from merkato.domains.identity.events import PasskeyAdded
from merkato.domains.identity.models import Actor, Method, Passkey
from merkato.domains.identity.schemas import NewCredential, PasskeyChange, PasskeyDraft, ShownCredential
from merkato.domains.identity.service import once
from merkato.domains.identity.service.factors import forget_proofs, proven_account, refuse_weak
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, NotFound
from merkato.kit.events import publish
from merkato.kit.security import Secret

PASSKEYS_MAX: Final = 20
_REGISTRATION: Final = "identity-passkey-registration"
_LOG_IN: Final = "identity-passkey-log-in"
_PATIENCE: Final = int(once.LIFETIME.total_seconds() * 1000)
_KEY_MAX: Final = 2_048
"""Bytes of a public key; an RSA key of 4096 bits has a quarter of it."""

_CREDENTIAL_ID_MAX: Final = 1_023
"""The standard's limit."""


class RelyingParty(NamedTuple):
    """Who asks for passkeys, as browsers know it: the domain they are bound to, its name for people, and where its pages are."""

    id: str
    name: str
    origins: tuple[str, ...]


class Shown(NamedTuple):
    """A passkey that a device has just proven to have."""

    account_id: UUID
    passkey_id: UUID
    word_id: UUID
    sign_count: int


async def registration_options(
    session: Session, secret: Secret, actor: Actor, party: RelyingParty, *, proven_hash: str
) -> dict[str, Any]:
    """What a browser is asked with to make a passkey. `proven_hash` is that of the password which the caller has said.

    Raises WrongPassword, TooManyPasskeys, SecondFactorNeeded.
    """
    account = await proven_account(session, actor, proven_hash)
    await refuse_weak(session, actor)
    present = await _present(session, account.id)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=account.id.bytes,
        user_name=account.email,
        user_display_name=account.name,
        challenge=once.issue(secret, _REGISTRATION, account.id.bytes),
        timeout=_PATIENCE,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in present],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    said: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return said


async def add_passkey(
    session: Session, secret: Secret, actor: Actor, party: RelyingParty, draft: PasskeyDraft
) -> Passkey:
    """Add what the browser has made. Raises PasskeyRefused, PasskeyKnown, TooManyPasskeys, SecondFactorNeeded."""
    verified, word_id = _registered(secret, actor.id, party, draft.credential)
    await queries.lock_account(session, actor.id)
    await refuse_weak(session, actor)
    if not await once.spend(session, word_id):
        raise _refused()
    await _present(session, actor.id)
    passkey = Passkey(
        account_id=actor.id,
        name=draft.name,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
    )
    session.add(passkey)
    await session.flush()
    await queries.strengthen(session, actor.session_id, Method.PASSKEY)
    await publish(session, PasskeyAdded(account_id=actor.id, passkey_id=passkey.id))
    return passkey


async def rename_passkey(session: Session, passkey: Passkey, change: PasskeyChange) -> Passkey:
    passkey.name = change.name
    await session.flush()
    return passkey


async def remove_passkey(session: Session, actor: Actor, passkey_id: UUID, *, proven_hash: str) -> None:
    """Nobody gets in by it any more. `proven_hash` as above. Raises NotFound, WrongPassword, SecondFactorNeeded."""
    account = await proven_account(session, actor, proven_hash)
    await refuse_weak(session, actor)
    passkey = await queries.passkey(session, passkey_id, Passkey.account_id == account.id, lock=True)
    if passkey is None:
        raise NotFound
    await session.delete(passkey)
    await session.flush()
    await forget_proofs(session, account.id)


def log_in_options(secret: Secret, party: RelyingParty) -> dict[str, Any]:
    """What a browser is asked with to use a passkey; whose is found out by which."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=once.issue(secret, _LOG_IN),
        timeout=_PATIENCE,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    said: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return said


async def shown_passkey(
    session: Session, secret: Secret, party: RelyingParty, credential: ShownCredential
) -> Shown | None:
    """The passkey that a device proves to have; None for one that is not known, or an answer that does not fit."""
    said = credential.model_dump(by_alias=True)
    try:
        credential_id, user = base64url_to_bytes(credential.raw_id), base64url_to_bytes(credential.response.user)
    except ValueError:
        return None
    passkey = await queries.passkey_of(session, credential_id)
    if passkey is None or user != passkey.account_id.bytes:
        return None
    challenge = _challenge(credential.response.client_data)
    word_id = once.known(secret, _LOG_IN, challenge)
    verified = _verified(said, challenge, party, passkey) if word_id else None
    if word_id is None or verified is None:
        return None
    return Shown(passkey.account_id, passkey.id, word_id, verified.new_sign_count)


async def use_passkey(session: Session, shown: Shown) -> bool:
    """Whether it counts: the challenge was not answered before, and the device's count went on (else somebody has copied it)."""
    return await once.spend(session, shown.word_id) and await queries.use_passkey(
        session, shown.passkey_id, shown.sign_count, clock.now()
    )


async def _present(session: Session, account_id: UUID) -> list[bytes]:
    present = await queries.credential_ids(session, account_id)
    if len(present) >= PASSKEYS_MAX:
        raise TooManyPasskeys
    return present


def _registered(
    secret: Secret, account_id: UUID, party: RelyingParty, credential: NewCredential
) -> tuple[VerifiedRegistration, UUID]:
    """What the device has made, and the id of the challenge. Raises PasskeyRefused."""
    challenge = _challenge(credential.response.client_data)
    word_id = once.known(secret, _REGISTRATION, challenge, account_id.bytes)
    if word_id is None:
        raise _refused()
    try:
        verified = webauthn.verify_registration_response(
            credential=credential.model_dump(by_alias=True),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - whatever the library stumbles over in bytes from outside, they are not taken.
        raise _refused() from None
    if len(verified.credential_public_key) > _KEY_MAX or len(verified.credential_id) > _CREDENTIAL_ID_MAX:
        raise _refused()
    return verified, word_id


def _verified(
    said: dict[str, Any], challenge: bytes, party: RelyingParty, passkey: Passkey
) -> VerifiedAuthentication | None:
    try:
        return webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - as above.
        return None


def _challenge(client_data: str) -> bytes:
    """What the device says that it was asked; nothing for an answer that came through a page within another page."""
    try:
        said = parse_client_data_json(base64url_to_bytes(client_data))
    except Exception:  # noqa: BLE001 - as above.
        return b""
    return b"" if said.cross_origin else said.challenge


def _refused() -> Invalid:
    return PasskeyRefused.field("/credential", PasskeyRefused.code, "does not fit what was asked, or came too late")
