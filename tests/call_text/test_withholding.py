"""What of a reply is shown while it streams: all that is no call, whichever way it is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offered_tools import TOOLS
from test_reading import FORMS, NO_CALLS
from written_calls import FORMS as WRITTEN

from chatbot.call_text import Withholding, read, shown

ANSWERS = (
    "The weather is fine: 20 degrees [1][2], says get_weather.",
    "Use `{x}` and `{city: Paris}` in a set, or a < b and <b>bold</b>.",
    "```python\nimport os\nprint(os.name)\n```\nand so on.",
    "```bash\ncurl -d '{\"a\": 1}' localhost\n```\n",
    "- Paris\n- Rome\n1. one\n2. two\n**Note:** get well soon.\n",
    'Actions: none. Tools [a](b) are {"temperature": 20}. Action is needed now.',
    "[TODO] [x] done, [get it](here).",
)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_a_call_is_shown(form: str) -> None:
    for text in (FORMS[form], f"I look.\n\n{FORMS[form]}"):
        before = shown(text, TOOLS)
        assert read(text, TOOLS).prose.startswith(before)
        assert not set("{[(<") & set(before), before


@pytest.mark.parametrize("form", WRITTEN)
def test_nothing_of_several_calls_is_shown(form: str) -> None:
    text = WRITTEN[form]([("get_weather", {"city": "Paris"}), ("math.factorial", {"number": 3})])
    assert not set("{[(<") & set(shown(text, TOOLS))


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_shown_whole(text: str) -> None:
    assert shown(text + " ", TOOLS) == text + " "


@given(st.data())
def test_how_the_text_is_cut_makes_no_difference(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([*FORMS.values(), *NO_CALLS.values(), *ANSWERS]))
    stream, passed, at = Withholding(TOOLS), "", 0
    while at < len(text):
        end = at + data.draw(st.integers(1, 12))
        passed += stream.feed(text[at:end])
        at = end
    assert passed == shown(text, TOOLS)
    assert text.startswith(passed)
