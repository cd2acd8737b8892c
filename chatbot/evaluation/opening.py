"""From a suite's file to a bench: everything that a run needs, read and checked before anything is asked."""

from __future__ import annotations

from pathlib import Path

from chatbot.bot import Chatbot
from chatbot.evaluation.choosing import check_offered
from chatbot.evaluation.contender import Connect, check_items, contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.documents import documents_at
from chatbot.evaluation.judging.panel import panels_of
from chatbot.evaluation.run import Bench
from chatbot.evaluation.suite import Suite, read_suite
from chatbot.lazy_part import LazyPart
from chatbot.models.model import Model
from chatbot.service.pace import IN_EVAL


def open_bench(path: Path, bot: Chatbot) -> Bench:
    """The bench of the suite in a file. Variants that name no model are asked of the bot's, and documents indexed.

    Raises NotFoundError and ProjectError with file and line for mistakes, and what a model that is not there raises.
    """
    return bench_of(read_suite(path), bot)


def bench_of(suite: Suite, bot: Chatbot) -> Bench:
    """The bench of a suite, perhaps one that was changed since it was read. Raises as `open_bench` does."""
    from chatbot.retrieval.embed import embedder
    from chatbot.retrieval.embed_cached import CachedEmbedding

    dataset = read_dataset(suite.dataset)
    connect = connecting(suite, bot)
    contenders = contenders_of(suite, connect, lambda place: documents_at(place, bot.workspace), drawn=bot.drawn)
    check_items(contenders, dataset.items, suite)
    check_offered(dataset.items, suite.dataset.path)
    embedding = LazyPart(lambda: CachedEmbedding(embedder(bot.settings.embedder).embed))
    panels = panels_of(suite, dataset, connect)
    return Bench(suite, dataset, contenders, bot.journal, lambda texts: embedding.get()(texts), panels)


def connecting(suite: Suite, bot: Chatbot) -> Connect:
    """How the models of a suite are connected, at its prices; what names none is the bot's.

    They are waited for as a run can wait: the bot's `patience` is set.
    """
    bot.patience = IN_EVAL

    def connect(spec: str | None) -> Model:
        if spec is None and not suite.prices:
            return bot.model
        return bot.connect(spec or bot.model.name, prices=suite.prices)

    return connect
