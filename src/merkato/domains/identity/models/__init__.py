"""Accounts, profiles, sessions with their refresh tokens, and the one who calls."""

from merkato.domains.identity.models.accounts import Account, Profile, email_key
from merkato.domains.identity.models.actors import GRANTS, SCOPES, Actor, Role, granted
from merkato.domains.identity.models.challenges import Challenge, Purpose
from merkato.domains.identity.models.keys import ApiKey
from merkato.domains.identity.models.sessions import AccountSession, RefreshToken

__all__ = [
    "GRANTS",
    "SCOPES",
    "Account",
    "AccountSession",
    "Actor",
    "ApiKey",
    "Challenge",
    "Profile",
    "Purpose",
    "RefreshToken",
    "Role",
    "email_key",
    "granted",
]
