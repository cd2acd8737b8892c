"""Prompt files: read `.prompty` (version 2), check inputs, render to messages whose text keeps its origin.

And what belongs to a prompt: its demonstrations, and how the answer is read from a reply.
"""

from chatbot.prompting.extraction import extract, normalise
from chatbot.prompting.inputs import Input
from chatbot.prompting.prompt import Prompt, list_prompts

__all__ = ["Input", "Prompt", "extract", "list_prompts", "normalise"]
