"""Evals of OpenAI's hosted service and of the openai/evals repository, as suites with their prompt and their items.

What does not carry over is named, never left out in silence.
"""
