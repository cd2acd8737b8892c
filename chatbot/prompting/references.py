"""References in a frontmatter: `${env:NAME}`, `${env:NAME:default}` and `${file:path}`, each a whole value.

Files are read from the prompt's own folder only: no `..`, no absolute path, no link that leads out. JSON and strict
YAML are parsed, other files are text. What a file says is not searched for references again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

from chatbot.errors import ProjectError, PromptError
from chatbot.paths import inside
from chatbot.prompting.prompt_file import MAX_BYTES, PromptFile
from chatbot.prompting.strict_yaml import Place, read_yaml

_REFERENCE = re.compile(r"\$\{(env|file):([^}]*)\}")

UNREAD: frozenset[Place] = frozenset({("model", "connection")})
"""Parts that this program never reads, so that no key is fetched for nothing."""


def resolved(file: PromptFile, value: object, at: Place = ()) -> object:
    """The value, with the references in it replaced. Raises PromptError for one that leads nowhere."""
    if at in UNREAD:
        return None
    match value:
        case str():
            return _resolve(file, value, at)
        case Mapping():
            return {key: resolved(file, item, (*at, key)) for key, item in value.items()}
        case list():
            return [resolved(file, item, (*at, index)) for index, item in enumerate(value)]
    return value


def _resolve(file: PromptFile, text: str, at: Place) -> object:
    found = _REFERENCE.search(text)
    if not found:
        return text
    if found.span() != (0, len(text)):
        raise file.error(f"{found[0]} must be the whole value", at=at, hint="write nothing before or behind it")
    kind, target = found.groups()
    return _from_environment(file, target, at) if kind == "env" else _from_file(file, target, at)


def _from_environment(file: PromptFile, target: str, at: Place) -> str:
    name, colon, default = target.partition(":")
    value = os.environ.get(name, default if colon else None)
    if value is None:
        hint = f"set it, or write ${{env:{name}:…}} with a default"
        raise file.error(f"the environment variable {name!r} is not set", at=at, hint=hint)
    return value


def _from_file(file: PromptFile, target: str, at: Place) -> object:
    try:
        path = inside(file.path.parent, target)
        if path.stat().st_size > MAX_BYTES:
            raise file.error(f"{target} is longer than {MAX_BYTES:,} bytes", at=at)
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".json":
            return json.loads(text)
        return read_yaml(path, text)[0] if path.suffix in (".yaml", ".yml") else text
    except PromptError:
        raise
    except ProjectError as error:
        raise file.error(error.message, at=at, hint=error.hint) from error
    except OSError as error:
        raise file.error(f"{target} cannot be read: {error.strerror or error}", at=at) from error
    except ValueError as error:
        raise file.error(f"{target} cannot be parsed: {str(error).splitlines()[0]}", at=at) from error
    except RecursionError:
        raise file.error(f"{target} is nested too deeply", at=at) from None
