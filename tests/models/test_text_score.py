import math

import pytest

from chatbot.models.text_score import TextScore


def test_a_fair_coin_for_each_bit_costs_eight_bits_a_byte():
    fair = TextScore(nats=100 * 8 * math.log(2), tokens=100, bytes=100)

    assert fair.bits_per_byte == pytest.approx(8)
    assert fair.perplexity == pytest.approx(256)
    assert fair.cross_entropy == pytest.approx(math.log(256))


def test_scores_of_parts_add_up_to_that_of_the_whole():
    assert TextScore(3.0, 2, 7) + TextScore(5.0, 1, 2) == TextScore(8.0, 3, 9)


def test_what_a_model_rules_out_is_infinitely_perplexing():
    assert TextScore(1e9, 1, 1).perplexity == math.inf
