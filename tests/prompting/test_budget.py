"""No template and no input makes a rendering long, in time or in text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatbot.errors import PromptError
from chatbot.messages import message
from chatbot.prompting import Prompt
from chatbot.prompting.budget import MAX_CHARACTERS, MAX_STEPS, Budget, OverBudget

Make = Callable[..., Prompt]

LONG = "x" * 1_000_000


def test_what_is_spent_is_gone() -> None:
    budget = Budget(steps=2, characters=5)
    budget.step()
    budget.step()
    budget.write(5)
    with pytest.raises(OverBudget, match="more than 2 steps"):
        budget.step()
    with pytest.raises(OverBudget, match="longer than 5 characters"):
        budget.write(1)


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in xs %}{% for b in xs %}{% for c in xs %}{{ c }}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in xs %}{% for b in xs %}{% for c in xs %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in xs %}{% for b in xs %}{% for c in xs %}{% if a == b %}{% endif %}{% endfor %}{% endfor %}"
        "{% endfor %}",
        "{% for a in xs %}{% for b in xs %}{{ xs | join }}{% endfor %}{% endfor %}",
        "{% for a in xs %}{% for b in xs %}{% if xs == xs %}{% endif %}{% endfor %}{% endfor %}",
    ],
    ids="writing empty comparing joining deeply_comparing".split(),
)
def test_loops_within_loops_are_stopped(make_prompt: Make, body: str) -> None:
    prompt = make_prompt(body, inputs="xs: {kind: array}")
    with pytest.raises(PromptError, match=r"made\.prompty: the prompt cannot be rendered: it takes more than"):
        prompt.render(xs=["x"] * 200)


@pytest.mark.parametrize(
    "round_",
    [
        "{{ text }}",
        "{{ text | upper | lower | upper }}",
        "{{ xs | join(text) }}",
        "{% if text in xs %}{% endif %}",
        "{% if text == text %}{% endif %}",
        "{% if text | trim %}{% endif %}",
        "y" * 500_000,
        "\n{{ said }}\nuser:\n",
    ],
    ids="writing filters join membership equality trim literal thread".split(),
)
def test_work_on_long_texts_is_stopped(make_prompt: Make, round_: str) -> None:
    body = "user:\n{% for x in xs %}" + round_ + "{% endfor %}"
    prompt = make_prompt(body, inputs="xs: {kind: array}\ntext: {}\nsaid: {kind: thread}")
    with pytest.raises(PromptError, match=r"made\.prompty: the prompt cannot be rendered: it is longer than"):
        prompt.render(xs=["a"] * 50, text=LONG, said=[message("user", LONG, "user")])


def test_a_hundred_megabytes_in_one_value_are_stopped(make_prompt: Make) -> None:
    prompt = make_prompt("{{ text }}", inputs="text: {}")
    with pytest.raises(PromptError, match="longer than"):
        prompt.render(text="x" * 100_000_000)


def test_filters_upon_filters_are_stopped(make_prompt: Make) -> None:
    prompt = make_prompt("{{ text" + " | upper" * 90 + " }}", inputs="text: {}")
    with pytest.raises(PromptError, match="longer than"):
        prompt.render(text=LONG)


def test_a_prompt_that_fills_a_large_context_is_fine(make_prompt: Make) -> None:
    prompt = make_prompt("{% for x in xs %}user:\n{{ x }}\n{% endfor %}", inputs="xs: {kind: array}")
    with pytest.raises(PromptError):
        prompt.render(xs=["x"] * MAX_STEPS)
    made = make_prompt("{% for x in xs %}{{ x }}{% endfor %}", inputs="xs: {kind: array}").render(xs=[LONG] * 4)
    assert len(made[0].text) == 4_000_000 <= MAX_CHARACTERS


def test_one_rendering_leaves_the_next_its_own_budget(make_prompt: Make) -> None:
    prompt = make_prompt("{{ text }}", inputs="text: {}")
    for _ in range(10):
        assert len(prompt.render(text=LONG)[0].text) == 1_000_000
