"""How replies put an answer, and how they only seem to: forms for each set of questions, written without the reader.

The forms are those of published prompts and graders (the triggers of Kojima et al., `####` of gsm8k, boxes of MATH,
letters of AQuA and CommonsenseQA) and of chat models; the distractors are replies that hold no answer, or another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

DATA = Path(__file__).parents[2] / "../shared/data"
"""Where the sets lie, where they do."""

KINDS = {
    "gsm8k": "last_number",
    "svamp": "last_number",
    "multiarith": "last_number",
    "aqua": "choice",
    "commonsenseqa": "choice",
    "strategyqa": "yes_no",
    "coin_flip": "yes_no",
    "last_letters": "after",
}
"""The kind that reads each set."""

Item = Mapping[str, object]


def items(name: str) -> list[Item]:
    """A set's items; none where it is absent."""
    path = DATA / name / "items.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def carried() -> list[Item]:
    """A handful of items, two of each set, that lie beside this module. `set` names where each is from."""
    path = Path(__file__).with_name("answer_items.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def options(item: Item) -> dict[str, object]:
    """What the reader is told of an item."""
    return {"options": item["choices"]} if "choices" in item else {}


def usual(kind: str, item: Item) -> Iterator[str]:
    """Replies that give the item's answer."""
    gold = str(item["answer"])
    if kind == "last_number":
        yield from _numbers(gold.removesuffix(".0"))
    elif kind == "choice":
        texts = [str(text) for text in item["choices"]]  # type: ignore[attr-defined]
        yield from _choices(gold, texts)
    elif kind == "yes_no":
        yield from _words(gold)
        yield from _yes_no(gold)
    else:
        yield from _words(gold)
        yield f'Concatenating them is "{gold}". So, the answer is {gold}.'
        yield f"The last letters are taken one by one and joined. So the answer is **{gold}**."


def misleading(kind: str, item: Item) -> Iterator[str]:
    """Replies that do not give the item's answer."""
    gold, question = str(item["answer"]).removesuffix(".0"), str(item["question"])
    yield "I cannot determine the answer."
    yield f"{question}\n\nI'm sorry, but there is not enough information to answer this question."
    yield f"Question: {question}"
    yield f"{question} Let's think step by step."
    yield f"The answer is not {gold}."
    yield f"Is the answer {gold}?"
    yield f"One might think that the answer is {gold}, but that would be wrong."
    yield f"The answer is {gold}. Wait, that is wrong. I do not know the answer."
    yield ""
    if kind == "last_number":
        other = str(int(float(gold)) + 7)
        yield f"Some people would say {gold}, but that ignores the first day. The answer is {other}."
        yield f"The answer is {other}, not {gold}."
        yield f"#### {other}\n\n(step {gold} of {gold})"
        yield f"He has {other} left.\n\nI hope this helps with question {gold}!"
        yield f"\\boxed{{{other}}} is the answer, although {gold} was mentioned as well."
        yield f"At first I thought it was {gold}. I cannot say what it is."
    elif kind == "choice":
        letters = "ABCDE"
        other = letters[(letters.index(gold) + 1) % 5]
        texts = [str(text) for text in item["choices"]]  # type: ignore[attr-defined]
        yield f"{question}\n" + "\n".join(texts)
        yield f"{question} Answer Choices: {' '.join(texts)}"
        yield f"Option {gold} looks tempting, but it is wrong. The answer is ({other})."
        yield f"The answer is ({other}), not ({gold})."
        yield f"Let us first look at option {gold}. It says a good deal."
        yield f"It could be ({gold}) or ({other})."
        yield f"The answer is either {gold} or {other}."
        yield f"Therefore, we can rule out ({gold})."
    elif kind == "yes_no":
        other = "no" if gold == "yes" else "yes"
        yield f"Some would say {gold}. The answer is {other}."
        yield "The answer depends on many things. It could be yes or no."
        yield "First, consider what is known. There are no records of it. Nobody knows."
        yield f"The answer is {other}, not {gold}."
        yield "Is the first part true? Yes. Is the second part true? No."
    else:
        other = gold[::-1] if gold[::-1] != gold else f"{gold}x"
        yield f"Some would say {gold}. The answer is {other}."
        yield f"The answer is {other}, not {gold}."
        yield "The last letter of the first word comes first. The last letter of the second word comes next."


def _numbers(gold: str) -> Iterator[str]:
    grouped = f"{int(gold):,}"
    money = f"-${grouped.removeprefix('-')}" if gold.startswith("-") else f"${grouped}"
    yield gold
    yield f"{gold}.00"
    yield f"The answer is {gold}."
    yield f"#### {grouped}"
    yield f"She starts with 3 and adds 4 to get 7.\n#### {gold}"
    yield f"Answer: {money}"
    yield f"**Answer:** {gold} apples"
    yield f"**{gold}**"
    yield f"First 2 + 2 = 4. So he has **{gold}** left."
    yield f"\\boxed{{{gold}}}"
    yield f"Thus the total is $\\boxed{{{grouped.replace(',', '{,}')}}}$."
    yield f"The final answer is: $\\boxed{{{gold}\\text{{ miles}}}}$. I hope it is correct."
    yield f"Let's think step by step. There are 12 of them in 4 rows. So the answer (arabic numerals) is {gold}."
    yield f"Therefore, the answer (arabic numerals) is {money}.00."
    yield f"12 / 4 - 3 + {gold} = {gold}"
    yield f"The 3 friends share 12 coins, 12/3 = {gold} coins each."
    yield f"It is {gold} dollars in all, which is the answer (step 3 of 3)."
    yield json.dumps({"answer": int(gold)})
    yield f'```json\n{{"reasoning": "2 + 2 = 4 and so on", "answer": "{gold}"}}\n```'
    yield f"### Final Answer\n\n{gold}"
    yield f"<think>It may be 3 or 99.</think>\n\nThe answer is {gold}."
    yield f"<answer>{gold}</answer>"
    yield f"The answer is {gold}. I hope this helps with your 2nd question; let me know if you have 5 more."
    yield f"She needs 4 boxes of 12. The correct answer is therefore {gold} minutes."


def _choices(gold: str, texts: list[str]) -> Iterator[str]:
    text = texts["ABCDE".index(gold)].partition(")")[2].strip()
    yield gold
    yield f"({gold})"
    yield f"{gold})"
    yield f"{gold}."
    yield f"{gold}) {text}"
    yield f"{gold}. {text}"
    yield f"({gold}) {text}"
    yield f"**{gold}) {text}**"
    yield f"The answer is {gold}."
    yield f"The answer is ({gold})."
    yield f"So the answer is ({gold.lower()})."
    yield f"Answer: {gold}"
    yield f"Answer: option {gold}"
    yield f"Answer: ({gold}) {text}"
    yield f"**Final answer:** {gold}. {text}"
    yield f"#### {gold}"
    yield f"\\boxed{{{gold}}}"
    yield f"$\\boxed{{\\text{{({gold})}}}}$"
    yield json.dumps({"answer": gold})
    yield f"Therefore, among A through E, the answer is {gold}."
    yield f"The correct option is {gold}, because the others do not fit."
    yield f"Option {gold} is correct."
    yield f"I would choose ({gold}) {text}."
    yield f"Options A and B come first. The rest follows. The best choice is {gold}: {text}"
    yield f"Of all these only one fits the question. So it must be ({gold})."
    if [each.partition(")")[2].strip() for each in texts].count(text) == 1:
        yield text
        yield f"Answer: {text}"
        yield f"The answer is {text}."


def _words(gold: str) -> Iterator[str]:
    yield gold
    yield f"{gold}."
    yield f'"{gold}"'
    yield f"The answer is {gold}."
    yield f"So the answer is {gold}."
    yield f"Answer: {gold}"
    yield f"**Answer:** {gold}"
    yield f"**{gold}**"
    yield f'The answer is "{gold}".'
    yield f"#### {gold}"
    yield f"\\boxed{{{gold}}}"
    yield f"$\\boxed{{\\text{{{gold}}}}}$"
    yield json.dumps({"answer": gold})
    yield f'```json\n{{"answer": "{gold}"}}\n```'
    yield f"<answer>{gold}</answer>"
    yield f"### Final answer\n{gold}"


def _yes_no(gold: str) -> Iterator[str]:
    yield gold.capitalize()
    yield gold.upper() + "!"
    yield f"{gold.capitalize()}, because of what was said above."
    yield f"**{gold.capitalize()}.** There are several reasons for that."
    yield f"Several things are known. Some of them matter. Therefore, the answer (Yes or No) is {gold}."
    yield f"Several things are known. Therefore, {gold}."
    yield f"The answer is {'true' if gold == 'yes' else 'false'}."
    yield "True" if gold == "yes" else "False"
    yield json.dumps({"answer": gold == "yes"})
    yield f"The coin is flipped by some. So the answer is **{gold}**."
    yield f"Thus, the final answer to the question is {gold.capitalize()}, as shown above."
