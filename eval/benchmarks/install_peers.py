"""Installs what benchmarks measure beside ours: for evals, lexical search, documents, indexing, and model clients.

    python eval/benchmarks/install_peers.py [NAME ...]

Names: inspect-ai, dspy, lexical, documents, clients, llama-index, openvino, promptfoo; without one, all.

They go to `.cache/peers` in the repository, which git ignores, and touch nothing else: inspect-ai and dspy into
virtual environments of their own, since they need different openai clients; bm25s with tantivy, what reads documents,
and clients of model services, into three more; LlamaIndex and OpenVINO into folders that are searched behind our own
packages, since they take torch and numpy from them; promptfoo by npm, where there is one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

PEERS = Path(__file__).parents[2] / ".cache" / "peers"

DOCUMENTS = (
    *("pypdf", "pdfminer.six", "pypdfium2", "python-docx", "python-pptx", "openpyxl", "python-calamine"),
    "markitdown[pdf,docx,pptx,xlsx]",
)
"""What reads documents: `document_readers.py`."""

CLIENTS = ("openai==3.52.0", "langchain-openai==1.7.3", "pydantic-ai-slim[openai]==2.68.0")
"""What speaks to model services: `client_faults.py`. Pinned, since what they get wrong changes."""

PYTHON = {
    "inspect-ai": ("inspect-ai", "openai>=3.4"),
    "dspy": ("dspy",),
    "lexical": ("bm25s", "tantivy", "PyStemmer"),
    "documents": DOCUMENTS,
    "clients": CLIENTS,
}
"""Packages, by the folder of their environment."""

FOLDERS = {"llama-index": ("llama-index-core",), "openvino": ("openvino",)}
"""Packages, by the folder they are installed into."""

NODE = ("promptfoo",)


def main() -> None:
    wanted = set(sys.argv[1:]) or {*PYTHON, *FOLDERS, *NODE}
    for name in PYTHON.keys() & wanted:
        folder = PEERS / name
        if not folder.exists():
            venv.create(folder, with_pip=True)
        pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--upgrade")
        subprocess.run([*pip, *PYTHON[name]], check=True)
    for name in FOLDERS.keys() & wanted:
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", PEERS / name)
        subprocess.run([*pip, *FOLDERS[name]], check=True)
    if wanted & {*NODE}:
        install_node()


def install_node() -> None:
    npm = shutil.which("npm")
    if npm is None:
        print("there is no npm here, so promptfoo is left out", file=sys.stderr)
        return
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", PEERS / "node", *NODE], check=True
    )


if __name__ == "__main__":
    main()
