"""Demonstrations: a pool of worked items in a JSONL file, and which of them are shown with an item."""

from chatbot.prompting.demonstrations.choice import Choice, read_choice
from chatbot.prompting.demonstrations.pool import Demonstration, Pool, read_pool
from chatbot.prompting.demonstrations.selection import select, texts_to_embed

__all__ = ["Choice", "Demonstration", "Pool", "read_choice", "read_pool", "select", "texts_to_embed"]
