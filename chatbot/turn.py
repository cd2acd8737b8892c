"""One chat turn, as a generator of effects: rewrite the question, retrieve, render, ask, call tools, cite.

It reads from top to bottom as the turn happens and does no I/O. `begin` starts a turn from a question, `resume` goes on
with an answer that was cut. What the model is sent is made in `context`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatbot import grounding
from chatbot.context import (
    CANDIDATES,
    Fitted,
    Past,
    Setting,
    compose,
    find,
    fit_history,
    render,
    standalone,
    widened,
    within_room,
)
from chatbot.effects import (
    CheckSources,
    Effect,
    Flow,
    Generate,
    Grounding,
    Remember,
    Retrieve,
    Tell,
    Together,
)
from chatbot.errors import (
    ChatbotError,
    ContextOverflow,
    ImagesRefused,
    KnowledgeError,
    PromptError,
    ToolError,
    UsageError,
)
from chatbot.events import Cited, Notice, Searched, TextDelta
from chatbot.grounding import Found
from chatbot.messages import (
    Answer,
    Citation,
    Decision,
    Evidence,
    Image,
    Message,
    Passage,
    Reply,
    ToolCall,
    ToolResult,
    ToolUse,
    Usage,
    message,
    tool_message,
)
from chatbot.retrieval.cite import mentioned, resolve
from chatbot.routing import Route, route
from chatbot.strategies.attempt import demonstrate, solve
from chatbot.strategies.call_limits import CallLimits
from chatbot.strategies.task import Acted, Shot, Task
from chatbot.strategies.zero_shot import ZeroShot
from chatbot.tools.answer_links import Heard
from chatbot.tools.argument_origins import call_tool
from chatbot.tools.result_pages import offering
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE, query_of

if TYPE_CHECKING:
    from chatbot.prompting import Prompt

_NOTHING: tuple[Evidence, ...] = ()


def begin(
    question: str,
    past: Past,
    setting: Setting,
    *,
    attached: tuple[Passage, ...] = (),
    images: tuple[Image, ...] = (),
) -> Flow[Answer]:
    """Answers `question`, from what is found and from what is `attached`, and from the pictures that go with it.

    Raises ContextOverflow when the question alone, or what goes with it, does not fit, PromptError or UsageError when
    the prompt takes no question or no passages, and ImagesRefused when the model cannot see.
    """
    _check(setting.prompt, attached)
    _check_images(images, setting)
    looked = yield from look_up(question, past, setting, attached=attached, images=images)
    request, found = yield from _request(looked, setting)
    _check_attached(attached, found, setting)
    if found.evidence or found.dropped:
        yield Tell(Searched(looked.sought, found.evidence, found.dropped))
    yield Remember(request.messages[-1], display=question, evidence=found.new)
    shots = yield from demonstrate(setting.prompt, {"question": question}, setting.strategy, setting.count)
    told = _Told(replace(past, ledger=(*past.ledger, *found.new)), setting)
    answer = yield from _answer(request, shots, told, setting)
    return (yield from _remembered(replace(answer, usage=looked.usage + answer.usage)))


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A question with all that is needed to answer it, whichever prompt and strategy do."""

    question: str
    kind: Route
    fitted: Fitted
    sought: str
    """The question as it was searched."""
    found: Found
    usage: Usage
    """What that took."""
    images: tuple[Image, ...] = ()
    """Pictures that go with it."""


def look_up(
    question: str,
    past: Past,
    setting: Setting,
    *,
    attached: tuple[Passage, ...] = (),
    images: tuple[Image, ...] = (),
) -> Flow[LookedUp]:
    """Fits the history, makes the question stand alone, and searches."""
    kind = route(question)
    fitted = yield from fit_history(past.history, setting)
    sought, spent = yield from standalone(question, fitted.history, kind, setting)
    queries, more = yield from widened(sought, kind, setting)
    found = yield from find(queries, kind, Past(fitted.history, past.ledger), setting, attached)
    return LookedUp(question, kind, fitted, sought, found, spent + more + fitted.usage, images)


