"""What may be said about accounts, profiles and tokens."""

from merkato.domains.identity.schemas.accounts import (
    AccountDraft,
    AccountView,
    EmailWish,
    MeChange,
    ProfileChange,
    ProfileDraft,
    ProfileView,
)
from merkato.domains.identity.schemas.fields import Email, Handle, Password, PresentPassword, Scope
from merkato.domains.identity.schemas.signing_in import (
    KeySetView,
    MailedToken,
    MailToken,
    PasswordReset,
    PasswordResetRequest,
    Revocation,
    SessionView,
    Tokens,
)
from merkato.domains.identity.schemas.staffing import (
    AccountChange,
    AccountFilters,
    ApiKeyDraft,
    ApiKeyView,
    ApiKeyWithSecret,
    AuditChangeView,
    AuditEntryView,
    AuditFilters,
)

__all__ = [
    "AccountChange",
    "AccountDraft",
    "AccountFilters",
    "AccountView",
    "ApiKeyDraft",
    "ApiKeyView",
    "ApiKeyWithSecret",
    "AuditChangeView",
    "AuditEntryView",
    "AuditFilters",
    "Email",
    "EmailWish",
    "Handle",
    "KeySetView",
    "MailToken",
    "MailedToken",
    "MeChange",
    "Password",
    "PasswordReset",
    "PasswordResetRequest",
    "PresentPassword",
    "ProfileChange",
    "ProfileDraft",
    "ProfileView",
    "Revocation",
    "Scope",
    "SessionView",
    "Tokens",
]
