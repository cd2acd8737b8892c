"""The score against what it takes: who is beaten on both axes, and who is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.report.figures import Measure, money
from chatbot.evaluation.report.scatter import Point, front, scatter
from chatbot.evaluation.statistics.interval import Estimate, Interval


def point(name: str, takes: float, score: float) -> Point:
    return Point(
        name, Estimate(takes, Interval(0.9 * takes, 1.1 * takes), 9), Estimate(score, Interval(score, score), 9)
    )


POINTS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=12)


def beats(one: Point, two: Point) -> bool:
    """As little and as good, and one of them strictly so."""
    takes, score = one.takes.value <= two.takes.value, one.score.value >= two.score.value
    return takes and score and (one.takes.value < two.takes.value or one.score.value > two.score.value)


@given(POINTS)
def test_nothing_on_the_front_is_beaten_and_all_else_is_beaten_or_a_twin(places: list[tuple[int, int]]) -> None:
    points = [point(str(number), takes, score / 10) for number, (takes, score) in enumerate(places)]
    best = front(points)
    assert not any(beats(other, each) for each in best for other in points)
    for other in points:
        same = [(each.takes.value, each.score.value) for each in best]
        assert (
            other in best or any(beats(each, other) for each in best) or (other.takes.value, other.score.value) in same
        )


def test_less_can_be_better() -> None:
    points = [point("cheap", 1, 0.9), point("dear", 2, 0.2), point("worse", 3, 0.5)]
    assert [each.name for each in front(points, less_is_better=True)] == ["cheap", "dear"]


def test_the_list_says_what_the_drawing_shows() -> None:
    drawn = scatter([point("a", 0.001, 0.5), point("b", 0.002, 0.4)], Measure("right"), "dollars", money)
    assert "50.0\u00a0% [50.0\u00a0%, 50.0\u00a0%] for $0.00100 [$0.000900, $0.00110]</li>" in drawn
    assert "</b>: 40.0" in drawn and "beaten on both" in drawn and drawn.count('class="point dominated"') == 1


def test_what_lies_far_apart_stands_on_a_logarithmic_axis() -> None:
    near = scatter([point("a", 1, 0.5), point("b", 2, 0.6)], Measure("right"), "dollars", money)
    far = scatter([point("a", 1, 0.5), point("b", 200, 0.6)], Measure("right"), "dollars", money)
    assert ">$0<" in near and ">$0<" not in far
