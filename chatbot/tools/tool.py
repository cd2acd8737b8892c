"""`@tool`: a typed Python function becomes something that a model can call."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from chatbot.effects import ToolSchema
from chatbot.errors import UsageError, nearest
from chatbot.tools.arguments import Arguments
from chatbot.tools.docstring import Docstring, read_docstring
from chatbot.tools.function_arguments import FunctionArguments
from chatbot.tools.hints import target_of
from chatbot.tools.injected import Injection
from chatbot.tools.signature import parameters_of, spread
from chatbot.wire_names import wire_name

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

Impact = Literal["none", "reads", "writes", "sends", "spends"]
"""What a tool does to the world.

none: it only computes. reads: it looks something up. writes: it changes something. sends: it tells somebody something.
spends: it costs money. The last three are side effects.
"""

DEFAULT_TIMEOUT = 30.0
"""Seconds: longer than a slow web service takes, shorter than people wait for an answer."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What the chat-completions protocol allows."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call. It can still be called as the function it is."""

    name: str
    description: str
    function: Callable[..., object]
    arguments: Arguments = field(repr=False, compare=False)
    impact: Impact = "writes"
    timeout: float = DEFAULT_TIMEOUT
    """Seconds that a call may take."""
    idempotent: bool = False
    """Whether doing it twice is the same as doing it once: only then is a call that failed made again."""
    sensitive: tuple[str, ...] = ()
    """Arguments that must come from the user: a recipient, an address, a path, a command, an amount."""
    origin: str = ""
    """Who brought it: empty for the app's own, else `mcp:NAME`, `openapi:NAME` or `plugin:NAME`."""
    injections: tuple[Injection, ...] = field(default=(), repr=False)
    """How the app fills the parameters that the model never sees."""

    @classmethod
    def from_function(
        cls,
        function: Callable[..., object],
        *,
        name: str | None = None,
        description: str | None = None,
        impact: Impact = "writes",
        timeout: float = DEFAULT_TIMEOUT,
        idempotent: bool = False,
        sensitive: Sequence[str] = (),
    ) -> Tool:
        """A tool from a function, sync or async: its name, type hints and docstring say what the model sees.

        What a generator yields is told as progress while it runs; what it returns, or yields last, is the result.
        Raises UsageError, naming the parameter, for a function that no model could call.
        """
        if isinstance(function, Tool):
            raise UsageError(f"{function.name} is a tool already", hint="make one of its function: tool(name='…')(f)")
        if not callable(function):
            raise UsageError(f"{function!r} cannot be a tool: it is not a function")
        named = function.func if isinstance(function, functools.partial) else function
        name = name or str(getattr(named, "__name__", type(named).__name__))
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} cannot be the name of a tool", hint="give one: tool(name='…'), of a-z 0-9 _ -")
        said = _documentation(named)
        parameters = parameters_of(function, name, said.parameters)
        arguments = FunctionArguments(name, [each for each in parameters if each.injection is None])
        _check_promises(name, impact, timeout, sensitive, arguments.parameters)
        return cls(
            name,
            description or said.description or name.replace("_", " "),
            spread(function),
            arguments,
            impact,
            timeout,
            idempotent,
            tuple(sensitive),
            injections=tuple(each.injection for each in parameters if each.injection is not None),
        )

    @classmethod
    def from_schema(
        cls,
        schema: Mapping[str, object],
        function: Callable[..., object] | None = None,
        *,
        impact: Impact = "writes",
        timeout: float = DEFAULT_TIMEOUT,
        idempotent: bool = False,
        sensitive: Sequence[str] = (),
        origin: str = "",
    ) -> Tool:
        """A tool from a function's declaration, in any dialect that circulates (`declaration`, `loose_schema`).

        function: what is called with the arguments by name, and with what its hints mark as `Injected`. None: the tool
        is declared only, so that calls can be parsed and checked; one that runs fails and says so. Raises UsageError,
        naming the parameter, for a schema that cannot be understood and for a function that does not take what is
        declared.
        """
        from chatbot.tools.declaration import declared_function, injections_of, read_declaration
        from chatbot.tools.schema_arguments import SchemaArguments

        found = read_declaration(schema)
        arguments = SchemaArguments(found.name, found.parameters)
        run = declared_function(found, function)
        _check_promises(found.name, impact, timeout, sensitive, found.properties)
        return cls(
            found.name,
            found.description,
            run,
            arguments,
            impact,
            timeout,
            idempotent,
            tuple(sensitive),
            origin,
            injections=injections_of(function),
        )

    @classmethod
    def from_langchain(
        cls,
        tool: BaseTool,
        *,
        impact: Impact = "writes",
        timeout: float = DEFAULT_TIMEOUT,
        idempotent: bool = False,
        sensitive: Sequence[str] = (),
    ) -> Tool:
        """A tool from any LangChain tool, sync or async (`langchain_tool`).

        LangChain's tools do not say what they do to the world: `impact` is yours to tell. What they mark as injected
        the app gives in its `tool_context`. Raises UsageError for what is no tool of LangChain's.
        """
        from chatbot.tools.langchain_tool import declaration_of, function_of, injections_of
        from chatbot.tools.schema_arguments import SchemaArguments

        found = declaration_of(tool)
        _check_promises(found.name, impact, timeout, sensitive, found.properties)
        return cls(
            found.name,
            found.description,
            function_of(tool),
            SchemaArguments(found.name, found.parameters),
            impact,
            timeout,
            idempotent,
            tuple(sensitive),
            injections=injections_of(tool),
        )

    @classmethod
    def from_openapi(
        cls,
        document: str | Path | Mapping[str, object],
        *,
        base_url: str = "",
        operations: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> list[Tool]:
        """Tools from an OpenAPI 3 document, a file or its data: one for each operation, by its operationId.

        base_url: where the service is; empty for what the document says. operations: names of those wanted, or as in
        "GET /pets/{id}"; None for all, which are often too many for a model. headers: sent with every request. secrets:
        the environment variable that holds the key, by the name of the document's security scheme (by the header, where
        it declares none). A GET reads, a PUT, PATCH or DELETE writes, a POST sends. Raises UsageError, naming the
        operation or the parameter, for what cannot become a tool.
        """
        from chatbot.tools.openapi.exchange import Service
        from chatbot.tools.openapi.tools import tools_of

        _check_promises("a tool of this service", "reads", timeout, (), ())
        service = Service(dict(headers or {}), timeout)
        return tools_of(document, base_url=base_url, operations=operations, secrets=secrets or {}, service=service)

    @classmethod
    def from_mcp(cls, server: str | Sequence[str], *, name: str = "mcp", **options: object) -> list[Tool]:
        """The tools of an MCP server: of the `https://…` address, or of the command with its arguments.

        name: what the server goes by; `origin` of its tools is `mcp:NAME`. options: `env`, `token`, `tools`, `impact`
        and `timeout` as in the settings' `[mcp.NAME]` (`chatbot.tools.mcp.server`). The session ends when nobody holds
        one of the tools any more; `chatbot.tools.mcp.connect` returns one that can be closed, and its async face.
        Raises ProjectError for wrong options, UsageError without the package `mcp`, and ToolError where the server
        cannot be reached.
        """
        from chatbot.tools.mcp import connect, read_server

        where: Mapping[str, object] = {"url": server} if isinstance(server, str) else {"command": tuple(server)}
        return connect(read_server(name, {**where, **options}, folder=Path.cwd(), where="from_mcp")).tools()

    @property
    def parameters(self) -> Mapping[str, object]:
        """JSON Schema of the arguments."""
        return self.arguments.schema

    @property
    def wire_name(self) -> str:
        """The name as the protocol can carry it: `math.factorial` goes out as `math_factorial`."""
        return wire_name(self.name)

    @property
    def schema(self) -> ToolSchema:
        """The tool as a model sees it."""
        changes = self.needs_approval and not self.idempotent
        return ToolSchema(self.wire_name, self.description, self.parameters, changes)

    @property
    def injected(self) -> tuple[str, ...]:
        """Parameters that the app fills and the model never sees."""
        return tuple(injection.parameter for injection in self.injections)

    @property
    def streams(self) -> bool:
        """Whether it is a generator, which tells of its progress while it runs."""
        function = target_of(self.function)
        return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)

    def check(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """What the function is called with: the arguments, coerced where nothing is lost.

        Raises ToolArgumentError, whose `parameter` is the first wrong one.
        """
        return self.arguments.check(arguments)

    @property
    def needs_approval(self) -> bool:
        """Whether it has side effects, so that somebody must allow a call that a document or a tool may have caused."""
        return self.impact in ("writes", "sends", "spends")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function, without checks and limits."""
        return self.function(*args, **kwargs)


def _check_promises(
    name: str, impact: str, timeout: float, sensitive: Sequence[str], parameters: Collection[str]
) -> None:
    """Raises UsageError for what no tool can be said to be."""
    if impact not in get_args(Impact):
        raise UsageError(f"{impact!r} is not an impact of {name}", hint=nearest(str(impact), get_args(Impact)))
    if not isinstance(timeout, int | float) or not 0 < timeout < math.inf:
        raise UsageError(f"the timeout of {name} must be a number of seconds above 0, not {timeout!r}")
    for parameter in sensitive:
        if parameter not in parameters:
            hint = nearest(parameter, parameters)
            raise UsageError(f"{name} has no parameter {parameter!r} that could be sensitive", hint=hint)


def _documentation(named: Any) -> Docstring:
    """What is said of a function; of a callable object, by its class and by its `__call__`."""
    if inspect.isroutine(named) or inspect.isclass(named):
        return read_docstring(inspect.getdoc(named) or "")
    of_class = inspect.getdoc(type(named)) or ""
    generated = of_class.startswith(f"{type(named).__name__}(")  # a dataclass without words of its own
    said = read_docstring("" if generated else of_class)
    inner = read_docstring(inspect.cleandoc(target_of(named).__doc__ or ""))
    return Docstring(said.description or inner.description, {**said.parameters, **inner.parameters})


@overload
def tool(function: Callable[..., object], /) -> Tool: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    impact: Impact = ...,
    timeout: float = ...,
    idempotent: bool = ...,
    sensitive: Sequence[str] = ...,
) -> Callable[[Callable[..., object]], Tool]: ...
def tool(
    function: Callable[..., object] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    impact: Impact = "writes",
    timeout: float = DEFAULT_TIMEOUT,
    idempotent: bool = False,
    sensitive: Sequence[str] = (),
) -> Tool | Callable[[Callable[..., object]], Tool]:
    """Makes a function a tool: `@tool`, or `@tool(impact="reads", timeout=5)`.

    impact: what it does to the world. "writes" unless you say otherwise: a tool that nobody classified is taken to have
    side effects, and while text of documents or tools is in the context such a tool runs only when somebody approves.
    timeout: seconds that a call may take. idempotent: a call that failed may be made again. sensitive: arguments that
    must come from the user, not from a document. Raises UsageError, naming the parameter, for a function that no model
    could call.
    """

    def make(function: Callable[..., object]) -> Tool:
        return Tool.from_function(
            function,
            name=name,
            description=description,
            impact=impact,
            timeout=timeout,
            idempotent=idempotent,
            sensitive=sensitive,
        )

    return make if function is None else make(function)
