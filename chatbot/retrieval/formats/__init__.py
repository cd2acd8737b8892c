"""Converters: what the bytes of a file say, as text with Markdown's marks, with its places."""
