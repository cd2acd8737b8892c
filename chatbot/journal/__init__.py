"""The journal: every conversation, and every effect of every turn with its result, in one SQLite file.

What went out and what came back is appended and never changed; only a session's title and head move. A method that
writes has committed when it returns. Texts from outside are kept as JSON, so that no character can cost a row.
"""

from chatbot.journal.journal import Journal
from chatbot.journal.records import (
    EffectRecord,
    Feedback,
    MessageState,
    SessionInfo,
    StoredMessage,
    Verdict,
)

__all__ = ["EffectRecord", "Feedback", "Journal", "MessageState", "SessionInfo", "StoredMessage", "Verdict"]
