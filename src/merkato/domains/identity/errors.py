"""What can go wrong with accounts and signing in."""

from merkato.kit.errors import BadRequest, Conflict, FieldError, Invalid, NotAllowed, NotAuthenticated, TooMany


class EmailTaken(Conflict):
    """There is an account with this e-mail address."""

    code, title = "email-taken", "This e-mail address has an account"
    fix = "Sign in, or register with another address."
    constraints = ("uq_identity_accounts_email_key",)


class HandleTaken(Conflict):
    """Somebody else has this handle."""

    code, title = "handle-taken", "This handle is taken"
    fix = "Choose another handle, or leave it out to have one made from the name."
    constraints = ("uq_identity_profiles_handle",)


class LastAdmin(Conflict):
    """The change would leave the store without an active admin."""

    code, title = "last-admin", "A store needs an admin"
    fix = "Make another account an admin first."


class ScopesExceeded(NotAllowed):
    """The change would give somebody, or a key, more than the one who makes it may do."""

    code, title = "scopes-exceeded", "Nobody gives more than they have"
    fix = "Leave out the scopes that `detail` names, or ask somebody who has them."


class TooManyApiKeys(Conflict):
    """An account may have fifty API keys."""

    code, title = "too-many-api-keys", "There are enough API keys"
    fix = "Delete one that is no longer used; `last_used_at` says which."


class InvalidGrant(NotAuthenticated):
    """The e-mail address and password do not fit, or the refresh token is unknown, expired, revoked or was used before."""

    code, title = "invalid-grant", "These credentials are not valid"
    fix = "Check the address and the password; when a refresh token is refused, sign in again."

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class WrongPassword(NotAllowed):
    """Who changes a password or an e-mail address says the present password too, and this was another one. It counts as a failed log-in."""

    code, title = "wrong-password", "This is not the password"
    fix = "Send the present password of the account, or ask for a new one at `POST /v1/auth/password-resets`."

    def __init__(self, pointer: str) -> None:
        super().__init__(errors=[FieldError(pointer, self.code, "is not the password of this account")])


class WeakPassword(Invalid):
    """Guessing begins with this password: it is a very common one, a row of keys or one character again and again, or one's own address."""

    code, title = "weak-password", "This password is too easy to guess"
    fix = "Choose a longer one: a few words that nobody would put together, or what a password manager makes."


class UnsupportedGrant(BadRequest):
    """The token endpoint takes `grant_type=password` and `grant_type=refresh_token`, each with its form fields."""

    code, title = "unsupported-grant", "This way of signing in is not offered"
    fix = "Send a form with `grant_type=password, username, password` or `grant_type=refresh_token, refresh_token`."


class InvalidToken(Invalid):
    """The token from the mail is not ours, was used before, has expired, or a newer one was sent since."""

    code, title = "invalid-token", "This token is not valid"
    fix = "Ask for another mail, and use the token of the newest one."


class TooManyMails(TooMany):
    """An account may ask for five verification mails in an hour."""

    code, title = "too-many-mails", "Enough mail was sent"
    fix = "Look into the spam folder, or wait as long as `Retry-After` says."
