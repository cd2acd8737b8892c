"""One client in a process of its own, for `client_faults.py`: asks what it is told to, each time in a forked process.

    python client_faults_program.py CLIENT

In: lines of JSON, each a list of {"url", "form"}; they are asked at once. Out: for each line, a list of what came.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

TIMEOUT = 3.0
"""Seconds that each client is told to wait."""

STOP = 45.0
"""Seconds after which a call that has not ended is stopped."""

MEMORY = 7 << 30
"""Bytes that one call may take."""

QUESTION = "What is 2 + 2?"

Came = dict[str, object]
"""text, finish, calls (as handed over, or as run), error (module and name of its class)."""

Ask = Callable[[str, str], Came]

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
}
TOOL = {"type": "function", "function": {"name": "add", "description": "Add two whole numbers.", "parameters": SCHEMA}}


def add(a: int, b: int) -> int:
    """Add two whole numbers."""
    RAN.append(["add", {"a": a, "b": b}])
    return a + b


RAN: list[object] = []
"""Calls that a framework has run."""


NOWHERE = "http://127.0.0.1:9/v1"


def warm(ask: Ask) -> Ask:
    """Asks once in vain, so that no call's time is spent on imports."""
    with contextlib.suppress(Exception):
        ask(NOWHERE, "body")
    return ask


def ours() -> Ask:
    import chatbot.retrieval.index  # what a turn imports
    import chatbot.tools.calculate  # noqa: F401
    from chatbot import Chatbot, tool
    from chatbot.effects import Generate
    from chatbot.models.fold import fold
    from chatbot.models.openai_api import OpenAIModel
    from chatbot.service.endpoints import url_endpoint

    bot = Chatbot("extractive", knowledge=None, tools=[tool(impact="reads")(add)], durable=False)

    def model_at(url: str) -> OpenAIModel:
        return OpenAIModel("m", "test-model", url_endpoint(url, {}), timeout=TIMEOUT, prices={})

    def ask(url: str, form: str) -> Came:
        own = bot.conversation()
        own.model = model_at(url)
        answer = asyncio.run(own.aask(QUESTION))
        return {"text": answer.text, "finish": answer.finish, "calls": RAN}

    with contextlib.suppress(Exception):  # not a whole turn: the thread that it starts would be missing after a fork
        asyncio.run(fold(model_at(NOWHERE).stream(Generate(()))))
    return ask


def openai() -> Ask:
    from openai import OpenAI

    def ask(url: str, form: str) -> Came:
        client = OpenAI(base_url=url, api_key="none", timeout=TIMEOUT)
        said = {"model": "test-model", "messages": [{"role": "user", "content": QUESTION}], "tools": [TOOL]}
        if form == "body":
            choice = client.chat.completions.create(**said).choices[0]  # type: ignore[call-overload]
            whole = [[each.function.name, each.function.arguments] for each in choice.message.tool_calls or []]
            return {"text": choice.message.content, "finish": choice.finish_reason, "calls": whole}
        return streamed(client.chat.completions.create(stream=True, **said))  # type: ignore[call-overload]

    def streamed(stream: object) -> Came:
        """Put together as the package's own documentation does it."""
        text, finish, calls = "", None, {}
        for chunk in stream:  # type: ignore[attr-defined]
            if not chunk.choices:
                continue  # as in the chunk that carries the usage
            choice = chunk.choices[0]
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
            for each in choice.delta.tool_calls or []:
                call = calls.setdefault(each.index, ["", ""])
                call[0] += each.function.name or ""
                call[1] += each.function.arguments or ""
        return {"text": text, "finish": finish, "calls": [*calls.values()]}

    return warm(ask)


def langchain() -> Ask:
    from langchain_core.messages import AIMessageChunk
    from langchain_openai import ChatOpenAI

    def ask(url: str, form: str) -> Came:
        model = ChatOpenAI(model="test-model", base_url=url, api_key="none", timeout=TIMEOUT).bind_tools([TOOL])  # type: ignore[arg-type]
        if form == "body":
            message = model.invoke(QUESTION)
        else:
            message = AIMessageChunk("")
            for chunk in model.stream(QUESTION):
                message = message + chunk
        calls = [[call["name"], call["args"]] for call in message.tool_calls]
        return {"text": message.text, "finish": message.response_metadata.get("finish_reason"), "calls": calls}

    return warm(ask)


def pydantic_ai() -> Ask:
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    def ask(url: str, form: str) -> Came:
        model = OpenAIChatModel("test-model", provider=OpenAIProvider(base_url=url, api_key="none"))
        agent = Agent(model, tools=[add], model_settings={"timeout": TIMEOUT})

        async def whole() -> Came:
            result = await agent.run(QUESTION)
            return {"text": result.output, "finish": result.response.finish_reason, "calls": RAN}

        async def stream() -> Came:
            async with agent.run_stream(QUESTION) as result:
                text = await result.get_output()
                return {"text": text, "finish": result.response.finish_reason, "calls": RAN}

        return asyncio.run(whole() if form == "body" else stream())

    return warm(ask)


CLIENTS: dict[str, Callable[[], Ask]] = {
    "ours": ours,
    "openai": openai,
    "langchain-openai": langchain,
    "pydantic-ai": pydantic_ai,
}


def begin(ask: Ask, url: str, form: str) -> tuple[int, int]:
    """A process that asks: its id, and where it writes what came."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    started = time.monotonic()
    try:
        came = ask(url, form)
    except BaseException as error:  # noqa: BLE001  # of which class it is, is what is measured
        came = {"error": f"{type(error).__module__}.{type(error).__qualname__}", "said": str(error)[:300], "calls": RAN}
        came["where"] = traceback.format_exc(limit=-2)[-600:]
    text = str(came.get("text") or "")
    came |= {"text": text[:200], "length": len(text), "seconds": time.monotonic() - started}
    os.write(writing, json.dumps(came, default=str).encode()[:60_000])
    os._exit(0)


def finish(child: int, reading: int, grown_from: int, deadline: float) -> Came:
    """What came of it, and how much memory it took; stops it when the time is over."""
    while True:
        ended, status, used = os.wait4(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            _, status, used = os.wait4(child, 0)
            break
        time.sleep(0.01)
    written = b""
    while piece := os.read(reading, 1 << 16):
        written += piece
    os.close(reading)
    came: Came = json.loads(written) if written else {"error": "hang" if time.monotonic() > deadline else "died"}
    return came | {"megabytes": max(0, used.ru_maxrss * 1024 - grown_from) >> 20, "status": status}


def resident() -> int:
    """Bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    ask = CLIENTS[sys.argv[1]]()
    print("ready", flush=True)
    for line in sys.stdin:
        now, memory = time.monotonic(), resident()
        asking = [begin(ask, job["url"], job["form"]) for job in json.loads(line)]
        print(json.dumps([finish(*each, memory, now + STOP) for each in asking]), flush=True)


if __name__ == "__main__":
    main()
