"""What a command says when it cannot do its work: one sentence, and the command that mends it. Never a traceback for the foreseeable."""

from merkato.kit import database as databases
from merkato.kit.embedded import EmbeddedFailed

FAILED = 1
WRONG_USE = 2


class Failed(Exception):  # noqa: N818 - it is said to the person who started the command.
    """The command ends; the message is what it says. `code` is its exit code."""

    def __init__(self, sentence: str, code: int = FAILED) -> None:
        super().__init__(sentence)
        self.code = code


def foreseen(error: Exception) -> Failed | None:
    """What to say about an error from below, or None when it is a fault of ours that needs its traceback."""
    if isinstance(error, Failed):
        return error
    if isinstance(error, EmbeddedFailed):
        return Failed(f"{error} `merkato doctor` looks at the whole installation.")
    if isinstance(error, OSError) and error.filename is not None:
        # A file or folder; addresses of servers have no file name.
        return Failed(
            f"{error.filename}: {error.strerror}. Let MERKATO_HOME name a folder that you may write; `merkato doctor` tests it."
        )
    reason = databases.reason_of(error)
    return absent(reason) if reason else None


def absent(reason: str) -> Failed:
    """The database that the settings name cannot be used."""
    return Failed(f"The database cannot be used: {reason}. Correct MERKATO_DATABASE_URL and try `merkato doctor`.")


def behind() -> Failed:
    """The database lacks what this version needs."""
    return Failed("The database lacks tables that this version needs: run `merkato migrate`.")
