"""Scorer of instructions that a program can verify: how many of an item's checks the reply passes."""

from __future__ import annotations

from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.checks import read_checks
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.outcomes import no_answer, scored
from chatbot.evaluation.scoring.texts import EMPTY


def instructions(entry: Entry) -> Scorer:
    """Whether the reply passes all of its `checks`; with `measure: share`, the share of them that it passes.

    Checks that fail are noted by name, and the share in any case.
    """
    checks_of = entry.made("checks", entry.expected("checks", default="checks"), read_checks)
    by_share = entry.choice("measure", ("all", "share"), "all") == "share"

    def judge(item: Item, response: Response) -> Score:
        checks = checks_of(item)
        if not response.text.strip():
            return no_answer(EMPTY)
        failed = [str(check) for check in checks if not check.holds(response.text)]
        share = 1 - len(failed) / len(checks)
        reason = f"not so: {'; '.join(failed)}" if failed else ""
        return scored(share if by_share else float(not failed), reason, {"failed": failed, "share": share})

    return judge
