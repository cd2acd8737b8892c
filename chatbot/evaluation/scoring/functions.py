r"""Scorers that are anybody's Python function: `module:function`, or `file.py:function` in the suite's folder.

    def one_line(item, response):
        return "\n" not in response.text

The function gets an Item and a Response and returns a truth value, a number, a pair of either and a reason, or a Score.
A suite runs such code when it is loaded, as a test does: run no suite whose author you do not trust.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from chatbot.errors import ChatbotError, ProjectError, nearest
from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.outcomes import brief, has_declined, refused, scored, translated
from chatbot.paths import inside


def python(entry: Entry) -> Scorer:
    """The function that `function` names. With `declined: true` it judges declined replies, too."""
    written = entry.section.text("function")
    if written is None:
        raise entry.error("python needs `function`", hint="write it as function: scorers.py:one_line")
    try:
        function = load(written, entry.folder)
    except ChatbotError as error:
        raise entry.error(error.message, "function", hint=error.hint) from error
    declined_too = entry.section.flag("declined")

    def judge(item: Item, response: Response) -> Score:
        if has_declined(response) and not declined_too:
            return refused(response)
        return as_score(translated(lambda: function(item, response), written))

    return judge


def load(written: str, folder: Path) -> Callable[[Item, Response], object]:
    """The function, from its module or its file. Raises ProjectError where there is none, or it cannot be loaded."""
    place, _, name = written.rpartition(":")
    if not place or not name:
        raise ProjectError(f"{written!r} names no function", hint="write it as module:function or file.py:function")
    module = translated(lambda: _from_file(inside(folder, place)) if place.endswith(".py") else _imported(place), place)
    function = getattr(module, name, None)
    if not callable(function):
        known = [each for each, value in vars(module).items() if inspect.isfunction(value)]
        raise ProjectError(f"{place} has no function {name!r}", hint=nearest(name, known))
    if inspect.iscoroutinefunction(function):
        raise ProjectError(f"{written} is asynchronous", hint="a scorer is a plain function and asks nobody")
    found: Callable[[Item, Response], object] = function
    return found


def as_score(result: object) -> Score:
    """What a function returned, as a score. Raises ProjectError for what says nothing."""
    match result:
        case Score():
            return result
        case bool() | int() | float():
            return scored(result)
        case (bool() | int() | float() as value, str() as reason):
            return scored(value, reason)
    hint = "a truth value, a number, (value, reason), or a Score"
    raise ProjectError(f"the function returned {brief(result)}", hint=hint)


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ProjectError(
            f"there is no module {error.name!r}", hint="install it, or name a file: file.py:function"
        ) from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ProjectError(f"there is no file {path.name} beside the suite")
    name = f"chatbot_scorer_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise ProjectError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses look their module up there
    specification.loader.exec_module(module)
    return module
