"""What a request says of decoding, and how one saying gives way to another."""

from __future__ import annotations

from chatbot.sampling import Sampling


def test_what_is_left_open_stays_as_it_was() -> None:
    assert Sampling(temperature=0.3, stop=("END",)).overridden(Sampling(top_p=0.9)) == Sampling(
        temperature=0.3, top_p=0.9, stop=("END",)
    )


def test_what_says_nothing_changes_nothing() -> None:
    said = Sampling(temperature=0.0, beams=4, stop=("END",))

    assert said.overridden(Sampling()) == said
    assert Sampling().overridden(said) == said


def test_beams_do_not_outlive_a_temperature() -> None:
    beams = Sampling(beams=4, beam_groups=2, diversity_penalty=0.5, max_tokens=9)
    assert beams.overridden(Sampling(temperature=0.7)) == Sampling(temperature=0.7, max_tokens=9)


def test_the_candidates_of_contrastive_search_are_no_cut_of_a_distribution() -> None:
    contrastive = Sampling(contrastive_alpha=0.6, top_k=4)
    assert contrastive.overridden(Sampling(temperature=0.7)) == Sampling(temperature=0.7)


def test_it_shows_what_it_says_and_no_more() -> None:
    assert repr(Sampling(temperature=0.0, choices=("yes", "no"))) == "Sampling(temperature=0.0, choices=('yes', 'no'))"
