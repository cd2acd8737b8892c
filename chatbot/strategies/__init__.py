"""Prompting strategies: ways to get an answer out of a model, each a generator of effects, by name.

    strategy = strategies.get("self_consistency over few_shot_cot", samples=20)

A prompt file names one under `metadata.chatbot.strategy`; chat, Python and evaluation run it alike.
"""

from chatbot.strategies.registry import STRATEGIES, get

__all__ = ["STRATEGIES", "get"]
