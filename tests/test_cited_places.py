"""A citation names the place in the original file, and quotes what stands there.

Each was opened in the program that people open such a file with, and compared by hand.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from chatbot import Chatbot, Knowledge
from chatbot.messages import Citation
from chatbot.retrieval.load import read

FOLDER = Path(__file__).parents[1] / "eval/documents/tool_library"

EXTRA = ("pypdfium2", "mammoth", "python_calamine")

pytestmark = pytest.mark.skipif(not all(map(find_spec, EXTRA)), reason="the extra `documents` is not installed")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Chatbot:
    return Chatbot("extractive", knowledge=Knowledge(FOLDER, index=tmp_path_factory.mktemp("index") / "index.db"))


def cited(bot: Chatbot, question: str, quoted: str) -> Citation:
    """The citation of an answer that quotes these words."""
    citations = bot.ask(question).citations
    return next(each for each in citations if quoted in " ".join(each.quote.split()))


@pytest.mark.parametrize(
    ("question", "quoted", "place"),
    [
        ("What should I do with a battery pack that fell into water?", "red steel box", "handbook.pdf, page 3"),
        ("When is the course on bicycle brakes?", "2026-05-06", "inventory.xlsx, sheet Courses, row 4"),
        ("On which shelf is the canoe trolley?", "cellar", "inventory.xlsx, sheet Tools, row 17"),
        ("Which tool was sent for calibration after it was dropped?", "Laser level", "loans-2026.csv, row 7"),
        ("Which earth continuity must the electrical test show?", "0.3 ohm", "bench-training.pptx, slide 3"),
        (
            "Which function decides whether a member with overdue loans may borrow?",
            "def may_borrow",
            "late_fees.py:33, function may_borrow",
        ),
        (
            "How many members must be present for the assembly to decide?",
            "thirty members",
            "statutes.docx, section The general assembly",
        ),
        ("At which angle should a mortise chisel be ground?", "thirty-five", "sharpening.epub, chapter Angles"),
        ("After how many years does the gate pay for itself?", "8.8 years", "energy-use.ipynb, cell 6"),
        ("What carries up to 120 kilograms?", "cargo bike", "borrowing.html"),
        ("How many seconds are there to switch off the alarm?", "40 seconds", "welcome.md:15"),
    ],
)
def test_a_citation_names_the_place_in_the_original(bot: Chatbot, question: str, quoted: str, place: str) -> None:
    citation = cited(bot, question, quoted)

    assert citation.place.startswith(place)
    assert citation.path is not None
    document = read(FOLDER / citation.path, citation.path)
    assert document.text[citation.start : citation.end] == citation.quote


def test_a_file_of_every_format_is_read(tmp_path: Path) -> None:
    knowledge = Knowledge(FOLDER, index=tmp_path / "index.db")

    assert knowledge.refresh().skipped == ()
    assert knowledge.stats().documents == len(list(FOLDER.iterdir())) == 17