def vary(looked: LookedUp, past: Past, setting: Setting) -> Flow[Answer]:
    """What this prompt and strategy make of a question that was looked up. Nothing becomes part of the conversation.

    Tools are not offered: variants are compared over the same context.
    """
    _check(setting.prompt, ())
    request, found = yield from _request(looked, setting)
    shots = yield from demonstrate(setting.prompt, {"question": looked.question}, setting.strategy, setting.count)
    told = _Told(replace(past, ledger=(*past.ledger, *found.new)), setting)
    return (yield from _answer(replace(request, tools=(), purpose="step"), shots, told, setting))


def resume(past: Past, setting: Setting) -> Flow[Answer]:
    """Goes on with the last answer, which was cut."""
    wish = message(
        "user", "Your last answer was cut off. Go on exactly where it stopped, without repeating it.", "author"
    )
    fitted = yield from fit_history(past.history, setting)
    prompt = (*render("", fitted, Found((), (), ()), setting)[:-1], wish)
    yield Remember(wish, display="/continue")
    request = offering(Generate(prompt, tools=setting.offered, sampling=setting.sampling))
    answer = yield from _answer(request, (), _Told(past, setting), replace(setting, strategy=ZeroShot()))
    return (yield from _remembered(replace(answer, usage=fitted.usage + answer.usage)))


def _request(looked: LookedUp, setting: Setting) -> Flow[tuple[Generate, Found]]:
    """The prompt, rendered, as a request; and the passages for which there was room."""
    prompt, found = yield from compose(looked.question, looked.fitted, looked.found, setting, images=looked.images)
    needed = looked.kind != "small_talk" and setting.grounded
    about = Grounding(looked.sought, found.evidence, found.documents) if found.evidence or needed else None
    tools = () if setting.strategy.branches else setting.offered
    return offering(Generate(prompt, tools=tools, sampling=setting.sampling, grounding=about)), found


def _check(prompt: Prompt, attached: Sequence[Passage]) -> None:
    hint = "use another, such as 'chat'"
    if "question" not in prompt.inputs:
        raise PromptError(f"prompt {prompt.name!r} has no input 'question', so it cannot answer one", hint=hint)
    if attached and "passages" not in prompt.inputs:
        raise UsageError(f"prompt {prompt.name!r} has no input 'passages', so no file can go along with it", hint=hint)


def _check_images(images: Sequence[Image], setting: Setting) -> None:
    if images and not setting.abilities.images:
        what = images[0].name or "an image"
        raise ImagesRefused(
            f"this model cannot see, and {what} is a picture", hint="go on with one that can (--model, /model)"
        )


def _check_attached(attached: Sequence[Passage], found: Found, setting: Setting) -> None:
    """What the user sent along must not be left out in silence."""
    for passage in (dropped.passage for dropped in found.dropped):
        if passage in attached:
            raise ContextOverflow(
                f"{passage.source} takes about {setting.count(passage.text)} tokens and does not fit: the model reads "
                f"{setting.room}",
                hint="send less of it, or put it among the documents that are searched",
            )


def _answer(request: Generate, shots: tuple[Shot, ...], told: _Told, setting: Setting) -> Flow[Answer]:
    """What the strategy comes to, with what it cites resolved."""
    settings = setting.prompt.settings
    limits = CallLimits(setting.calls)
    task = Task(request, shots, settings.answer, told.act, setting.rounds, setting.abilities, limits)
    outcome = yield from solve(task, setting.strategy, settings.budget.within(setting.budget))
    if outcome.limit and outcome.finish != "interrupted":  # which says by itself that it is not all
        yield Tell(Notice(f"This is the best answer so far: {outcome.limit}."))
    said = outcome.text or (f"I came to no answer: {outcome.limit}." if outcome.limit else "")
    if rest := said.removeprefix(outcome.shown):
        yield Tell(TextDelta(rest))
    theirs = (*(use.result.text for use in outcome.uses), *(item.passage.text for item in told.past.ledger))
    heard = Heard.of((*told.past.history, *request.messages), others=theirs)
    text, citations = yield from _cite(setting.outlet.clean(said, heard), told.past.ledger)
    declined = outcome.declined or _declines(text, citations, request)
    return Answer(
        text, citations, outcome.uses, outcome.usage, outcome.finish, declined, trace=outcome.trace, limit=outcome.limit
    )


