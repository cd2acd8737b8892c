from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chatbot.grounding import as_inputs, as_segments, number
from chatbot.messages import Evidence, Message, Passage, Segment


def passage(start: int, path: str = "a.md") -> Passage:
    return Passage(text=f"text {start}", start=start, end=start + 6, line=1, path=path)


def sent(*passages: Passage) -> tuple[Message, ...]:
    return (Message("user", tuple(Segment(each.text, "document") for each in passages)),)


def test_new_passages_take_the_next_numbers() -> None:
    found = number([passage(0), passage(10)], [Evidence(4, passage(99))], (), keep=5)

    assert [(item.number, item.passage.start) for item in found.evidence] == [(5, 0), (6, 10)]
    assert found.new == found.unseen == found.evidence


def test_a_passage_that_was_shown_before_keeps_its_number_and_is_not_sent_again() -> None:
    old = passage(0)

    found = number([old, passage(10)], [Evidence(1, old)], sent(old), keep=5)

    assert [item.number for item in found.evidence] == [1, 2]
    assert found.seen == (1,)
    assert [item.number for item in found.unseen] == [2]
    assert [item.number for item in found.new] == [2]


def test_a_passage_that_fell_out_of_the_window_is_sent_again_under_its_number() -> None:
    old = passage(0)

    found = number([old], [Evidence(1, old)], (), keep=5)

    assert [item.number for item in found.unseen] == [1]
    assert found.new == ()


def test_what_is_not_used_is_dropped_with_a_reason() -> None:
    found = number([passage(0), passage(10)], (), (), keep=1)

    assert [(each.passage.start, each.reason) for each in found.dropped] == [(10, "below the best 1")]


def test_shrinking_takes_the_worst_passage_whose_text_would_be_sent() -> None:
    old = passage(20)
    found = number([passage(0), passage(10), old], [Evidence(1, old)], sent(old), keep=5)

    smaller = found.without_last("over the token budget")

    assert [item.passage.start for item in smaller.evidence] == [0, 20]
    assert [item.passage.start for item in smaller.new] == [0]
    assert smaller.dropped[-1].passage.start == 10


@given(st.lists(st.lists(st.integers(0, 8), max_size=6, unique=True), max_size=8))
def test_a_number_means_the_same_span_for_ever(searches: list[list[int]]) -> None:
    ledger: tuple[Evidence, ...] = ()
    meaning: dict[int, tuple[str, int, int]] = {}
    for starts in searches:
        found = number([passage(start) for start in starts], ledger, (), keep=4)
        ledger = (*ledger, *found.new)
        for item in (*found.evidence, *ledger):
            assert meaning.setdefault(item.number, item.passage.span) == item.passage.span
    assert len({item.passage.span for item in ledger}) == len(ledger)


def test_a_passages_text_and_place_keep_their_origin_on_the_way_into_a_prompt() -> None:
    [inputs] = as_inputs([Evidence(3, passage(0))])

    assert inputs == {"number": 3, "source": Segment("a.md:1", "document"), "text": Segment("text 0", "document")}
    assert {part.origin for part in as_segments([Evidence(3, passage(0))])} == {"author", "document"}


def test_a_new_version_of_a_document_has_new_numbers_and_a_copy_of_one_is_sent() -> None:
    old = passage(0)
    changed, copy = replace(old, text="text !"), passage(0, "b.md")

    found = number([changed, copy], [Evidence(1, old)], sent(old), keep=5)

    assert [(item.number, item.passage) for item in found.unseen] == [(2, changed), (3, copy)]
    assert found.seen == ()
