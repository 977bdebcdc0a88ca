"""The mail that is to be written, by what it is about. No address, name or text is kept: it is written anew for each try."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import State, Word
from merkato.kit.machines import step
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row


class Template(StrEnum):
    """What a mail says; the name of its files in `templates/`."""

    ORDER_PLACED = "order_placed"
    ORDER_PAID = "order_paid"
    ORDER_DISPATCHED = "order_dispatched"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"
    VERIFICATION = "verification"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a mail.
    EMAIL_CHANGE = "email_change"
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    PASSKEY_ADDED = "passkey_added"
    JOB_ACCEPTED = "job_accepted"
    JOB_PAID = "job_paid"
    JOB_COMPLETED = "job_completed"
    JOB_CANCELLED = "job_cancelled"
    JOB_REOPENED = "job_reopened"


class MessageState(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


UNSENT: Final = (MessageState.WAITING, MessageState.FAILED)

TRANSITIONS: Final[dict[MessageState, frozenset[MessageState]]] = {
    MessageState.WAITING: frozenset({MessageState.SENT, MessageState.FAILED, MessageState.DROPPED}),
    # Staff have its task done again.
    MessageState.FAILED: frozenset({MessageState.SENT, MessageState.FAILED, MessageState.DROPPED}),
    MessageState.SENT: frozenset(),
    MessageState.DROPPED: frozenset(),
}


class Message(Row):
    """One mail to one person about one event."""

    __tablename__ = "notifications_messages"
    privacy: ClassVar[Privacy] = says(nothing="key template message_id failure")

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(128), unique=True)
    """The template and the event: what happens once is written about once."""
    template: Mapped[Word]
    subject_id: Mapped[UUID]
    """The order, or whatever else it is about."""
    message_id: Mapped[str] = mapped_column(String(320))
    """Its Message-ID, the same for each try: who gets it twice, because we died between the server's word and our note of it, sees
    one mail."""
    state: Mapped[State]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    failure: Mapped[str | None] = mapped_column(String(200))
    leased_until: Mapped[datetime | None]
    """Until then somebody is handing it over, unless they have died."""
    created_at: Mapped[Created]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "created_at"),
        Index("ix_notifications_messages_unsent", "state", postgresql_where=text("state IN ('waiting', 'failed')")),
    )

    def become(self, state: MessageState) -> None:
        """Raises ValueError for a step that is not in the machine."""
        self.state, self.leased_until = step(TRANSITIONS, self.state, state), None
