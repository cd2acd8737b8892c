"""Every fault, as a stream and as one body, through a model and through a whole chatbot: what comes out is true.

Nothing that was cut passes for whole, no error is any but a ModelError, no wait is longer than the time-out, no request
is sent more often than it was meant to, and no call is run that was not finished. `pytest -rP` shows the figures.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import pytest
from chat_server import ChatServer, answers, raw
from fault_server import FaultServer
from faults import FAULTS
from faults.fault import ANSWER, FORMS, SLACK, TIMEOUT, Expected, Fault, Form, by_hand

from chatbot import Chatbot, tool
from chatbot.effects import Generate, ToolSchema
from chatbot.errors import ModelError
from chatbot.messages import Finish, Usage, message
from chatbot.models.fold import fold
from chatbot.models.openai_api import OpenAIModel
from chatbot.service.endpoints import url_endpoint
from chatbot.tools import Injected

ENOUGH = 120.0
"""Seconds for what does not wait for its time-out: more than a machine under load needs."""

AT_ONCE = 10
"""Calls at once; a model's that wait are made all at once."""

MOST_TOKENS = 1 << 62
"""What SQLite can still keep."""

MOST_GROWTH = 64 << 20
"""Bytes that a process may grow by as it meets what would fill its memory."""

QUESTION = "What is 2 + 2?"

PARAMETERS = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}
ADD = ToolSchema("add", "Add two whole numbers.", PARAMETERS)
ASKED = Generate((message("user", QUESTION, "user"),), tools=(ADD,))

Case = tuple[Fault, Form]

CASES = [(fault, form) for fault in FAULTS if not fault.heavy for form in fault.scenes]
SLOW = [case for case in CASES if case[0].group == "time"]
LARGE = [case for case in CASES if case[0].group == "size"]
QUICK = [case for case in CASES if case[0].group not in ("time", "size")]


@dataclass(frozen=True)
class Came:
    """What came out of one call."""

    finish: Finish | None = None
    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    runs: int = 0
    usage: Usage = Usage()
    mended: bool | None = None
    """None where it is not told."""
    error: Exception | None = None
    seconds: float = 0.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultServer]:
    trust = tmp_path_factory.mktemp("trust") / "authority.pem"
    with FaultServer(trust) as opened, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(trust))
        yield opened


# --- asking -----------------------------------------------------------------------------------------------------------


async def by_model(model: OpenAIModel) -> Came:
    """What a call of the model comes to."""
    began = time.monotonic()
    try:
        reply = await fold(model.stream(ASKED))
    except Exception as error:  # noqa: BLE001  # of which type it is, is the question
        return Came(error=error, seconds=time.monotonic() - began)
    calls = tuple((call.name, call.arguments) for call in reply.tool_calls)
    seconds = time.monotonic() - began
    return Came(reply.finish, reply.text, calls, usage=reply.usage, mended=reply.mended, seconds=seconds)


@tool(impact="reads")
def add(a: int, b: int, ran: Annotated[list[int], Injected("ran")]) -> int:
    """Add two whole numbers."""
    ran.append(a + b)
    return a + b


async def by_bot(bot: Chatbot, model: OpenAIModel) -> Came:
    """What a turn comes to, in a conversation of its own: its calls are run, and all is kept in the journal."""
    ran: list[int] = []
    own = bot.conversation(tool_context={"ran": ran})
    own.model = model
    began = time.monotonic()
    try:
        answer = await own.aask(QUESTION)
    except Exception as error:  # noqa: BLE001  # as above
        return Came(error=error, runs=len(ran), seconds=time.monotonic() - began)
    return Came(answer.finish, answer.text, runs=len(ran), usage=answer.usage, seconds=time.monotonic() - began)


def asked_all(
    server: FaultServer, cases: Sequence[Case], who: str, ask: Callable[[OpenAIModel], Awaitable[Came]]
) -> list[Came]:
    """What came of each case."""
    waits = [fault.group == "time" for fault, _ in cases]
    at_once = asyncio.Semaphore(len(cases) if who == "model" and all(waits) else AT_ONCE)

    async def asked(fault: Fault, form: Form) -> Came:
        endpoint = url_endpoint(server.address(fault, form, who), {})
        timeout = TIMEOUT if fault.group == "time" else ENOUGH
        async with at_once:
            return await ask(OpenAIModel("m", "test-model", endpoint, timeout=timeout, prices={}))

    async def all_asked() -> list[Came]:
        return await asyncio.gather(*(asked(fault, form) for fault, form in cases))

    return asyncio.run(all_asked())


