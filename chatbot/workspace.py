"""A workspace: the folder of plain files that a chatbot is made of, and its settings.

The nearest folder upward that holds a `chatbot.toml` is the workspace; outside of one the starter that comes with the
program serves, and what is written then goes to the user's state folder. Settings come from flags, then the environment
(`CHATBOT_…`), then `chatbot.toml`; its tables (`[tool_options.NAME]`, `[mcp.NAME]`, `[prices]`, `[local]`, `[policy]`)
can be set there only. What a table may hold is known to whoever reads it, and checked there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType

from chatbot.errors import ProjectError, UsageError, nearest
from chatbot.paths import inside, state_folder
from chatbot.sampling_names import read_decoding

SETTINGS_FILE = "chatbot.toml"

STATE = ".chatbot"
"""Folder of a workspace for everything the program writes."""


Table = Mapping[str, object]
"""A table of the settings, read-only throughout: its lists are tuples, its tables are `Table`s."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set in `chatbot.toml`, and what is not a table by `CHATBOT_<KEY>` or by a flag as well."""

    model: str | None = None
    """Model spec; None lets the program pick."""
    prompt: str = "chat"
    """Name of a prompt file."""
    decode: str = ""
    """How replies are drawn where the prompt leaves it open, as `min-p=0.1, temperature=0.8`; empty for the model's own
    way. The names are those of `sampling_names`."""
    knowledge: str = "knowledge"
    """Folder of documents, relative to the workspace, or an absolute path."""
    embedder: str = "minilm"
    """Who turns text into vectors."""
    reranker: str = ""
    """Who reads the best passages again, beside the question, and puts them in order; empty for nobody."""
    query_expansion: str = ""
    """Name of a prompt file by which a model that writes says what to search for beside a question, each line of its
    reply: `several_queries`, `hypothetical_answer`, or your own; empty to search for the question alone."""
    tools: tuple[str, ...] = ("calculate", "current_time", "search_knowledge")
    """Built-in tools offered to the model."""
    timeout: float = 120.0
    """Seconds that one request to a model may take in all."""
    plain_http: tuple[str, ...] = ()
    """Hosts of model services that may be sent prompts and a key in clear, over a network: names or addresses."""
    requests_per_minute: int = 0
    """Most requests to one model at one endpoint in any minute; 0 for what the service itself allows."""
    tokens_per_minute: int = 0
    """Most tokens of one model at one endpoint in any minute, replies too; 0 for what the service itself allows."""
    passages: int = 5
    """Passages put before the model for one question."""
    passage_tokens: int = 800
    """Tokens that a passage may grow to by the section around it, before a model that writes; 0 for passages as they
    were found. A chunk of the packaged embedder has up to 350 by this count, of three bytes each."""
    rounds: int = 8
    """Most requests to the model in one turn: the last of them is offered no tools."""
    tool_calls: int = 8
    """Most calls of tools in one turn."""
    turn_seconds: float = 600.0
    """Seconds of models and tools in one turn after which no further request is made. What runs side by side counts
    once, and waiting for a person not at all."""
    turn_dollars: float = 0.0
    """Most US dollars that the requests of one turn may come to: as much as each can take is set aside before it is
    sent. 0 for no bound. Needs a model whose price is known."""
    received_days: int = 180
    """Days that what services sent is kept byte for byte (`chatbot sessions received`): an eighth of a journal where
    answers rest on documents, a third where they do not. Conversations are kept until they are deleted."""
    context: int = 0
    """Tokens that the model reads; 0 for what its server tells, or 8,192 where it tells nothing."""
    tool_options: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Options of the built-in tools, by the tool's name."""
    mcp: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """MCP servers, by the name they go by here."""
    prices: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """US dollars for a million tokens (`input`, `output`, perhaps `cached`), by the model's name at its endpoint."""
    local: Table = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """How models in this process are loaded and run: device, precision, memory."""
    policy: Table = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Which calls of tools are allowed, asked about or denied."""

    def usual_prompt(self, *, documents: bool) -> str:
        """The prompt where a caller names none: the default one answers from documents alone."""
        return self.prompt if documents or self.prompt != Settings().prompt else "plain"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder of prompts, knowledge and settings, and the place for what the program writes."""

    root: Path
    settings: Settings
    state: Path
    """Folder for index and journal; created when first written to."""
    starter: bool = False
    """This is the starter that comes with the program, not a folder of the user's."""

    @property
    def prompts(self) -> Path:
        """Folder of the prompt files."""
        return self.root / "prompts"

    @property
    def knowledge(self) -> Path:
        """Folder (or file) of the documents."""
        return self.root / self.settings.knowledge

    @property
    def settings_file(self) -> Path:
        """File of the settings."""
        return self.root / SETTINGS_FILE

    @property
    def journal(self) -> Path:
        """File of the conversations."""
        return self.state / "journal.db"

    def index_of(self, documents: Path) -> Path:
        """File of the index of these documents: one for each folder, told apart by its whole path."""
        whole = str(documents.resolve())
        return self.state / f"{documents.resolve().name}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}.db"


