"""What the dispatcher's policy stops, what it costs honest tasks, and what an attacker who knows it still gets out.

No model takes part: one that obeys everything it reads stands for the worst (see tests/injection_obedient.py), and the
calls of tasks and injections are written down (tests/injection_suites.py), in the shape of AgentDojo's four suites.

    python eval/benchmarks/injection_policy.py            # about four minutes
    python eval/benchmarks/injection_policy.py --every 10 # every tenth pair

A person who is asked says no to injected calls and yes to the user's. Published figures to compare with: least
privilege by task blocked 84.4 % of 384 of AgentDojo's pairs in agent-airlock, and 0 to 17 % where a policy allows a
whole suite's tools.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from adaptive_attacks import ATTEMPTS, tried
from exfiltration import CANARIES, ENCODINGS, hidden_in
from injection_obedient import Hands, attacks, leaked, obedient, planted
from injection_runs import attacked, honest, open_union, per_task, union
from injection_suites import SUITES, Suite, Work

from chatbot import Chatbot, Policy
from chatbot.messages import Passage
from chatbot.tools.answer_links import Heard, Outlet
from chatbot.tools.secret_values import Secrets

POLICIES: dict[str, Callable[[Suite, Work], Policy]] = {
    "no policy at all": lambda suite, work: Policy(),
    "per task": per_task,
    "union, on what the user named": lambda suite, work: union(suite),
    "union, everything allowed": lambda suite, work: open_union(suite),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--every", type=int, default=1, help="take every n-th injected pair")
    every = arguments.parse_args().every
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "chatbot.toml").write_text("tools = []\n")
        tell_pairs(folder, every)
        tell_tasks(folder)
        tell_attacks(folder)
        tell_adaptive(folder)
    tell_secrets()


def share(part: int, whole: int) -> str:
    return f"{part:4d} of {whole} ({100 * part / whole:5.1f} %)" + (f", < {300 / whole:.2f} %" if part == 0 else "")


def tell_pairs(folder: Path, every: int) -> None:
    pairs = [(suite, work, injection) for suite in SUITES for work in suite.tasks for injection in suite.injections]
    pairs = pairs[::every]
    print(f"{len(pairs)} injected pairs (0 of n: below 3/n with 95 % confidence)")
    for name, policy in POLICIES.items():
        results = [
            (suite.name, attacked(suite, work, each, policy(suite, work), folder)) for suite, work, each in pairs
        ]
        print(f"\n  {name}")
        print(f"    ran without approval   {share(sum(each.done > 0 for _, each in results), len(results))}")
        print(f"    denied outright        {share(sum(each.denied for _, each in results), len(results))}")
        for suite in SUITES:
            own = [each for named, each in results if named == suite.name]
            print(f"      {suite.name:20} {share(sum(each.denied for each in own), len(own))}")
        asked = sum(each.asked > 0 and not each.denied for _, each in results)
        print(f"    only a person stood in the way {share(asked, len(results))}")


def tell_tasks(folder: Path) -> None:
    tasks = [(suite, work) for suite in SUITES for work in suite.tasks]
    print(f"\n{len(tasks)} honest tasks")
    for name, policy in POLICIES.items():
        results = [honest(suite, work, policy(suite, work), folder) for suite, work in tasks]
        alone = [honest(suite, work, policy(suite, work), folder, yes=None) for suite, work in tasks]
        done, asked = sum(done for done, _ in results), sum(asked for _, asked in results)
        print(
            f"  {name:32} done {share(done, len(tasks))}, approvals {asked} ({20 * asked / len(tasks):.2f} in 20 tasks)"
        )
        print(f"  {'':32} done where nobody can be asked {share(sum(done for done, _ in alone), len(tasks))}")


def tell_attacks(folder: Path) -> None:
    known = attacks()
    print(f"\n{len(known)} attack texts in documents and in tool results, a model that obeys, no policy")
    for way in ("document", "tool"):
        hands, out = Hands(), 0
        bot = Chatbot(obedient(), knowledge=None, tools=hands.tools(), workspace=folder, durable=False)
        for number, attack in enumerate(known):
            text, question = planted(attack, number)
            hands.inbox = text
            given = [Passage(text, 0, len(text), 1, "a.md")] if way == "document" else []
            out += leaked(bot.conversation().ask(question, attached=given).text)
        print(f"  {way:10} side effects {len(hands.done)}, sent {len(hands.sent)}, answers that would leak {out}")


def tell_adaptive(folder: Path) -> None:
    print("\nan attacker who knows the policy; nobody can be asked")
    for attempt in ATTEMPTS:
        acted, out = tried(attempt, folder)
        verdict = "ACTED" if acted else f"{out} characters got out" if out else "nothing"
        print(f"  {attempt.name:70} {verdict}")


def tell_secrets() -> None:
    secrets, outlet = Secrets(CANARIES), Outlet(secrets=Secrets(CANARIES))
    cases = [(hide(secret), hide) for secret in CANARIES for hide in ENCODINGS.values()]
    found = sum(secrets.within(text) for hidden, _ in cases for text in hidden_in(hidden))
    cut = sum(not secrets.within(outlet.clean(text, Heard())) for hidden, _ in cases for text in hidden_in(hidden))
    print(f"\n{len(CANARIES)} secrets in {len(ENCODINGS)} encodings, each in 4 texts")
    print(f"  found in an argument   {share(found, 4 * len(cases))}")
    print(f"  cut out of an answer   {share(cut, 4 * len(cases))}")
    from test_exfiltration import benign

    messages = [*dict.fromkeys(benign())]
    sample = messages[:: max(1, len(messages) // 2_000)][:2_000]
    changed = sum(outlet.clean(text, Heard(("hello",), tuple(messages[1::97]))) != text for text in sample)
    print(f"  honest messages changed {share(changed, len(sample))}")


if __name__ == "__main__":
    main()
