"""The report of a run as one HTML file that asks nothing of any network: figures drawn here, and every item to look at.

Text of models, datasets and people is never markup: it reaches the page through `markup`, which escapes whatever it did
not make itself, or packed as data, which the page's script sets as text. The page's own policy forbids every other
script, and every request.
"""

from chatbot.evaluation.report.page import Report, page, write_report

__all__ = ["Report", "page", "write_report"]
