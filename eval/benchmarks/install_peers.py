"""Installs what benchmarks measure beside ours: for evals, for words, LlamaIndex for documents, OpenVINO for vectors.

    python eval/benchmarks/install_peers.py

They go to `.cache/peers` in the repository, which git ignores, and touch nothing else: inspect-ai and dspy into
virtual environments of their own, since they need different openai clients, and bm25s and tantivy into another;
LlamaIndex and OpenVINO into folders that are searched behind our own packages, since they take torch and numpy from
them; promptfoo by npm, where there is one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

PEERS = Path(__file__).parents[2] / ".cache" / "peers"

PYTHON = {"inspect-ai": ("inspect-ai", "openai>=3.4"), "dspy": ("dspy",), "lexical": ("bm25s", "tantivy", "PyStemmer")}
"""Packages, by the folder of their environment."""

FOLDERS = {"llama-index": ("llama-index-core",), "openvino": ("openvino",)}
"""Packages, by the folder they are installed into."""

NODE = ("promptfoo",)


def main() -> None:
    for name, packages in PYTHON.items():
        folder = PEERS / name
        if not folder.exists():
            venv.create(folder, with_pip=True)
        pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--upgrade")
        subprocess.run([*pip, *packages], check=True)
    for name, packages in FOLDERS.items():
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", PEERS / name)
        subprocess.run([*pip, *packages], check=True)
    npm = shutil.which("npm")
    if npm is None:
        print("there is no npm here, so promptfoo is left out", file=sys.stderr)
        return
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", PEERS / "node", *NODE], check=True
    )


if __name__ == "__main__":
    main()
