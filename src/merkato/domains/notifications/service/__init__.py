"""What happens to messages, and what they say."""

from merkato.domains.notifications.service.messages import UnderWay, drop, fail, forget, note_sent, rest, take
from merkato.domains.notifications.service.writing import letter

__all__ = ["UnderWay", "drop", "fail", "forget", "letter", "note_sent", "rest", "take"]
