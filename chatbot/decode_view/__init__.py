"""What decoding does, to be seen: the next token's distribution before and after each strategy, the way a text takes
token by token, the tree of alternatives, and what each strategy writes; for a terminal, as JSON, and as a page of HTML.

Any model can be looked at: a local one whole, an endpoint's as far as it tells log-probabilities.
"""

from chatbot.decode_view.view import View, Written

__all__ = ["View", "Written"]
