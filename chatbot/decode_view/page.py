"""The view of a prompt's decoding as one page of HTML that needs nothing else: no request, no script.

In: a `View`. Out: text. The tokens of the way are radio buttons, so a keyboard walks along them, and style shows what
belongs to the one that is chosen; where a browser cannot do that, and on paper, all of it stands below one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from math import exp
from pathlib import Path

from chatbot.decode_view.tokens import percent, shown
from chatbot.decode_view.view import View, Written
from chatbot.errors import ProjectError
from chatbot.markup import Markup, closed_page, fit, joined, tag
from chatbot.models.next_token import Branch, Candidate, Distribution, Reweighed, Step

Bars = Sequence[tuple[Candidate, float, float]]
"""Tokens with their probability now, and before."""


def write_page(view: View, path: Path, *, top: int = 10) -> None:
    """Writes the page; `top` tokens of each distribution. Raises ProjectError where the file cannot be written."""
    text = page(view, top=top)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}", hint="name another file") from None


def page(view: View, *, top: int = 10) -> str:
    """The page as one text."""
    style = fit(files(__package__).joinpath("page.css").read_text("utf-8")) + _choosing(len(view.steps))
    sections = [
        _opening(view),
        _section("One token at a time", "way", _way(view, top)) if view.steps else None,
        _section("Alternatives", "tree", _tree(view.tree)) if view.tree else None,
        _section("What each strategy writes", "written", _writings(view.written)) if view.written else None,
    ]
    return closed_page(f"How {view.model} decodes", style, tag("main", sections))


def _choosing(steps: int) -> str:
    """The rules that show what belongs to the chosen token."""
    chosen = ",\n".join(f"main:has(#t{number}:checked) #s{number}" for number in range(1, steps + 1))
    return f"{chosen} {{ display: block; }}\n" if steps else ""


def _section(title: str, name: str, content: Markup) -> Markup:
    return tag("section", tag("h2", title, id=name), content, aria_labelledby=name)


def _opening(view: View) -> Markup:
    partial = "The service tells of the likeliest tokens only: ≥ and ≈ mark what is known no better."
    return tag(
        "header",
        tag("p", tag("b", "chatbot decode"), f" · {view.model}", class_="title"),
        tag("h1", "How the model may go on, and what each strategy of decoding makes of it"),
        tag("p", "Prompt", class_="label"),
        tag("p", view.prompt, class_="said", tabindex=0 if len(view.prompt) > 400 else None),
        tag("p", "The model goes on with", class_="label"),
        tag("p", view.text or "(nothing)", class_="said reply"),
        None if view.is_whole else tag("p", partial, class_="about"),
    )


def _way(view: View, top: int) -> Markup:
    most = max(1.0, *(step.before.entropy for step in view.steps))  # less than a bit is a short bar
    chips = [_chip(number, step, most) for number, step in enumerate(view.steps, 1)]
    told = "Choose a token, also with the arrow keys. Below each: its probability in percent, and the entropy as a bar."
    return joined(
        tag("fieldset", tag("legend", told), tag("div", chips, class_="chips")),
        [_step(number, step, top) for number, step in enumerate(view.steps, 1)],
    )


def _chip(number: int, step: Step, most: float) -> Markup:
    return tag(
        "label",
        tag("input", type="radio", name="token", id=f"t{number}", checked=number == 1),
        tag("span", shown(step.taken.text), class_="token"),
        tag("small", f"{percent(step.taken.probability)} %"),
        _bar(step.before.entropy / most),
        class_="chip",
    )


def _step(number: int, step: Step, top: int) -> Markup:
    rank = f", rank {step.rank}" if step.rank else ""
    first = step.before.candidates[:top]
    rows: Bars = [(each, each.probability, 0.0) for each in first]
    others = max(1.0 - sum(each.probability for each in first), 0.0)
    if others > 0.00005:
        rows = [*rows, (Candidate("", others), others, 0.0)]
    heading = ("Token ", str(number), ": ", tag("span", shown(step.taken.text), class_="token"))
    return tag(
        "section",
        tag("h3", *heading, f" — {percent(step.taken.probability)} %{rank}, {_about(step.before)}"),
        tag("div", _bars(rows), class_="whole"),
        tag("p", "After each strategy; pale: before it.", class_="hint") if step.after else None,
        tag("div", [_card(each, step.before, top) for each in step.after], class_="cards"),
        id=f"s{number}",
        class_="step",
        aria_label=f"Token {number}",
    )


def _card(after: Reweighed, before: Distribution, top: int) -> Markup:
    name = tag("h4", after.strategy)
    if after.distribution is None:
        return tag("article", name, tag("p", after.reason), class_="card")
    now = {_key(each): each.probability for each in after.distribution.candidates}
    first = before.candidates[:top]
    raised = [each for each in after.distribution.candidates[:3] if _key(each) not in map(_key, first)]
    earlier = {_key(each): each.probability for each in before.candidates}
    rows = [(each, now.get(_key(each), 0.0), earlier.get(_key(each), 0.0)) for each in (*first, *raised)]
    return tag("article", name, tag("p", _about(after.distribution)), _bars(rows), class_="card")


def _bars(rows: Bars) -> Markup:
    return tag("ol", [_row(*row) for row in rows], class_="bars")


def _row(token: Candidate, now: float, before: float) -> Markup:
    is_rest = token.id is None and not token.text
    return tag(
        "li",
        tag("span", "all others" if is_rest else shown(token.text), class_="token" if not is_rest else "rest"),
        _bar(now, before),
        tag("span", percent(now) if now > 0 else "–", class_="number"),
        class_=None if now > 0 else "out",
    )


def _bar(now: float, before: float = 0.0) -> Markup:
    """A bar, before a pale one of what it was."""
    pale = tag("rect", width=100 * before, height=10, class_="ghost") if before else None
    solid = tag("rect", y=3 if before else 0, width=100 * now, height=4 if before else 10, class_="now")
    return tag("svg", pale, solid, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")


def _tree(tree: Sequence[Branch]) -> Markup:
    heads = tag(
        "div", tag("span", "token"), tag("span", "%", class_="number"), tag("span", "% in all", class_="number"),
        class_="way heads",
    )  # fmt: skip
    told = "Each token below what it follows. The way that was taken is set in bold."
    return joined(tag("p", told, class_="hint"), tag("div", heads, _branches(tree), class_="tree"))


def _branches(branches: Sequence[Branch]) -> Markup:
    return tag("ul", [_branch(each) for each in branches])


def _branch(branch: Branch) -> Markup:
    way = tag(
        "div",
        tag(
            "span",
            shown(branch.token.text),
            tag("span", " ✓", title="taken") if branch.is_taken else None,
            class_="token",
        ),
        tag("span", percent(branch.token.probability), class_="number"),
        tag("span", percent(branch.probability), class_="number"),
        class_="way taken" if branch.is_taken else "way",
    )
    return tag("li", way, _branches(branch.branches) if branch.branches else None)


def _writings(written: Sequence[Written]) -> Markup:
    told = "Beside it how likely the model holds a token of the text, on the geometric mean, whatever the strategy."
    heads = tag("thead", tag("tr", [tag("th", each, scope="col") for each in ("Strategy", "Text", "A token in %")]))
    rows = tag("tbody", [_writing(each) for each in written])
    return joined(tag("p", told, class_="hint"), tag("table", heads, rows, class_="written"))


def _writing(each: Written) -> Markup:
    likely = percent(exp(each.logprob / each.tokens)) if each.logprob is not None and each.tokens else ""
    text = (
        tag("td", each.failure, class_="failure") if each.failure else tag("td", tag("span", each.text, class_="token"))
    )
    return tag("tr", tag("th", each.strategy, scope="row"), text, tag("td", likely))


def _about(distribution: Distribution) -> str:
    sign = "≥ " if distribution.is_least else "≈ " if distribution.slack else ""
    count = distribution.tokens
    tokens = f", {count:,} token{'' if count == 1 else 's'}" if count is not None else ""
    return f"{sign}{distribution.entropy:.2f} bits{tokens}"


def _key(candidate: Candidate) -> object:
    return candidate.text if candidate.id is None else candidate.id
