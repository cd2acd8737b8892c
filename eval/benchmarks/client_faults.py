"""Our client and three others at the same servers that do everything wrong (`tests/faults`), fault by fault in turn.

    python eval/benchmarks/install_peers.py clients     # once
    python eval/benchmarks/client_faults.py             # those that the table names, and every fourth of the others
    python eval/benchmarks/client_faults.py --every 1   # all; hangs alone take four minutes

Each call is made in a process of its own, with a cap on its memory, is told to wait 3 s, and is stopped after 45 s.
Others are used as their documentation shows first; a chatbot of ours and an agent of pydantic-ai run the calls that a
reply asks for, openai and langchain-openai hand them over. Versions are pinned in install_peers.py.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from client_faults_program import CLIENTS
from install_peers import PEERS

TESTS = Path(__file__).parents[2] / "tests"
sys.path.insert(0, str(TESTS))

from fault_server import FaultServer  # noqa: E402  # of the tests
from faults import FAULTS  # noqa: E402
from faults.fault import ANSWER, Expected, Fault, Form  # noqa: E402

AT_ONCE = 16
"""Calls at once, of those that are answered at once."""

TYPED = {
    "ours": ("chatbot",),
    "openai": ("openai",),
    "langchain-openai": ("langchain_openai", "langchain_core", "openai"),
    "pydantic-ai": ("pydantic_ai",),
}
"""Where the errors are defined that a client promises."""

WHOLE = ("complete", "stop", "tool_calls", "tool_call", "function_call")
"""What clients call the end of a whole reply."""

Case = tuple[Fault, Form]
Came = dict[str, object]


@dataclass(frozen=True)
class Result:
    """What came of one case for one client."""

    fault: Fault
    form: Form
    came: Came
    requests: int
    verdict: str


# --- judging ----------------------------------------------------------------------------------------------------------

VERDICTS = (
    ("true", "what came is true: the whole text, an end that says that it is none, or an error of the client's own"),
    ("silent", "text that is cut, changed, or no answer at all, returned as if it were whole"),
    ("wrong call", "a call run or handed over that was not finished, not valid, or not its own"),
    ("untyped", "an exception that is none of the client's own"),
    ("hang", "stopped after 45 s, with a time-out of 3 s"),
    ("died", "ended by the cap on memory, or by a signal"),
    ("lost", "a whole answer refused with an error"),
)


def judged(client: str, expected: Expected, came: Came, requests: int) -> str:
    """The first that fits of VERDICTS."""
    error = str(came.get("error", ""))
    if error in ("hang", "died"):
        return error
    if unwanted(expected, came):
        return "wrong call"
    if error:
        if not error.startswith(TYPED[client]):
            return "died" if error == "builtins.MemoryError" else "untyped"
        return "lost" if expected.finish == "complete" and not expected.mended and not expected.calls else "true"
    if (expected.readable or requests > expected.requests) and (came["text"], came["finish"]) == (ANSWER, "stop"):
        return "true"  # read in spite of all, or asked for again
    if expected.finish != "complete":
        return "silent" if came["finish"] in (*WHOLE, None) else "true"
    if expected.calls or expected.mended:
        return "true"
    return "true" if came["length"] == len(expected.text) else "silent"


def unwanted(expected: Expected, came: Came) -> bool:
    """Whether calls came that must not be run: any from a reply that is not whole, or more than are sound."""
    calls = [call for call in came.get("calls") or [] if runnable(call[1])]  # type: ignore[attr-defined]
    return len(calls) > (expected.runs if expected.finish == "complete" else 0)


def runnable(arguments: object) -> bool:
    """Whether an application that reads the arguments would run the call."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return False
    return isinstance(arguments, dict)


# --- running ----------------------------------------------------------------------------------------------------------


