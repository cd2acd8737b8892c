"""Scorers of what an answer rests on: citations (are they the right ones) and support (is every sentence quoted).

A marker vouches for what stands between it and the marker before, as `chatbot.retrieval.cite` resolves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.outcomes import brief, no_answer, scored
from chatbot.evaluation.scoring.sources import folded, read_sources
from chatbot.messages import Citation
from chatbot.retrieval.cite import clean, mentioned
from chatbot.sentences import parts
from chatbot.terms import terms

LEAST = 0.5
"""Share of a sentence's content words that its quotes must hold.

At 0.5, 1.2 % of XQuAD's 1,179 sentences pass for supported by a sentence of the next paragraph (3.0 % at 0.4)."""


def citations(entry: Entry) -> Scorer:
    """Whether the citations are of the `sources`: `measure` is f1 (the default), precision or recall.

    precision: the share of citations that are of a source; recall: the share of sources that are cited. A source is a
    document's path or id, or `{source: …, quote: …}`. Where no source is expected, only no citation is right.
    """
    sources_of = entry.made("sources", entry.expected("sources", default="sources"), read_sources)
    measure = entry.choice("measure", ("f1", "precision", "recall"), "f1")

    def judge(item: Item, response: Response) -> Score:
        sources, cited = sources_of(item), response.citations
        right = [citation for citation in cited if any(source.is_cited_by(citation) for source in sources)]
        found = [source for source in sources if any(map(source.is_cited_by, cited))]
        precision = len(right) / len(cited) if cited else float(not sources)
        recall = len(found) / len(sources) if sources else float(not cited)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        values = {"f1": f1, "precision": precision, "recall": recall}
        missed = [source.name for source in sources if source not in found]
        wrong = [citation.place for citation in cited if citation not in right]
        complaints = [f"not cited: {', '.join(missed)}"] * bool(missed) + [f"wrong: {', '.join(wrong)}"] * bool(wrong)
        return scored(values[measure], "; ".join(complaints), values)

    return judge


def support(entry: Entry) -> Scorer:
    """The share of the answer's sentences that the quotes cited for them support.

    A sentence is supported that stands in such a quote, or at least `least` (0.5) of whose content words do. A
    sentence behind the last marker has no quotes.
    """
    given = entry.section.number("least", least=0, most=1)
    least = LEAST if given is None else given

    def judge(_: Item, response: Response) -> Score:
        shares = list(_shares(response.text, response.citations))
        if not shares:
            return no_answer("there is no sentence in the reply")
        unsupported = [sentence for sentence, share in shares if share < least or share == 0]
        reason = f"no quote supports {brief(unsupported[0])}" if unsupported else ""
        details = {"sentences": len(shares), "unsupported": unsupported}
        return scored(1 - len(unsupported) / len(shares), reason, details)

    return judge


def _shares(text: str, citations: Sequence[Citation]) -> Iterator[tuple[str, float]]:
    """The sentences of an answer, each with the share of its words that the quotes cited for it hold."""
    quotes: dict[int, list[str]] = {}
    for citation in citations:
        quotes.setdefault(citation.number, []).append(citation.quote)
    waiting: list[str] = []
    for part in parts(text):
        written = text[part.start : part.end]
        if sentence := clean(written, ()).strip():
            waiting.append(sentence)
        if numbers := mentioned(written):
            yield from _vouched(waiting, [quote for number in numbers for quote in quotes.get(number, ())])
            waiting = []
    yield from _vouched(waiting, ())


def _vouched(sentences: Sequence[str], quotes: Sequence[str]) -> Iterator[tuple[str, float]]:
    quoted = {term for quote in quotes for term in terms(quote)}
    for sentence in sentences:
        words = terms(sentence)
        if any(folded(sentence) in folded(quote) for quote in quotes):
            yield sentence, 1.0
        elif words:
            yield sentence, sum(word in quoted for word in words) / len(words)
