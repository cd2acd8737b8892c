"""Targets S7 and S8: an eval of 1,000 items at an endpoint that answers after 100 ms, 64 requests at once.

    python eval/benchmarks/install_peers.py     # once, for the peers
    python eval/benchmarks/eval_speed.py [--rounds 5] [--items 1000] [--long 10000] [--only ours,bare]

S7: whole processes, ours and the peers in turn, medians; and the rate of a long eval against the bare openai client's.
S8: ours is killed half-way and started again: calls that are made twice, and seconds to the first new call.

Ours keeps every result on the disk, scores, and compares. The bare client (`AsyncOpenAI`, 64 tasks) only asks.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from install_peers import PEERS
from timing import in_turn, report, report_rates

HERE = Path(__file__).parent
AT_ONCE = 64
PROMPT = "---\nname: direct\ninputs: [{name: question, kind: string, required: true}]\n---\nsystem:\nAnswer.\n\nuser:\n"

SUITE = """\
name: speed
dataset: {{path: items.jsonl}}
prompts: [direct.prompty]
strategies: [zero_shot]
models: ["{url}#m"]
scorers: [{{kind: contains, expect: "{{{{ answer }}}}"}}]
concurrency: {at_once}
"""

BARE = """\
import asyncio, json, sys
import openai

async def main():
    client, gate = openai.AsyncOpenAI(base_url=sys.argv[1], api_key="none"), asyncio.Semaphore(int(sys.argv[2]))

    async def ask(row):
        messages = [{"role": "system", "content": "Answer."}, {"role": "user", "content": row["question"]}]
        async with gate:
            reply = await client.chat.completions.create(model="m", messages=messages)
        return row["answer"] in reply.choices[0].message.content

    rows = [json.loads(line) for line in open("items.jsonl")]
    right = await asyncio.gather(*map(ask, rows))
    print(sum(right), len(right))

asyncio.run(main())
"""

PROMPTFOO = """\
prompts: ['[{{"role": "system", "content": "Answer."}}, {{"role": "user", "content": {{{{ question | dump }}}}}}]']
providers: [{{id: "openai:chat:m", config: {{apiBaseUrl: "{url}", apiKey: none}}}}]
tests: file://tests.csv
"""

INSPECT = """\
from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, system_message

@task
def speed():
    items = json_dataset("items.jsonl", FieldSpec(input="question", target="answer"))
    return Task(dataset=items, solver=[system_message("Answer."), generate()], scorer=includes())
"""

DSPY = """\
import json, sys
import dspy

model = dspy.LM("openai/m", api_base=sys.argv[1], api_key="none", cache=False)

class Direct(dspy.Module):
    def forward(self, question):
        messages = [{"role": "system", "content": "Answer."}, {"role": "user", "content": question}]
        return dspy.Prediction(answer=model(messages=messages)[0])

rows = [json.loads(line) for line in open("items.jsonl")]
items = [dspy.Example(question=row["question"], answer=row["answer"]).with_inputs("question") for row in rows]
score = dspy.Evaluate(devset=items, metric=lambda item, said, trace=None: item.answer in str(said.answer),
                      num_threads=int(sys.argv[2]), display_progress=False)(Direct())