class Client:
    """The process of one client."""

    def __init__(self, name: str, trust: Path) -> None:
        self.name = name
        python = sys.executable if name == "ours" else str(PEERS / "clients" / "bin" / "python")
        folders = os.pathsep.join([str(TESTS.parent), os.environ.get("PYTHONPATH", "")]) if name == "ours" else ""
        settings = {
            name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "CHATBOT_", "PYTHON"))
        }
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("client_faults_program.py")), name],
            env=settings | {"SSL_CERT_FILE": str(trust), "PYTHONPATH": folders, "NO_PROXY": "127.0.0.1"},
            cwd=trust.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self._line().strip() != "ready":
            raise SystemExit(
                f"{name} does not start: install it with `python eval/benchmarks/install_peers.py clients`"
            )

    def ask(self, jobs: Sequence[dict[str, str]]) -> list[Came]:
        """What came of these, asked at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(jobs) + "\n")
        self._process.stdin.flush()
        came: list[Came] = json.loads(self._line())
        return came

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def batches(faults: Sequence[Fault]) -> Iterator[list[Case]]:
    """Bombs one by one, what waits all at once, the rest a few at a time."""
    cases = [(fault, form) for fault in faults for form in fault.scenes]
    yield [case for case in cases if case[0].group == "time"]
    quick = [case for case in cases if case[0].group not in ("time", "size")]
    yield from (quick[at : at + AT_ONCE] for at in range(0, len(quick), AT_ONCE))
    yield from ([case] for case in cases if case[0].group == "size")


def run(faults: Sequence[Fault], names: Sequence[str]) -> dict[str, list[Result]]:
    """All cases at all clients, batch by batch in turn."""
    results: dict[str, list[Result]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        trust = Path(folder) / "authority.pem"
        (Path(folder) / "chatbot.toml").write_text("tools = []\n", encoding="utf-8")
        server = stack.enter_context(FaultServer(trust))
        clients = [Client(name, trust) for name in names]
        for client in clients:
            stack.callback(client.close)
        for batch in filter(None, batches(faults)):
            for client in clients:
                jobs = [{"url": server.address(fault, form, client.name), "form": form} for fault, form in batch]
                before = len(server.elsewhere.requests)
                for (fault, form), came in zip(batch, client.ask(jobs), strict=True):
                    requests = server.came[fault.name, form, client.name]
                    verdict = judged(client.name, fault.expected[form], came, requests)
                    results[client.name].append(Result(fault, form, came, requests, verdict))
                STRAYED[client.name] += len(server.elsewhere.requests) - before
            done = sum(map(len, results.values()))
            print(f"{done} calls", file=sys.stderr, flush=True)
    return results


STRAYED: Counter[str] = Counter()
"""Prompts that came to a second server, where redirects point."""


# --- telling ----------------------------------------------------------------------------------------------------------


def tell(results: dict[str, list[Result]]) -> None:
    """The table."""
    faults = len({each.fault.name for each in results["ours"]})
    row(f"{faults} faults, {len(results['ours'])} cases", [*results])
    row("---", ["---"] * len(results))
    for verdict, _ in VERDICTS:
        row(verdict, [sum(each.verdict == verdict for each in own) for own in results.values()])
    row(
        "slowest of those that the time-out has to end, hangs left out",
        [f"{slowest(own):.1f} s" for own in results.values()],
    )
    row("prompts sent on to where a redirect points", [STRAYED[name] for name in results])
    for fault, form in SHOWN:
        row(f"{fault} ({form})", [shown(own, fault, form) for own in results.values()])
    for each in (r for r in results["ours"] if r.fault.heavy):
        sizes = [size(own, each.fault.name, each.form) for own in results.values()]
        row(f"memory for {each.fault.name} ({each.form})", sizes)
    print()
    for verdict, meaning in VERDICTS:
        print(f"{verdict}: {meaning}")


def slowest(own: Sequence[Result]) -> float:
    """Seconds."""
    return max((float(str(each.came.get("seconds", 0))) for each in own if each.fault.group == "time"), default=0.0)


SHOWN: tuple[tuple[str, Form], ...] = (
    ("an end without a reason", "stream"),
    ("the connection's end without a reason", "stream"),
    ("[DONE] without a reason", "stream"),
    ("a byte order mark", "stream"),
    ("choices: []", "body"),
    ("half a surrogate pair", "body"),
    ("a call cut by the token limit that is JSON by chance", "stream"),
    ("a call cut by the token limit", "stream"),
    ("two calls of one index", "stream"),
    ("two calls of one id", "stream"),
    ("429 for a quota that is used up", "stream"),
    ("429 and a wait of an hour", "stream"),
    ("cut before a word", "stream"),
    ("silent", "stream"),
    ("drips comments", "stream"),
    ("drips headers", "stream"),
)
"""Cases whose outcome stands in the table."""


def shown(own: Sequence[Result], name: str, form: Form) -> str:
    """What came, in a few words."""
    found = [each for each in own if (each.fault.name, each.form) == (name, form)]
    if not found:
        return ""
    (result,) = found
    came = result.came
    what = str(came.get("error", "")).rpartition(".")[2] or f"{came['text']!r:.24}, {came['finish']}"
    calls = f", calls {came['calls']}" if came.get("calls") else ""
    again = f", {result.requests} requests" if result.requests != 1 else ""
    return f"{what}{calls}{again}"


def size(own: Sequence[Result], name: str, form: Form) -> str:
    """How much memory a call took, and how it ended."""
    (result,) = [each for each in own if (each.fault.name, each.form) == (name, form)]
    return f"{result.came['megabytes']:,} MB, {shown(own, name, form)[:60]}"


def row(title: str, cells: Sequence[object]) -> None:
    """A line of a table in Markdown."""
    print("| " + " | ".join([title, *(str(cell).replace("|", "/") for cell in cells)]) + " |", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--every", type=int, default=4, help="take every n-th fault beside those of the table")
    arguments.add_argument("--no-bombs", action="store_true", help="leave out what takes gigabytes")
    arguments.add_argument("--only", default=",".join(CLIENTS), help="clients, with commas between")
    arguments.add_argument("--details", type=Path, help="a file for what came of each case, as lines of JSON")
    given = arguments.parse_args()
    named = {name for name, _ in SHOWN}
    chosen = [fault for at, fault in enumerate(FAULTS) if at % given.every == 0 or fault.name in named or fault.heavy]
    faults = [fault for fault in chosen if not (fault.heavy and given.no_bombs)]
    results = run(faults, given.only.split(","))
    tell(results)
    if given.details:
        lines = [
            json.dumps([name, each.fault.name, each.form, each.verdict, each.requests, each.came])
            for name, own in results.items()
            for each in own
        ]
        given.details.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
