"""Index a folder of documents and ask it a question; every quotation is checked against its source.

python examples/ask_your_documents.py [FOLDER] [QUESTION]
"""

import sys
from pathlib import Path

from chatbot import Chatbot, Knowledge

folder = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "knowledge"
question = sys.argv[2] if len(sys.argv) > 2 else "What does temperature do in sampling?"

knowledge = Knowledge(folder)
answer = Chatbot("extractive", knowledge=knowledge).ask(question)
print(answer.text)
for citation in answer.citations:
    document = knowledge.document(citation.path)
    assert document[citation.start : citation.end] == citation.quote
    print(f"[{citation.number}] {citation.place}")
