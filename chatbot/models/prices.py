"""What tokens cost, for the models whose prices are known; everything else costs None, never a guess.

US dollars for a million tokens, standard tier, as OpenAI's price list (https://developers.openai.com/api/docs/pricing)
had them in spring 2026. Prices change: a service's own figure in its reply comes first where it reports one, and
`connect(prices=...)` replaces or adds entries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chatbot.errors import ProjectError, nearest
from chatbot.messages import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    cached: float
    """Input tokens that the service read from its cache."""
    output: float

    def of(self, usage: Usage) -> float:
        """US dollars of a call."""
        fresh = usage.input_tokens - usage.cached_tokens
        return (fresh * self.input + usage.cached_tokens * self.cached + usage.output_tokens * self.output) / 1e6

    def __post_init__(self) -> None:
        if not all(0 <= each < 1e6 for each in (self.input, self.cached, self.output)):
            raise ValueError(f"a price is a number of dollars from 0 on, not {self}")


FREE = Price(0.0, 0.0, 0.0)
"""Of what runs in this program."""

OPENAI_PRICES: Mapping[str, Price] = {
    "gpt-4o": Price(2.50, 1.25, 10.00),
    "gpt-4o-mini": Price(0.15, 0.075, 0.60),
    "gpt-4.1": Price(2.00, 0.50, 8.00),
    "gpt-4.1-mini": Price(0.40, 0.10, 1.60),
    "gpt-4.1-nano": Price(0.10, 0.025, 0.40),
    "gpt-5": Price(1.25, 0.125, 10.00),
    "gpt-5-mini": Price(0.25, 0.025, 2.00),
    "gpt-5-nano": Price(0.05, 0.005, 0.40),
    "gpt-5.4": Price(2.50, 0.25, 15.00),
    "gpt-5.4-mini": Price(0.75, 0.075, 4.50),
    "gpt-5.4-nano": Price(0.20, 0.02, 1.25),
    "gpt-5.5": Price(5.00, 0.50, 30.00),
    "o3": Price(2.00, 0.50, 8.00),
    "o4-mini": Price(1.10, 0.275, 4.40),
}

KEYS = ("input", "cached", "output")


def read_price(table: object) -> Price:
    """The price that settings or a suite give: `{input: 1.0, output: 4.0}`, and `cached` where that differs from input.

    Raises ValueError, which says what is wrong.
    """
    if not isinstance(table, Mapping):
        raise ValueError("a price is a table such as {input: 1.0, output: 4.0}, in dollars for a million tokens")
    for key, value in table.items():
        if key not in KEYS:
            raise ValueError(f"unknown key {key!r} ({nearest(str(key), KEYS)})")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{key} must be a number of dollars, not {value!r}")
    missing = [key for key in ("input", "output") if key not in table]
    if missing:
        raise ValueError(f"a price needs {' and '.join(missing)}")
    return Price(float(table["input"]), float(table.get("cached", table["input"])), float(table["output"]))


def read_prices(tables: Mapping[str, object], where: str) -> dict[str, Price]:
    """The prices of a settings file, by model. Raises ProjectError, with the file and the model's name."""
    found = {}
    for name, table in tables.items():
        try:
            found[name] = read_price(table)
        except ValueError as error:
            raise ProjectError(f"{where}: prices.{name}: {error}") from None
    return found


def price_of(model: str, prices: Mapping[str, Price] = OPENAI_PRICES) -> Price | None:
    """The price of a model, or None where it is not listed.

    A dated name (`gpt-4o-mini-2024-07-18`) costs what the undated one does.
    """
    return prices.get(model) or prices.get(re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model))


def cost(model: str, usage: Usage, prices: Mapping[str, Price] = OPENAI_PRICES) -> float | None:
    """US dollars of a call, or None where the model's price is not listed."""
    price = price_of(model, prices)
    return None if price is None else price.of(usage)
