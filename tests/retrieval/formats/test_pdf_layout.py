"""Lines of pages become text that reads as the pages do."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.formats.pdf_layout import Bookmark, Line, laid_out, largest


def page(*lines: str, top: float = 700, step: float = 12, size: float = 10) -> list[Line]:
    return [Line(text, top - step * number, top - step * number, size) for number, text in enumerate(lines)]


def text(*pages: Iterable[Line], bookmarks: Iterable[Bookmark] = ()) -> str:
    return laid_out([list(each) for each in pages], list(bookmarks))[0]


def test_lines_that_stand_farther_apart_are_paragraphs() -> None:
    above, below = page("One line,", "and one."), page("Another", "paragraph.", top=660)

    assert text(above + below) == "One line,\nand one.\n\nAnother\nparagraph."


def test_the_second_column_goes_on_where_the_first_ended() -> None:
    assert text(page("The first", "column") + page("and the", "second.")) == "The first\ncolumn\nand the\nsecond."


def test_a_sentence_goes_on_over_the_page() -> None:
    assert text(page("A region of"), page("50 bytes.")) == "A region of\n50 bytes."
    assert text(page("It ends here."), page("Another begins.")) == "It ends here.\n\nAnother begins."


def test_running_heads_and_page_numbers_are_no_text() -> None:
    pages = [
        [
            *page("Chapter 1: Pumps", top=780),
            *page(f"Text {word}.", "More.", f"And {word}."),
            *page(f"{number}", top=20),
        ]
        for number, word in enumerate(["one", "two", "three"], 1)
    ]

    assert text(*pages) == "\n\n".join(f"Text {word}.\nMore.\nAnd {word}." for word in ("one", "two", "three"))


def test_the_headings_of_chapters_are_text_though_they_differ_by_a_number() -> None:
    def chapter(number: int, size: float) -> list[Line]:
        body = [f"Sentence {letter * number} of this chapter." for letter in "abcde"]
        return [*page(f"Chapter {number}", size=size, top=740), *page(*body), *page(f"{number}", top=40)]

    lines = text(*(chapter(number, 18) for number in (3, 4, 5))).splitlines()

    assert [line for line in lines if line.startswith("#")] == ["# Chapter 3", "# Chapter 4", "# Chapter 5"]
    assert not {"3", "4", "5"} & set(lines)
    assert "Chapter" not in text(*(chapter(number, 10) for number in (3, 4, 5))), "a running head"


def test_what_was_written_onto_a_page_stands_below_its_text() -> None:
    made, anchors = laid_out([page("The form."), [], page("Its end.")], [], {1: ["Name: Lind", "# 3"], 2: ["A note"]})

    assert made == "The form.\n\nName: Lind\n    # 3\n\nA note\n\nIts end."
    assert [(made[each.start :].split("\n")[0], each.name) for each in anchors] == [
        ("The form.", "1"),
        ("A note", "2"),
        ("Its end.", "3"),
    ]


def test_what_stands_on_two_pages_only_may_be_meant() -> None:
    assert text(page("Warning", "Hot."), page("Warning", "Cold.")).count("Warning") == 2


def test_a_heading_over_two_lines_is_one() -> None:
    heading = page("How to clean", "the filter", size=20, step=24)

    assert text(heading + page("Rinse it under running water.", top=650)) == (
        "# How to clean the filter\n\nRinse it under running water."
    )


def test_a_bookmark_that_names_no_line_changes_nothing() -> None:
    assert text(page("Text."), bookmarks=[Bookmark(0, "Appendix", 0), Bookmark(0, "Text", 7)]) == "Text."


def test_a_hyphen_stays_where_the_word_has_one_elsewhere_or_its_parts_are_words_or_a_name_follows() -> None:
    lines = page(
        "A well-known fact is a well\ufffeknown one,",
        "says Anne\ufffeMarie, improv\ufffeing it: of multiple",
        "tests she made her choice, in a multiple\ufffechoice test,",
        "and put in an in\ufffeput that is no input.",
    )

    assert text(lines) == (
        "A well-known fact is a well-known one,\nsays Anne-Marie, improving it: of multiple\n"
        "tests she made her choice, in a multiple-choice test,\nand put in an input that is no input."
    )


def test_two_headings_with_room_between_them_are_two() -> None:
    headings = page("Cleaning", "Storage", size=20, step=40)

    assert text(headings + page("Store it where it is dry, always.", top=600)) == (
        "# Cleaning\n\n# Storage\n\nStore it where it is dry, always."
    )


def test_leaders_of_a_table_of_contents_are_short() -> None:
    assert text(page("1 Pumps . . . . . . . . . 7", "2 Filters......... 9")) == "1 Pumps … 7\n2 Filters … 9"


def test_code_in_a_page_makes_no_headings() -> None:
    assert text(page("#include <stdio.h>", "int x;", "-----")) == "    #include <stdio.h>\nint x;\n    -----"


def test_the_largest_line_of_a_page_is_its_title() -> None:
    assert largest([*page("The", "Pump", size=30), *page("by its makers", "in", top=600)]) == "The Pump"
    assert largest(page("All", "alike")) == ""
    assert largest([]) == ""


PAGES = st.lists(
    st.lists(
        st.builds(
            Line,
            st.from_regex("[ab#.1\ufffe-]{1,9}", fullmatch=True),
            st.floats(-100, 900),
            st.floats(-100, 900),
            st.sampled_from([0.0, 9.0, 10.0, 18.0]),
        ),
        max_size=6,
    ),
    max_size=5,
)


@given(PAGES)
def test_anchors_stand_at_the_first_letter_of_their_page(pages: list[list[Line]]) -> None:
    made, anchors = laid_out(pages, [])

    assert [each.start for each in anchors] == sorted(each.start for each in anchors)
    for anchor in anchors:
        assert made[anchor.start : anchor.start + 1].strip() or made[anchor.start : anchor.start + 4] == "    "
        assert anchor.start == 0 or made[anchor.start - 1] == "\n"
