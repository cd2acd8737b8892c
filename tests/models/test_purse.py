"""A purse: no cap is ever passed, whoever asks, in whichever program, and however much at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from chatbot.effects import Generate
from chatbot.errors import JournalError, LimitReached, ModelUnreachable, UsageError
from chatbot.events import Ended, ModelEvent, TextDelta, Used
from chatbot.journal import Journal
from chatbot.messages import Usage, message
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.prices import Price
from chatbot.models.purse import Capped, CapReached, Caps, Purse, within_dollars
from chatbot.models.worst_case import Spent, most_of
from chatbot.sampling import Sampling

PRICE = Price(input=2.0, cached=1.0, output=10.0)
ABILITIES = Abilities(writes=True, tools=False, context_tokens=8_000, price=PRICE)


@dataclass
class Service:
    """A model that replies with as many tokens as it likes within what it is allowed, and charges for them."""

    random: Random
    fails: float = 0.0
    name: str = "service"
    abilities: Abilities = ABILITIES
    charged: Spent = field(default_factory=Spent)
    most: int | None = None
    """Longest reply that it ever gives."""
    flying: int = 0
    at_once: list[int] = field(default_factory=lambda: [0])
    """Calls in flight, after each that came."""

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        limit = request.sampling.max_tokens
        assert limit is not None
        longest = min(limit, self.most or limit)
        usage = Usage(self.random.randint(1, min(most_of(request), longest)), self.random.randint(1, longest))
        self.charged += Spent(PRICE.of(usage), usage.input_tokens + usage.output_tokens)
        self.flying += 1
        self.at_once.append(self.flying)
        await asyncio.sleep(0)
        self.flying -= 1
        if self.random.random() < self.fails:
            raise ModelUnreachable("the reply was lost")
        yield TextDelta("4")
        yield Used(usage)
        yield Ended("complete")


def request(length: int | None = None) -> Generate:
    return Generate((message("user", "What is 2 + 2?", "user"),), sampling=Sampling(max_tokens=length))


async def ask(model: Capped, what: Generate) -> None:
    async for _ in model.stream(what):
        pass


async def spend_all(service: Service, purse: Purse, workers: int) -> None:
    """Workers that ask until they are refused."""

    async def work(number: int) -> None:
        while not purse.reached:
            with contextlib.suppress(LimitReached, ModelUnreachable):
                await ask(Capped(service, purse), request(1 + number * 13 % 700))

    await asyncio.gather(*(work(number) for number in range(workers)))


@pytest.mark.parametrize("runs", [7, pytest.param(1_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("caps", [Caps(dollars=0.5), Caps(tokens=60_000), Caps(dollars=0.5, tokens=60_000)], ids=str)
def test_64_workers_never_pass_a_cap(tmp_path: Path, caps: Caps, runs: int, figure: Callable[[str], None]) -> None:
    journal = Journal(tmp_path / "journal.db")
    for seed in range(runs):
        service, purse = Service(Random(seed), fails=0.05), Purse(caps, journal, f"run {seed}")
        asyncio.run(spend_all(service, purse, 64))
        assert service.charged.dollars <= purse.spent.dollars + 1e-9
        assert caps.dollars is None or purse.spent.dollars <= caps.dollars
        assert caps.tokens is None or service.charged.tokens <= purse.spent.tokens <= caps.tokens
        shares = (purse.spent.dollars / (caps.dollars or 1e9), purse.spent.tokens / (caps.tokens or 1e9))
        assert max(shares) > 0.9 and purse.held.tokens == 0
    figure(f"64 workers: spending above the cap in 0 of {runs} runs (95 % bound {3 / runs:.4f})")


def test_calls_wait_for_those_in_flight_and_are_not_refused_before_their_time() -> None:
    each = most_of(request()) + 1_000
    service, purse = Service(Random(0), most=4), Purse(Caps(tokens=each * 2 + 30 * 8), Journal(None), "run")

    async def all_of_them() -> None:
        await asyncio.gather(*(ask(Capped(service, purse), request(1_000)) for _ in range(30)))

    asyncio.run(all_of_them())
    assert max(service.at_once) == 2 and len(service.at_once) == 31
    assert not purse.reached


def test_a_refused_cell_asks_nothing_more() -> None:
    service, purse = Service(Random(0)), Purse(Caps(tokens=1_000), Journal(None), "run")
    model = Capped(service, purse)
    with pytest.raises(CapReached, match="the budget of 1,000 tokens is spent"):
        asyncio.run(ask(model, request(5_000)))
    with pytest.raises(CapReached):
        asyncio.run(ask(model, request(1)))
    assert model.refused and service.charged == Spent()


def test_a_cap_holds_to_a_billionth_of_a_dollar() -> None:
    for dollars in (0.57, 0.29, 1.1):  # no float is just these
        purse = Purse(Caps(dollars=dollars), Journal(None), "run")
        asyncio.run(purse.hold(Spent(dollars)))
        assert purse.held.dollars == pytest.approx(dollars, abs=1e-12)
        with pytest.raises(CapReached):
            asyncio.run(Purse(Caps(dollars=dollars), Journal(None), "run").hold(Spent(dollars + 1e-9)))


def test_who_comes_after_a_cap_was_reached_is_told_which_and_what_to_do() -> None:
    purse = Purse(Caps(tokens=10), Journal(None), "run")
    for most in (11, 1):
        with pytest.raises(CapReached) as refused:
            asyncio.run(purse.hold(Spent(tokens=most)))
        assert refused.value.message == purse.reached == "the budget of 10 tokens is spent"
        assert refused.value.hint == "allow more to go on"


def test_without_a_cap_nothing_is_counted_and_what_was_counted_is_forgotten() -> None:
    journal = Journal(None)
    capped = Purse(Caps(tokens=100), journal, "run")
    asyncio.run(capped.hold(Spent(tokens=60)))
    free = Purse(Caps(), journal, "run")
    assert not free.bounded and free.spent == free.held == Spent()
    assert Purse(Caps(tokens=100), journal, "run", lambda: Spent(tokens=7)).spent == Spent(tokens=7)


def test_what_was_set_aside_for_who_does_not_wait_any_more_is_free_again() -> None:
    async def give_up(purse: Purse) -> None:
        waiting = asyncio.ensure_future(purse.hold(Spent(tokens=60)))
        await asyncio.sleep(0)
        purse.flush()  # it is set aside, and whoever wanted it is stopped before they hear of it
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    purse = Purse(Caps(tokens=100), Journal(None), "run")
    asyncio.run(give_up(purse))
    assert purse.held == purse.spent == Spent()
    asyncio.run(purse.hold(Spent(tokens=100)))


def test_who_gives_up_as_a_cap_is_reached_gives_up() -> None:
    async def give_up(purse: Purse) -> None:
        waiting = asyncio.ensure_future(purse.hold(Spent(tokens=60)))
        await asyncio.sleep(0)
        purse.close("somebody says that it is enough")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(give_up(Purse(Caps(tokens=100), Journal(None), "run")))


def test_where_nothing_can_be_counted_nobody_waits_for_ever() -> None:
    journal = Journal(None)
    purse = Purse(Caps(tokens=100), journal, "run")
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        asyncio.run(purse.hold(Spent(tokens=60)))


def test_whatever_keeps_it_from_being_counted_nobody_waits_for_ever() -> None:
    purse = Purse(Caps(tokens=1 << 70), Journal(None), "run")
    with pytest.raises(JournalError, match="cannot be counted"):
        asyncio.run(asyncio.wait_for(purse.hold(Spent(tokens=1 << 65)), 60))


def test_what_could_not_be_counted_is_counted_once_it_can() -> None:
    async def settle(purse: Purse) -> None:
        number = await purse.hold(Spent(tokens=60))
        purse.settle(number, Spent(tokens=7))
        with pytest.raises(JournalError, match="cannot be counted"):
            await purse.hold(Spent(tokens=1 << 65))
        assert (purse.spent, purse.held) == (Spent(tokens=7), Spent())

    asyncio.run(settle(Purse(Caps(tokens=1 << 70), Journal(None), "run")))


@pytest.mark.parametrize("texts", [(), ("It is ", "4.")])
def test_a_service_that_tells_only_what_it_has_read_is_paid_for_what_it_has_said_too(texts: tuple[str, ...]) -> None:
    class Telling(Service):
        async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
            for text in texts:
                yield TextDelta(text)
            yield Used(Usage(12, 0))
            yield Ended("complete")

    purse = Purse(Caps(tokens=10_000), Journal(None), "run")
    asyncio.run(ask(Capped(Telling(Random(0)), purse), request(100)))
    assert purse.spent.tokens == (most_of(request(100)) + len('"It is 4."') + len('""') if texts else 12)


def test_works_share_the_minutes_of_a_cap() -> None:
    async def fails() -> None:
        raise TimeoutError("its own")

    async def soon() -> None:
        await asyncio.sleep(0.8)
        raise AssertionError("there was no time left for it")

    async def works() -> None:
        await purse.in_time(asyncio.sleep(0.01))
        assert purse.reached == "" and 0.01 <= purse.seconds < 20
        with pytest.raises(TimeoutError, match="its own"):
            await purse.in_time(fails())
        await purse.in_time(asyncio.sleep(60))
        assert purse.reached == "the budget of 0.01 minutes is spent"
        await purse.in_time(soon())
        assert 0.6 <= purse.seconds < 20

    purse = Purse(Caps(minutes=0.01), Journal(None), "run")
    asyncio.run(works())
    unbounded = Purse(Caps(), Journal(None), "run")
    asyncio.run(unbounded.in_time(asyncio.sleep(0)))
    assert unbounded.reached == ""


def test_only_replies_that_are_written_are_held_to_a_length() -> None:
    choice = replace(request(), candidates=("yes", "no"))
    reader = replace(ABILITIES, writes=False)
    for caps, longest in ((Caps(tokens=5_000, reply_tokens=50), 50), (Caps(tokens=5_000, reply_tokens=None), 4_000)):
        purse = Purse(caps, Journal(None), "run")
        fitted = purse.fitted(request(), ABILITIES).sampling.max_tokens
        assert fitted is not None and longest <= fitted <= longest + 1_000
        assert purse.fitted(request(7), ABILITIES) == request(7)
        for unwritten, abilities in ((choice, ABILITIES), (request(), reader)):
            assert purse.fitted(unwritten, abilities) == unwritten
            long = replace(unwritten, sampling=Sampling(max_tokens=6_000))
            assert purse.fitted(long, abilities) == long


def test_a_budget_in_dollars_needs_a_price() -> None:
    unknown = Service(Random(0), abilities=replace(ABILITIES, price=None))
    with pytest.raises(UsageError) as refused:
        Purse(Caps(dollars=1), Journal(None), "run").admit(unknown)
    assert refused.value.message == "the price of service is not known, so a budget of $1 cannot be kept"
    assert refused.value.hint == "give it under `prices`, or cap the tokens"
    with pytest.raises(UsageError, match="the price of service is not known"):
        within_dollars(unknown, 1, Journal(None), "turn")
    Purse(Caps(tokens=1), Journal(None), "run").admit(unknown)
    assert within_dollars(unknown, 0, Journal(None), "turn") is unknown


def test_a_reply_of_a_chat_is_held_to_what_is_left() -> None:
    service, asked = Service(Random(0), most=100), []

    class Heard(Service):
        async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
            asked.append(request.sampling.max_tokens)
            async for event in super().stream(request):
                yield event

    service = Heard(Random(0), most=100)
    model = within_dollars(service, 0.02, Journal(None), "turn")
    assert isinstance(model, Capped)

    async def ask_until_refused() -> None:
        for _ in range(200):
            await ask(model, request())

    with pytest.raises(CapReached, match=r"the budget of \$0.02 is spent"):
        asyncio.run(ask_until_refused())
    assert len(asked) > 5 and asked[0] > asked[-1] >= 1
    assert service.charged.dollars <= 0.02


# --- several programs -------------------------------------------------------------------------------------------------

SPEND = Path(__file__).parents[1] / "programs" / "spend.py"


@pytest.mark.parametrize("runs", [20, pytest.param(1_000, marks=pytest.mark.slow)])
def test_64_workers_in_four_programs_never_pass_a_cap(tmp_path: Path, runs: int, figure: Callable[[str], None]) -> None:
    """Each counts what its services charged; the cap is of all of them together."""
    path = tmp_path / "journal.db"
    Journal(path).close()
    command = [sys.executable, str(SPEND), str(path), str(runs), "16"]
    programs = [subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True) for seed in range(4)]
    told = [program.communicate()[0].splitlines() for program in programs]
    assert [program.returncode for program in programs] == [0] * 4
    over = 0
    with closing(Journal(path)) as journal:
        for run in range(runs):
            charged = sum(int(lines[run]) for lines in told)
            account = journal.open_purse(f"run {run}", _never)
            assert account.held.tokens == 0
            over += not charged <= account.spent.nanodollars <= 500_000_000
            assert account.spent.nanodollars > 400_000_000, "a cap that nothing comes near is not kept but idle"
        journal.check()
    figure(f"64 workers in four programs: spending above the cap in {over} of {runs} runs (95 % bound {3 / runs:.4f})")
    assert over == 0


def _never() -> None:
    raise AssertionError("it is there")


def test_what_a_program_that_died_had_set_aside_counts_as_spent(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    with subprocess.Popen([sys.executable, str(SPEND), str(path), "hang"], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"in flight\n"
        with closing(Journal(path)) as journal:
            alive = Purse(Caps(dollars=0.5), journal, "run")
            assert alive.spent == Spent() and alive.held.dollars > 0.01
            program.send_signal(signal.SIGKILL)
            program.wait()
            dead = Purse(Caps(dollars=0.5), journal, "run")
            assert dead.held == Spent()
            assert dead.spent == replace(alive.held, cut=1)


def test_a_call_that_waits_for_room_gets_that_of_a_program_that_settles_or_dies(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    with subprocess.Popen([sys.executable, str(SPEND), str(path), "hang"], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        with closing(Journal(path)) as journal:
            held = Purse(Caps(dollars=0.5), journal, "run").held.dollars
            purse = Purse(Caps(dollars=1.5 * held), journal, "run")

            async def wait() -> None:
                waiting = asyncio.ensure_future(purse.hold(Spent(held)))
                await asyncio.sleep(0.2)
                assert not waiting.done()
                program.send_signal(signal.SIGKILL)
                await waiting

            with pytest.raises(CapReached):  # what died counts as spent, so there never will be room
                asyncio.run(wait())
            assert purse.spent.cut == 1
