"""Open models on this machine, through transformers: weights, prompts as tokens, decoding, and what their text means.

Nothing here is imported before somebody names a local model: torch alone takes seconds.
"""
