from __future__ import annotations

from scored_entries import said, score, worth

from chatbot.messages import Usage

TOOK = said("a", usage=Usage(30, 4, cached_tokens=10, cost=0.25), seconds=1.5)


def test_cost_is_in_dollars_and_unscored_where_no_price_is_known() -> None:
    assert worth(score("{kind: cost}", TOOK)) == 0.25
    assert worth(score("{kind: cost}", said("a", usage=Usage(3, 4)))) == "unscored"


def test_latency_is_the_wall_time_of_the_cell() -> None:
    assert worth(score("{kind: latency}", TOOK)) == 1.5


def test_tokens_are_counted_in_and_out() -> None:
    assert worth(score("{kind: tokens}", TOOK)) == 34
    assert worth(score("{kind: tokens, of: input}", TOOK)) == 30
    assert worth(score("{kind: tokens, of: output}", TOOK)) == 4
    assert score("{kind: tokens}", TOOK).details == {"input": 30, "output": 4}