print(score)
"""


@dataclass(frozen=True)
class Contestant:
    """A program that runs the eval."""

    command: tuple[str, ...]
    env: Mapping[str, str]
    forgets: tuple[str, ...] = ()
    """Folders of what it keeps, removed before each round."""

    def seconds(self, folder: Path) -> float:
        """Wall time of the whole process."""
        for name in self.forgets:
            shutil.rmtree(folder / name, ignore_errors=True)
        started = time.perf_counter()
        done = subprocess.run(
            self.command, cwd=folder, env={**os.environ, **self.env}, capture_output=True, text=True, check=False
        )
        taken = time.perf_counter() - started
        if done.returncode not in (0, 100):  # 100: promptfoo found wrong answers
            raise RuntimeError(f"{' '.join(self.command)}:\n{done.stdout[-2_000:]}\n{done.stderr[-2_000:]}")
        return taken


@contextmanager
def endpoint(delay: float) -> Iterator[str]:
    """The address of a server of its own."""
    command = [sys.executable, str(HERE / "echo_endpoint.py"), "--delay", str(delay)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def calls(url: str) -> int:
    """Requests that the server has had."""
    with urllib.request.urlopen(f"{url}/count") as response:  # noqa: S310  # our own server on loopback
        return int(response.read())


def lay_out(folder: Path, url: str, items: int) -> None:
    """The same eval in everybody's form; every item is answered rightly."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"id": str(n), "question": f"What is {n} plus {n}?", "answer": "4"} for n in range(items)]
    files = {
        "items.jsonl": "\n".join(map(json.dumps, rows)),
        "tests.csv": "question,__expected\n" + "".join(f"{row['question']},contains: 4\n" for row in rows),
        "direct.prompty": PROMPT + "{{ question }}\n",
        "suite.yaml": SUITE.format(url=url, at_once=AT_ONCE),
        "chatbot.toml": "tools = []\n",
        "bare.py": BARE,
        "promptfooconfig.yaml": PROMPTFOO.format(url=url),
        "task.py": INSPECT,
        "dspy_eval.py": DSPY,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def ours() -> Contestant:
    command = (sys.executable, "-m", "chatbot", "eval", "run", "suite.yaml", "--json")
    return Contestant(command, {"PYTHONPATH": str(HERE.parents[1])}, (".chatbot",))


def contestants(url: str) -> dict[str, Contestant]:
    """Ours, the bare client, and those of the peers that are installed."""
    promptfoo = PEERS / "node" / "node_modules" / ".bin" / "promptfoo"
    inspect, dspy = PEERS / "inspect-ai" / "bin" / "inspect", PEERS / "dspy" / "bin" / "python"
    found = {"ours": ours(), "bare": Contestant((sys.executable, "bare.py", url, str(AT_ONCE)), {})}
    if promptfoo.exists():
        logs = {"PROMPTFOO_DISABLE_DEBUG_LOG": "1", "PROMPTFOO_DISABLE_ERROR_LOG": "1", "PROMPTFOO_CONFIG_DIR": "foo"}
        quiet = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", **logs}
        flags = ("--no-cache", "--no-table", "--no-progress-bar", "-j", str(AT_ONCE))
        found["promptfoo"] = Contestant((str(promptfoo), "eval", *flags), quiet, ("foo",))
    if inspect.exists():
        chat = ("--model", "openai/m", "-M", "responses_api=false")  # else it asks by another protocol
        flags = (*chat, "--max-connections", str(AT_ONCE), "--display", "none", "--log-dir", "logs")
        env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        found["inspect-ai"] = Contestant((str(inspect), "eval", "task.py", *flags), env, ("logs",))
    if dspy.exists():
        found["dspy"] = Contestant((str(dspy), "dspy_eval.py", url, str(AT_ONCE)), {})
    return found


def counted(one: Contestant, folder: Path, url: str, items: int) -> Callable[[], float]:
    """Its seconds; it must have asked for every item, and not more than once."""

    def seconds() -> float:
        before = calls(url)
        taken = one.seconds(folder)
        asked = calls(url) - before
        assert asked == items, f"{one.command[0]} asked {asked} times for {items} items"
        return taken

    return seconds


def resumed(folder: Path, url: str, items: int) -> tuple[float, int, int]:
    """Seconds from the start to the first new call, calls that were repeated, and calls in flight at the kill."""
    one = ours()
    shutil.rmtree(folder / ".chatbot", ignore_errors=True)
    before = calls(url)
    first = subprocess.Popen(one.command, cwd=folder, env={**os.environ, **one.env}, stdout=subprocess.DEVNULL)
    while calls(url) - before < items // 2:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    time.sleep(0.3)
    at_kill = calls(url)
    started = time.perf_counter()
    second = subprocess.Popen(one.command, cwd=folder, env={**os.environ, **one.env}, stdout=subprocess.DEVNULL)
    while calls(url) == at_kill:
        time.sleep(0.005)
    seconds = time.perf_counter() - started
    second.wait()
    return seconds, calls(url) - before - items, AT_ONCE


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--rounds", type=int, default=5)
    given.add_argument("--items", type=int, default=1_000)
    given.add_argument("--long", type=int, default=10_000)
    given.add_argument("--only", default="", help="names, separated by commas")
    wanted = given.parse_args()
    with endpoint(0.1) as url, tempfile.TemporaryDirectory() as temporary:
        short, long = Path(temporary) / "short", Path(temporary) / "long"
        lay_out(short, url, wanted.items)
        lay_out(long, url, wanted.long)
        every = contestants(url)
        only = {name: one for name, one in every.items() if not wanted.only or name in wanted.only.split(",")}
        print(f"S7, {wanted.items:,} items; target: ours 3.3 s, and twice as fast as promptfoo")
        report(in_turn({name: counted(one, short, url, wanted.items) for name, one in only.items()}, wanted.rounds))
        seen = [resumed(short, url, wanted.items) for _ in range(wanted.rounds)]
        print("\nS8, killed half-way; target: no call twice but those in flight, under 2 s to the first new call")
        report({"seconds to the first call": [seconds for seconds, _, _ in seen]})
        print(f"calls made again {[again for _, again, _ in seen]}, of at most {AT_ONCE} in flight at the kill")
        if wanted.long:
            print(f"\nS7, {wanted.long:,} items; target: 0.85 of the bare client's rate")
            works = {name: counted(every[name], long, url, wanted.long) for name in ("ours", "bare")}
            rounds = max(1, wanted.rounds // 2)
            times = in_turn(works, rounds)
            report_rates({name: [wanted.long / each for each in taken] for name, taken in times.items()}, "items")


if __name__ == "__main__":
    main()
