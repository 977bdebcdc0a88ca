"""Accounts, profiles, sessions with their refresh tokens, and the one who calls."""

from merkato.domains.identity.models.accounts import Account, Profile, email_key, reachable
from merkato.domains.identity.models.actors import GRANTS, SCOPES, Actor, Role, granted
from merkato.domains.identity.models.challenges import Challenge, Purpose
from merkato.domains.identity.models.factors import Authenticator, Passkey, RecoveryCode, Spent
from merkato.domains.identity.models.keys import ApiKey
from merkato.domains.identity.models.outside import Authorization, OutsideIdentity, ended
from merkato.domains.identity.models.sessions import AccountSession, Method, RefreshToken

__all__ = [
    "GRANTS",
    "SCOPES",
    "Account",
    "AccountSession",
    "Actor",
    "ApiKey",
    "Authenticator",
    "Authorization",
    "Challenge",
    "Method",
    "OutsideIdentity",
    "Passkey",
    "Profile",
    "Purpose",
    "RecoveryCode",
    "RefreshToken",
    "Role",
    "Spent",
    "email_key",
    "ended",
    "granted",
    "reachable",
]
