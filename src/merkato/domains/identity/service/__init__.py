"""What happens to accounts, profiles and sessions, inside the caller's transaction."""

from merkato.domains.identity.models import email_key
from merkato.domains.identity.service.accounts import (
    change_account,
    change_me,
    delete_me,
    lock,
    own_account,
    own_profile,
    profile_of,
    register,
    write_profile,
)
from merkato.domains.identity.service.confirming import (
    ask_for_reset,
    ask_to_verify,
    awaiting_mail,
    check_reset,
    find_owner,
    forget_challenges,
    reset_password,
    token_of,
    verify,
)
from merkato.domains.identity.service.keys import MARK, make_key, remove_key
from merkato.domains.identity.service.signing_in import exchange, open_session, revoke

__all__ = [
    "MARK",
    "ask_for_reset",
    "ask_to_verify",
    "awaiting_mail",
    "change_account",
    "change_me",
    "check_reset",
    "delete_me",
    "email_key",
    "exchange",
    "find_owner",
    "forget_challenges",
    "lock",
    "make_key",
    "open_session",
    "own_account",
    "own_profile",
    "profile_of",
    "register",
    "remove_key",
    "reset_password",
    "revoke",
    "token_of",
    "verify",
    "write_profile",
]
