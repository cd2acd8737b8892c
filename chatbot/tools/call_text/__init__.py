"""Calls of tools in the text of a model that has no native ones, or forgets them: many forms in, one kind of call out.

`reading` goes through a text; `marked`, `markup`, `expressions`, `objects` and `loose` know a family of forms each;
`literals` reads values, and `fitting` turns what was written into the JSON text that the dispatcher checks. Nothing is
executed or evaluated, whatever the text.
"""

from __future__ import annotations

from chatbot.tools.call_text.reading import Reading, parse_calls, read

__all__ = ["Reading", "parse_calls", "read"]
