"""Models that run in this process, on transformers: `local:PATH_OR_HUB_ID`.

Importing this package is cheap; torch and transformers are imported when a model is loaded.
"""
