"""What happens to accounts, profiles and sessions, inside the caller's transaction."""

from merkato.domains.identity.models import email_key
from merkato.domains.identity.service.accounts import (
    change_account,
    change_me,
    change_password,
    delete_me,
    lock,
    own_account,
    own_profile,
    profile_of,
    refuse_guessable,
    register,
    write_profile,
)
from merkato.domains.identity.service.changing_email import ask_for_email, change_email, undo_email
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
from merkato.domains.identity.service.signing_in import end_session, exchange, open_session, own_sessions, revoke

__all__ = [
    "MARK",
    "ask_for_email",
    "ask_for_reset",
    "ask_to_verify",
    "awaiting_mail",
    "change_account",
    "change_email",
    "change_me",
    "change_password",
    "check_reset",
    "delete_me",
    "email_key",
    "end_session",
    "exchange",
    "find_owner",
    "forget_challenges",
    "lock",
    "make_key",
    "open_session",
    "own_account",
    "own_profile",
    "own_sessions",
    "profile_of",
    "refuse_guessable",
    "register",
    "remove_key",
    "reset_password",
    "revoke",
    "token_of",
    "undo_email",
    "verify",
    "write_profile",
]
