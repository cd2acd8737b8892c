"""Models: what they are (`model`), how a spec becomes one, and how a stream becomes a reply (`fold`).

Importing this package is cheap; the client of a service is imported when a model that needs it is connected.
"""

from __future__ import annotations

from chatbot.models.model import Abilities, Model
from chatbot.models.scripted import Scripted

__all__ = ["Abilities", "Model", "Scripted"]
