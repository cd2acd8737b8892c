"""P7: what was measured of a prompt holds for that prompt, and not for what became of it since."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.errors import PromptError
from chatbot.prompting.evidence import evidence_path, read_evidence
from chatbot.prompting.lint.finding import Fault, Rule
from chatbot.prompting.lint.subject import Subject


def _changed_since(subject: Subject) -> Iterator[Fault]:
    prompt = subject.prompt
    path = evidence_path(prompt.path)
    if not path.is_file():
        return
    try:
        evidence = read_evidence(path)
    except PromptError as error:
        yield Fault(1, error.message, "mend the line, or promote the prompt again", path)
        return
    if evidence.prompt != prompt.hash:
        yield Fault(
            1,
            f"the prompt changed since run {evidence.run} showed {evidence.claim}: "
            f"it was {evidence.prompt} and is {prompt.hash}",
            f"run suite {evidence.suite!r} again and promote what it shows, or delete {path.name}:\n"
            "chatbot eval promote latest VARIANT",
        )


RULES = (Rule("P701", "What was measured is not this prompt any more.", _changed_since),)
