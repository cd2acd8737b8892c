"""Target S1: process start to `--version`, and `import chatbot`, beside a bare interpreter.

    python eval/benchmarks/start_time.py

The peers measured on the same kind of machine: llm 0.93 s, inspect 1.37 s, lm-eval 0.23 s. The one that is installed
in the same environment is run in turn with ours.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from timing import in_turn, report, seconds_of

programs = Path(sys.executable).parent
commands = {
    "chatbot --version": [str(programs / "chatbot"), "--version"],
    "chatbot --help": [str(programs / "chatbot"), "--help"],
    "import chatbot": [sys.executable, "-c", "import chatbot"],
    "python -c pass": [sys.executable, "-c", "pass"],
}
for peer in ("llm", "inspect", "lm-eval"):
    if shutil.which(peer, path=str(programs)):
        commands[f"{peer} --version"] = [str(programs / peer), "--version"]

print("target: --version 0.15 s, import 0.10 s")
report(in_turn({name: lambda command=command: seconds_of(command) for name, command in commands.items()}, rounds=11))
