"""What identity announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRegistered(Event):
    """Somebody registered."""

    name: ClassVar[str] = "account.registered"
    account_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountDeleted(Event):
    """An account was ended, by its owner or an admin; what it said of them is gone, or goes as soon as it may."""

    name: ClassVar[str] = "account.deleted"
    account_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationRequested(Event):
    """An account's e-mail address is to be confirmed by a token that is sent to it."""

    name: ClassVar[str] = "account.verification_requested"
    public: ClassVar[bool] = False
    account_id: UUID
    challenge_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class PasswordResetRequested(Event):
    """Somebody has forgotten a password. Whose account it is, if anybody's, is found out afterwards."""

    name: ClassVar[str] = "account.password_reset_requested"
    public: ClassVar[bool] = False
    challenge_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailChangeRequested(Event):
    """An account is to have another e-mail address, which confirms that by a token that is sent to it."""

    name: ClassVar[str] = "account.email_change_requested"
    public: ClassVar[bool] = False
    account_id: UUID
    challenge_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailChanged(Event):
    """An account has another e-mail address. The one before is sent a token that undoes it."""

    name: ClassVar[str] = "account.email_changed"
    public: ClassVar[bool] = False
    account_id: UUID
    challenge_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailVerified(Event):
    """The owner of an account has shown that its e-mail address is theirs."""

    name: ClassVar[str] = "account.email_verified"
    account_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondFactorAdded(Event):
    """An account's password opens it only together with a code from now on."""

    name: ClassVar[str] = "account.second_factor_added"
    public: ClassVar[bool] = False
    account_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondFactorRemoved(Event):
    """An account's password opens it alone from now on: its second factor was switched off, or all its factors were taken away by staff."""

    name: ClassVar[str] = "account.second_factor_removed"
    public: ClassVar[bool] = False
    account_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class PasskeyAdded(Event):
    """An account is opened by one more passkey from now on."""

    name: ClassVar[str] = "account.passkey_added"
    public: ClassVar[bool] = False
    account_id: UUID
    passkey_id: UUID