# --- judging ----------------------------------------------------------------------------------------------------------


def told(cases: Sequence[Case], came: Sequence[Came], server: FaultServer, who: str) -> list[str]:
    """What was wrong, case by case."""
    found = []
    for (fault, form), seen in zip(cases, came, strict=True):
        expected = fault.expected[form]
        calls = bool(expected.calls)
        if who == "bot" and calls:  # it goes on from the results of the calls to an answer
            expected = replace(expected, text=ANSWER, calls=())
        wrong = [
            *(wrong_error(expected, seen) if expected.error else wrong_reply(expected, seen)),
            *([f"{seen.runs} calls run"] if who == "bot" and seen.runs != expected.runs else []),
            *([f"{seen.seconds:.2f} s"] if seen.seconds > bound(fault) else []),
        ]
        if (sent := server.came[fault.name, form, who]) != expected.requests + (who == "bot" and calls):
            wrong.append(f"{sent} requests")
        found += [f"{fault.group}: {fault.name} ({form}): {each}" for each in wrong]
    return found


def bound(fault: Fault) -> float:
    return TIMEOUT + SLACK if fault.group == "time" else ENOUGH


def wrong_error(expected: Expected, came: Came) -> list[str]:
    """What is not as it must be where an error must come."""
    assert expected.error is not None
    error = came.error
    if error is None:
        return [f"{came.finish}: {came.text[:60]!r} where {expected.error.__name__} was due"]
    if not isinstance(error, expected.error):
        return [f"{type(error).__name__}: {error} where {expected.error.__name__} was due"]
    says = [] if expected.says in str(error) else [f"{error} does not say {expected.says!r}"]
    return says + ([] if error.billed == expected.billed else [f"billed is {error.billed}: {error}"])


def wrong_reply(expected: Expected, came: Came) -> list[str]:
    """What is not as it must be where a reply must come."""
    if came.error is not None:
        return [f"{type(came.error).__name__}: {came.error} where a reply was due"]
    pairs = {
        "finish": (came.finish, expected.finish),
        "text": (came.text[:60], expected.text[:60]),
        "length": (len(came.text), len(expected.text)),
        "calls": (came.calls, expected.calls),
        "mended": (came.mended in (None, expected.mended), True),
        "tokens": (min(came.usage.input_tokens, came.usage.output_tokens) >= 0, True),
        "many tokens": (max(came.usage.input_tokens, came.usage.output_tokens) < MOST_TOKENS, True),
    }
    return [f"{name}: {seen!r}, not {due!r}" for name, (seen, due) in pairs.items() if seen != due]


def figures(cases: Sequence[Case], came: Sequence[Came]) -> str:
    """The counts that are compared with others'."""
    expected = [fault.expected[form] for fault, form in cases]
    silent = sum(
        seen.error is None and seen.finish == "complete" and not (due.finish == "complete" and seen.text)
        for due, seen in zip(expected, came, strict=True)
        if due.text
    )
    untyped = sum(seen.error is not None and not isinstance(seen.error, ModelError) for seen in came)
    hangs = sum(seen.seconds > bound(fault) for (fault, _), seen in zip(cases, came, strict=True))
    slowest = max(seen.seconds for seen in came)
    return (
        f"{len({fault.name for fault, _ in cases})} faults, {len(cases)} cases: {silent} silent truncations, {untyped} "
        f"untyped exceptions, {hangs} beyond their time; slowest {slowest:.2f} s"
    )


# --- the matrix -------------------------------------------------------------------------------------------------------


def test_there_are_more_than_sixty_faults_each_with_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert sum(fault.scenes.keys() == {*FORMS} for fault in FAULTS) >= 60


@pytest.mark.parametrize("cases", [QUICK, SLOW, LARGE], ids=["at once", "in time", "large"])
def test_a_model_tells_the_truth(server: FaultServer, cases: list[Case], figure: Callable[[str], None]) -> None:
    came = asked_all(server, cases, "model", by_model)

    figure(f"{figures(cases, came)} (best of four others over 36 faults: 3 silent, 1 untyped, 2 hang)")
    assert told(cases, came, server, "model") == []
    assert server.elsewhere.connections == 0


