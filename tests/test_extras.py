"""What only an extra brings says, where it is missing, which extra that is; nothing else needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from starter import copy_index

from chatbot.errors import UsageError
from chatbot.extras import brought_by
from chatbot.workspace import create_workspace

WITHOUT = """
import sys
for name in ("langchain", "langchain_core", "PIL", "httpx2"):
    sys.modules[name] = None  # what Python itself does for a package that cannot be imported
from chatbot import Chatbot, Tool, connect
from chatbot.errors import ChatbotError
from chatbot.prompting.convert import to_chat_prompt_template

bot = Chatbot("extractive")
assert bot.ask("What is nucleus sampling?").citations
for ask in (
    bot.as_runnable,
    bot.knowledge.as_retriever,
    lambda: Tool.from_langchain(print),
    lambda: to_chat_prompt_template(bot.prompt),
    lambda: connect("langchain:openai:gpt-4o"),
    lambda: bot.ask("What is this?", images=[b"\\x89PNG\\r\\n\\x1a\\n"]),
):
    try:
        ask()
    except ChatbotError as error:
        print(error)
"""


def test_a_missing_package_is_told_with_the_extra_that_brings_it(starter: Path, tmp_path: Path) -> None:
    own = create_workspace(tmp_path / "own").root
    copy_index(starter, own)
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=own, capture_output=True, text=True)
    assert done.stderr == ""
    langchain = "need the extra `langchain` (pip install 'chatbot[langchain]')"
    assert done.stdout.splitlines() == [
        *(f"LangChain's {what} {langchain}" for what in ("runnables", "retrievers", "tools", "templates", "models")),
        "pictures need the extra `documents` (pip install 'chatbot[documents]')",
    ]


def test_what_is_there_is_imported_and_other_errors_stay_what_they_are() -> None:
    with brought_by("documents", "pictures"):
        import PIL  # noqa: F401
    with pytest.raises(ValueError, match="no"), brought_by("documents", "pictures"):
        raise ValueError("no")
    with pytest.raises(UsageError), brought_by("documents", "pictures"):
        import chatbot.no_such_module  # type: ignore[import-not-found]  # noqa: F401
