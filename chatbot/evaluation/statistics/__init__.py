"""Statistics of evals: pure functions of scores, from counts and arrays to intervals, tests and verdicts.

Nothing here knows of prompts, runs or files. Formulas are named with their source where they stand; scipy is imported
by the function that needs it. Scores are finite numbers: what is missing, refused or failed is counted before
(`chatbot.evaluation.outcomes`), never passed in as NaN.
"""
