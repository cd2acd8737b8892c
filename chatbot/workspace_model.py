"""A model, connected with what a workspace's settings say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chatbot.models.call_rungs import settled
from chatbot.models.connect import connect
from chatbot.models.local.options import LocalOptions
from chatbot.models.prices import Price, read_prices
from chatbot.service.allowance import Rates
from chatbot.service.pace import Patience
from chatbot.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from chatbot.models.model import Model


def connect_with_settings(
    model: str | Model | BaseChatModel, workspace: Workspace, *, prices: Mapping[str, Price], patience: Patience
) -> Model:
    """The model that a spec names (see `connect`), asked for calls in the way that was measured to be best.

    prices: what models cost, before what the settings say.
    """
    from chatbot.retrieval.embed import embedder

    settings = workspace.settings
    connected = connect(
        model,
        timeout=settings.timeout,
        embed=lambda: embedder(settings.embedder).embed,
        prices={**read_prices(settings.prices, str(workspace.settings_file)), **prices},
        patience=patience,
        rates=Rates(settings.requests_per_minute, settings.tokens_per_minute),
        plain_http=settings.plain_http,
        local=LocalOptions.read(settings.local, where=f"{workspace.settings_file}: local"),
    )
    return settled(connected)
