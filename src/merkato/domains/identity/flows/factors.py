"""Changing what proves who somebody is: the password is proven first, as at a log-in, and codes that are guessed are counted."""

from typing import Any
from uuid import UUID

from merkato.domains.identity import service
from merkato.domains.identity.access import CODES
from merkato.domains.identity.flows.relying import relying_party
from merkato.domains.identity.flows.signing_in import Door, prove
from merkato.domains.identity.models import Actor
from merkato.domains.identity.schemas import AuthenticatorView, CodeProof, FullProof, PasswordProof


async def begin_app(door: Door, actor: Actor, said: PasswordProof) -> AuthenticatorView:
    """What a new authenticator app is told. Raises WrongPassword, TooMany, SecondFactorOn, SecondFactorNeeded."""
    proven, shop = await _proven(door, actor, said), door.settings.shop_name
    return await door.database.run(service.begin_app, door.secret, actor, proven_hash=proven, shop=shop)


async def confirm_app(door: Door, actor: Actor, said: CodeProof) -> list[str]:
    """The recovery codes of an app that is on from now on. Raises NothingToConfirm, WrongCode, TooMany, SecondFactorNeeded."""
    await door.throttle.spend(CODES, str(actor.id))
    codes = await door.database.run(service.confirm_app, door.secret, actor, said.otp.get_secret_value())
    await door.throttle.forgive(CODES, str(actor.id))
    return codes


async def renew_recovery_codes(door: Door, actor: Actor, said: CodeProof) -> list[str]:
    """New recovery codes. Raises NotFound while no app is on, WrongCode, TooMany."""
    await door.throttle.spend(CODES, str(actor.id))
    codes = await door.database.run(service.renew_recovery_codes, door.secret, actor, said.otp.get_secret_value())
    await door.throttle.forgive(CODES, str(actor.id))
    return codes


async def remove_app(door: Door, actor: Actor, said: FullProof) -> None:
    """Switch the app off. Raises NotFound while none is on, WrongPassword, WrongCode, TooMany."""
    proven, otp = await _proven(door, actor, said), said.otp.get_secret_value()
    await door.throttle.spend(CODES, str(actor.id))
    await door.database.run(service.remove_app, door.secret, actor, otp, proven_hash=proven)
    await door.throttle.forgive(CODES, str(actor.id))


async def ask_for_passkey(door: Door, actor: Actor, said: PasswordProof) -> dict[str, Any]:
    """What a browser is asked with to make a passkey. Raises WrongPassword, TooMany, TooManyPasskeys, SecondFactorNeeded."""
    proven, party = await _proven(door, actor, said), relying_party(door.settings)
    return await door.database.run(service.registration_options, door.secret, actor, party, proven_hash=proven)


async def remove_passkey(door: Door, actor: Actor, passkey_id: UUID, said: PasswordProof) -> None:
    """Raises NotFound, WrongPassword, TooMany, SecondFactorNeeded."""
    proven = await _proven(door, actor, said)
    await door.database.run(service.remove_passkey, actor, passkey_id, proven_hash=proven)


async def _proven(door: Door, actor: Actor, said: PasswordProof | FullProof) -> str:
    password = said.password.get_secret_value()
    return await prove(door.database, actor, password, "/password", throttle=door.throttle)
