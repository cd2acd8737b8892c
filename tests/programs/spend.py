"""Workers that ask a model until their purse is empty: `spend.py JOURNAL RUNS WORKERS SEED`, or `… JOURNAL hang`.

Prints for each run what the service has charged, in billionths of a dollar. With `hang` one call is made that never
ends, and `in flight` is printed when it is.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random

from chatbot.effects import Generate
from chatbot.errors import LimitReached, ModelUnreachable
from chatbot.events import Ended, ModelEvent, TextDelta, Used
from chatbot.journal import Journal
from chatbot.messages import Usage, message
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.prices import Price
from chatbot.models.purse import NANO, Capped, Caps, Purse
from chatbot.models.worst_case import most_of
from chatbot.sampling import Sampling

PRICE = Price(input=2.0, cached=1.0, output=10.0)


class Service:
    """Charges what it likes within what it is allowed, and loses some replies."""

    name = "service"
    abilities = Abilities(writes=True, tools=False, context_tokens=8_000, price=PRICE)

    def __init__(self, random: Random, *, hangs: bool) -> None:
        self.random, self.hangs, self.charged = random, hangs, 0

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        if self.hangs:
            print("in flight", flush=True)
            await asyncio.sleep(60)
        longest = request.sampling.max_tokens
        assert longest is not None
        usage = Usage(self.random.randint(1, most_of(request)), self.random.randint(1, longest))
        self.charged += int(PRICE.of(usage) * NANO)
        await asyncio.sleep(0)
        if self.random.random() < 0.05:
            raise ModelUnreachable("the reply was lost")
        yield TextDelta("4")
        yield Used(usage)
        yield Ended("complete")


async def spend(journal: Journal, name: str, workers: int, random: Random, *, hangs: bool = False) -> int:
    """What the service has charged when the purse is empty."""
    service, purse = Service(random, hangs=hangs), Purse(Caps(dollars=0.5), journal, name)

    async def work(number: int) -> None:
        length = 1_000 + 500 * number % 3_000
        request = Generate((message("user", "2 + 2?", "user"),), sampling=Sampling(max_tokens=length))
        while not purse.reached:
            with contextlib.suppress(LimitReached, ModelUnreachable):
                async for _ in Capped(service, purse).stream(request):
                    pass

    await asyncio.gather(*(work(number) for number in range(workers)))
    purse.flush()
    return service.charged


if __name__ == "__main__":
    journal = Journal(Path(sys.argv[1]))
    if sys.argv[2] == "hang":
        asyncio.run(spend(journal, "run", 1, Random(0), hangs=True))
    else:
        runs, workers, seed = map(int, sys.argv[2:])
        for run in range(runs):
            print(asyncio.run(spend(journal, f"run {run}", workers, Random(1_000 * run + seed))), flush=True)
