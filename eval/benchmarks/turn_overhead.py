"""Target S6: framework time of a turn with one tool call, model time excluded.

    python eval/benchmarks/turn_overhead.py

Ours with the journal in memory and durable on disk; the peer is LangChain's `create_agent` with a fake chat model that
makes the same two replies, left out where langchain is not installed.
"""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from chatbot import Chatbot, tool
from chatbot.messages import Reply, ToolCall
from chatbot.models import Scripted

TURNS = 200


@tool(impact="none")
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def ours(workspace: Path, *, durable: bool) -> Callable[[], float]:
    call = Reply("", (ToolCall("call-1", "add", '{"a": 2, "b": 3}'),))
    model = Scripted(*[call, Reply("It is 5.")] * TURNS * 10)
    bot = Chatbot(model, knowledge=None, tools=[add], workspace=workspace, durable=durable)

    def turn() -> float:
        one = bot.conversation()
        started = time.perf_counter()
        answer = one.ask("2+3?")
        seconds = time.perf_counter() - started
        assert answer.text == "It is 5." and answer.tool_calls[0].result.text == "5"
        return seconds

    return turn


def langchain() -> Callable[[], float]:
    from langchain.agents import create_agent
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.tools import tool as lc_tool

    @lc_tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    class Fake(GenericFakeChatModel):
        def bind_tools(self, tools: object, **_: object) -> Fake:
            return self

    def replies() -> object:
        while True:
            yield AIMessage("", tool_calls=[{"name": "add", "args": {"a": 2, "b": 3}, "id": "call-1"}])
            yield AIMessage("It is 5.")

    agent = create_agent(Fake(messages=replies()), [add])

    def turn() -> float:
        started = time.perf_counter()
        state = agent.invoke({"messages": [{"role": "user", "content": "2+3?"}]})
        seconds = time.perf_counter() - started
        assert state["messages"][-1].content == "It is 5."
        return seconds

    return turn


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        (workspace / "chatbot.toml").write_text("tools = []\n")  # the peer offers one tool, and so do we
        (workspace / "prompts").symlink_to(Path(__file__).parents[2] / "prompts")
        works = {
            "ours, journal in memory": ours(workspace, durable=False),
            "ours, durable on disk": ours(workspace, durable=True),
        }
        if importlib.util.find_spec("langchain"):
            works["LangChain create_agent"] = langchain()
        print("target: 0.8 ms with the journal in memory, 3 ms durable on disk")
        seen: dict[str, list[float]] = {name: [] for name in works}
        for number in range(TURNS):
            for name, turn in works.items():
                seconds = turn()
                if number >= TURNS // 10:  # the first ones fill caches
                    seen[name].append(seconds)
        for name, values in seen.items():
            print(f"{name:<26} median {statistics.median(values) * 1e3:6.2f} ms   p95 {_p95(values) * 1e3:6.2f} ms")


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


main()
