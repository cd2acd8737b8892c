"""Prompt files: read `.prompty` (version 2), check inputs, render to messages whose text keeps its origin."""

from chatbot.prompting.inputs import Input
from chatbot.prompting.prompt import Prompt, list_prompts

__all__ = ["Input", "Prompt", "list_prompts"]