def _remembered(answer: Answer) -> Flow[Answer]:
    """The answer, once it is part of the conversation."""
    yield Tell(Cited(answer.citations))
    yield Remember(message("assistant", answer.text, "model"), answer=answer)
    return answer


@dataclass(slots=True)
class _Told:
    """Runs tools in a conversation: calls and results become a part of it, and what they find joins the ledger."""

    past: Past
    """Also what fell out of the window: who once read a document may still say what it told them to."""
    setting: Setting

    def act(self, reply: Reply, request: Generate, limits: CallLimits) -> Flow[list[Acted]]:
        """Runs the calls of a reply side by side; what a search of the knowledge finds joins the ledger."""
        yield Remember(reply.as_message())
        known = limits.known(reply.tool_calls, request.tools)
        new = [call for call, result in zip(reply.tool_calls, known, strict=True) if result is None]
        run: Iterator[object] = iter((yield from _call_tools(new, request, self.past, self.setting)))
        acted: list[Acted] = []
        for call, result in zip(reply.tool_calls, known, strict=True):
            came = next(run) if result is None else result
            sent = (*request.messages, *(said for _, said in acted))
            acted.append((yield from self._tell(call, came, sent, limits if result is None else None)))
        return acted

    def _tell(self, call: ToolCall, came: object, sent: Sequence[Message], limits: CallLimits | None) -> Flow[Acted]:
        """What came of a call, once it is part of the conversation; `limits` mark what came of it before."""
        evidence, parts = _NOTHING, None
        if isinstance(came, KnowledgeError):
            came = ToolResult(call.id, call.name, f"error: {came}", failed=True)
        if not isinstance(came, ToolResult):
            found = grounding.number(_passages(came), self.past.ledger, (), keep=self.setting.passages)
            found = within_room(found, sent, self.setting)
            yield Tell(Searched(query_of(call), found.evidence, found.dropped))
            evidence, parts = found.new, grounding.as_segments(found.evidence)
            text = "".join(part.text for part in parts)
            came = ToolResult(call.id, call.name, text, decision=Decision("allow", "its impact is reads"))
        result = limits.noted(call, came) if limits else came
        said = tool_message(result)
        if parts is not None:
            said = replace(said, parts=(*parts, *said.parts[1:]))
        yield Remember(said, evidence=evidence)
        self.past = replace(self.past, ledger=(*self.past.ledger, *evidence))
        return ToolUse(call, result), said


def _call_tools(calls: Sequence[ToolCall], request: Generate, past: Past, setting: Setting) -> Flow[tuple[object, ...]]:
    """What came of each call: a result, the passages of a search of the knowledge, or why that failed."""
    effects = tuple(_as_effect(call, request, past, setting) for call in calls)
    results: tuple[object, ...] = (yield Together(effects, keep_failures=True)) if effects else ()
    for result in results:
        if isinstance(result, ChatbotError) and not isinstance(result, KnowledgeError):
            raise result
    return results


def _as_effect(call: ToolCall, request: Generate, past: Past, setting: Setting) -> Effect:
    searches = setting.grounded and any(tool.name == SEARCH_KNOWLEDGE.name for tool in setting.tools)
    if call.name == SEARCH_KNOWLEDGE.name and searches and not call.flaw:
        try:
            return Retrieve(query_of(call), max(CANDIDATES, setting.passages), expand=setting.expand)
        except ToolError:
            pass  # malformed arguments: the dispatcher tells the model what is wrong with them
    messages = (*past.history, *request.messages)
    return call_tool(call, messages, past.ledger, tainted=bool(past.ledger))


def _passages(result: object) -> tuple[Passage, ...]:
    assert isinstance(result, tuple)
    return result


def _cite(text: str, ledger: Sequence[Evidence]) -> Flow[tuple[str, tuple[Citation, ...]]]:
    cited = mentioned(text)
    passages = tuple(item.passage for item in ledger if item.number in cited)
    changed: frozenset[str] = (yield CheckSources(passages)) if passages else frozenset()
    return resolve(text, ledger, stale=lambda passage: passage.source in changed)


def _declines(text: str, citations: Sequence[Citation], request: Generate) -> bool:
    """Whether a written answer says, without a source, that the documents do not hold it (the prompt asks for that)."""
    if request.grounding is None or citations:
        return False
    said = text.lower()
    return "do not say" in said or "don't say" in said