def find_workspace(start: Path | None = None, environment: Mapping[str, str] = os.environ) -> Workspace:
    """The workspace that `start` (default: the current folder) lies in, else the starter.

    Raises ProjectError when its settings cannot be read.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).is_file():
            return _open(folder, folder / STATE, environment, starter=False)
    return _open(starter_root(), state_folder(), environment, starter=True)


def starter_root() -> Path:
    """Folder of the starter content: inside the installed package, or the checkout it runs from."""
    packaged = Path(__file__).parent / "starter"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent


def create_workspace(target: Path) -> Workspace:
    """Copies the starter into `target`, which must be empty or not exist yet."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is not empty", hint="name a folder that does not exist yet")
    source = starter_root()
    target.mkdir(parents=True, exist_ok=True)
    for name in ("prompts", "knowledge"):
        shutil.copytree(source / name, target / name)
    shutil.copy(source / SETTINGS_FILE, target / SETTINGS_FILE)
    (target / ".gitignore").write_text(f"{STATE}/\n", encoding="utf-8")
    return find_workspace(target)


def _open(root: Path, state: Path, environment: Mapping[str, str], *, starter: bool) -> Workspace:
    settings = _from_environment(_from_file(root / SETTINGS_FILE), environment)
    if not Path(settings.knowledge).is_absolute():
        inside(root, settings.knowledge)
    return Workspace(root, settings, state, starter)


def _from_file(path: Path) -> Settings:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path}: {error}", hint="mend the file, or remove it to use the defaults") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} cannot be read: {error}", hint="check the file and its permissions") from error
    return _settings(table, str(path))


def checked(table: Table, defaults: Table, *, where: str) -> dict[str, object]:
    """The values of the table, each of the type of its key's default (an integer may stand for a float).

    where: what the messages begin with. Raises ProjectError, which names the key, or the nearest one that is known.
    """
    for key in table:
        if key not in defaults:
            raise ProjectError(f"{where}: unknown setting {key!r}", hint=nearest(key, defaults))
    return {key: _typed(key, value, defaults[key], where) for key, value in table.items()}


def _defaults() -> dict[str, object]:
    return {each.name: getattr(Settings(), each.name) for each in fields(Settings)}


def _from_environment(settings: Settings, environment: Mapping[str, str]) -> Settings:
    given: dict[str, object] = {}
    for key, default in _defaults().items():
        name = f"CHATBOT_{key.upper()}"
        if (text := environment.get(name)) and not isinstance(default, Mapping):
            given[key] = _parse(text, default, name)
    _check_decoding(given, "the environment: CHATBOT_DECODE")
    return replace(settings, **given)  # type: ignore[arg-type]  # each was parsed to its field's type


def _parse(text: str, default: object, name: str) -> object:
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(default, int | float):
        try:
            return _typed(name, type(default)(text), default, "the environment")
        except ValueError:
            raise ProjectError(f"{name} is {text!r}, not a number", hint="change or unset the variable") from None
    return text


def _settings(table: Table, where: str) -> Settings:
    given = checked(table, _defaults(), where=where)
    for key in ("tool_options", "mcp", "prices"):
        tables = given.get(key, {})
        assert isinstance(tables, Mapping)
        for name, inner in tables.items():
            if not isinstance(inner, Mapping):
                raise ProjectError(f"{where}: {key}.{name} is {inner!r}, not a table", hint=f"write [{key}.{name}]")
    _check_decoding(given, where)
    return Settings(**given)  # type: ignore[arg-type]  # each was checked against its field's default


def _check_decoding(given: Table, where: str) -> None:
    try:
        read_decoding(str(given.get("decode", "")))
    except UsageError as error:
        raise ProjectError(f"{where}: {error.message}", hint=error.hint) from error


def _typed(key: str, value: object, default: object, where: str) -> object:
    if isinstance(default, Mapping):
        if isinstance(value, Mapping):
            return _frozen(value)
        wanted = "a table"
    elif isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        wanted = "a list of strings"
    elif isinstance(default, bool):
        if isinstance(value, bool):
            return value
        wanted = "true or false"
    elif isinstance(default, int | float):
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return type(default)(value)
        wanted = "a positive number"
    else:
        if isinstance(value, str) and value:
            return value
        wanted = "a string"
    raise ProjectError(f"{where}: {key} is {value!r}, not {wanted}", hint="mend the setting or leave it out")


def _frozen(value: object) -> object:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(inner) for key, inner in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
