"""Scorers: pure functions of an item and a response, described by entries of a suite.

    scorers:
      - {kind: contains, expect: "{{ answer }}"}
      - {kind: number, expect: "{{ answer }}", tolerance: 0.5}

Scoring asks no model, so that a stored run is scored again without a call. What stands apart and is never taken for
each other: wrong, no answer found, refused, error, unscored.
"""

from chatbot.evaluation.scoring.classes import macro_f1
from chatbot.evaluation.scoring.registry import KINDS, scorer_name, scorer_of

__all__ = ["KINDS", "macro_f1", "scorer_name", "scorer_of"]
