"""Installs the model server of someone else's that our endpoint client and `local:` are compared with.

    python eval/benchmarks/install_servers.py

It is `transformers serve`, in an environment of its own under `.cache/servers`, which git ignores; nothing else is
touched. Its packages are of the versions that `constraints.txt` pins, so that a difference in an answer is ours. A
machine whose pip would fetch a CUDA build of torch can be given another index by pip's own settings.

vLLM is left out: its project publishes no CPU build on the package index, and others' builds are not its own.
"""

from __future__ import annotations

import subprocess
import venv
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVERS = ROOT / ".cache" / "servers"


def main() -> None:
    folder = SERVERS / "transformers"
    if not folder.exists():
        venv.create(folder, with_pip=True)
    torch = f"torch=={version('torch').partition('+')[0]}"
    pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt")
    subprocess.run([*pip, torch, "transformers[serving]"], check=True)
    print(f"installed: {folder / 'bin' / 'transformers'} serve")


if __name__ == "__main__":
    main()
