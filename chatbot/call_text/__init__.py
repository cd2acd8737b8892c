"""Calls of tools in the text of a model that has no native ones, or forgets them: many forms in, one kind of call out.

`reading` goes through a text; `marked`, `markup`, `expressions`, `objects` and `loose` know a family of forms each;
`literals` reads values, and `fitting` turns what was written into the JSON text that the dispatcher checks.
`description` tells a model how to call, `wording` puts a whole request into words, `withholding` keeps calls off the
screen. Nothing is executed or evaluated, whatever the text.
"""

from __future__ import annotations

from chatbot.call_text.description import RESULT, described
from chatbot.call_text.reading import Reading, parse_calls, read
from chatbot.call_text.withholding import Withholding, shown
from chatbot.call_text.wording import in_words

__all__ = ["RESULT", "Reading", "Withholding", "described", "in_words", "parse_calls", "read", "shown"]