@pytest.mark.parametrize(
    "every", [pytest.param(6, id="every sixth"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)
def test_a_chatbot_tells_the_truth(
    server: FaultServer, every: int, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    bot = Chatbot("extractive", knowledge=None, tools=[add], workspace=tmp_path)

    for cases in (QUICK[::every], SLOW[::every], *([LARGE] if every == 1 else [])):
        came = asked_all(server, cases, "bot", partial(by_bot, bot))
        figure(f"a whole chatbot: {figures(cases, came)}")
        assert told(cases, came, server, "bot") == []


GROWTH = """
import asyncio, json, resource, sys
from chatbot.effects import Generate
from chatbot.messages import message
from chatbot.models.fold import fold
from chatbot.models.openai_api import OpenAIModel
from chatbot.service.endpoints import url_endpoint

def asked(url):
    model = OpenAIModel("m", "test-model", url_endpoint(url, {}), timeout=60.0, prices={})
    return fold(model.stream(Generate((message("user", "2 + 2?", "user"),))))

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

small, *large = json.load(sys.stdin)
asyncio.run(asked(small))
before = peak()
for url in large:
    try:
        print("reply", asyncio.run(asked(url)).finish)
    except Exception as error:
        print(type(error).__name__, error)
print(peak() - before)
"""


def test_what_is_too_large_is_not_kept(server: FaultServer, figure: Callable[[str], None]) -> None:
    bombs = [(fault, form) for fault in FAULTS if fault.heavy for form in fault.scenes]
    (small,) = [fault for fault in FAULTS if fault.name == "HTTP/1.0"]
    urls = [server.address(fault, form, "child") for fault, form in [(small, "stream"), *bombs]]

    done = subprocess.run(
        [sys.executable, "-c", GROWTH], input=json.dumps(urls), capture_output=True, text=True, check=True
    )

    *outcomes, growth = done.stdout.splitlines()
    for (fault, form), outcome in zip(bombs, outcomes, strict=True):
        error = fault.expected[form].error
        assert error is not None and outcome.startswith(error.__name__), (fault.name, form, outcome)
    figure(f"{len(bombs)} replies of over a gigabyte: {int(growth) >> 20} MB more memory (four others: 2,500 to 6,100)")
    assert int(growth) < MOST_GROWTH


# --- one call after another -------------------------------------------------------------------------------------------

NEXT = answers({"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}]})


def one_after_the_other(server: ChatServer, *, busy: float) -> list[str]:
    """The texts of two calls that one model makes in turn; between them, the program does something else."""
    model = OpenAIModel("m", "test-model", url_endpoint(server.url, {}), timeout=ENOUGH, prices={})

    async def asked() -> list[str]:
        first = await fold(model.stream(ASKED))
        time.sleep(busy)  # its event loop sees nothing of what happens to the connection
        return [first.text, (await fold(model.stream(ASKED))).text]

    return asyncio.run(asked())


def response(form: Form, text: bytes = b"{sum}") -> bytes:
    """A whole response whose connection stays open."""
    length = len(by_hand(form)) - len(by_hand(form, body=b""))
    return by_hand(form, head=f"Content-Length: {length}\r\n").replace(b"{sum}", text)


@pytest.mark.parametrize("busy", [0.0, 0.5])
@pytest.mark.parametrize("form", FORMS)
def test_an_answer_too_many_is_not_taken_for_that_to_the_next_question(
    chat_server: Callable[..., ChatServer], form: Form, busy: float
) -> None:
    surplus = raw(response(form), 0.05 if busy else 0.0, response(form, b"stale"), 1.0)

    server = chat_server(surplus, NEXT)
    assert one_after_the_other(server, busy=busy) == [ANSWER, "4"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("form", FORMS)
def test_a_connection_that_the_server_has_closed_meanwhile_is_not_sent_a_prompt(
    chat_server: Callable[..., ChatServer], form: Form
) -> None:
    server = chat_server(raw(response(form), 0.05), NEXT)
    assert one_after_the_other(server, busy=0.5) == [ANSWER, "4"]
    assert (len(server.requests), server.connections) == (2, 2)
