"""What can be said of a conversation as a plain sequence of messages: its turns, what fits, what a follow-up means.

Pure functions; where a conversation is kept is the journal's affair.
"""

from chatbot.conversation.followup import standalone
from chatbot.conversation.history import Window, check, close_calls, close_questions, extract, in_words, turns, window
from chatbot.conversation.transcript import Said, as_markdown

__all__ = [
    "Said",
    "Window",
    "as_markdown",
    "check",
    "close_calls",
    "close_questions",
    "extract",
    "in_words",
    "standalone",
    "turns",
    "window",
]
