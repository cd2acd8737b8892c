"""What can be typed in the chat after a slash. Each command is a function of the chat and the rest of the line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from chatbot import strategies
from chatbot.cli.answer import usage_parts
from chatbot.cli.calling import show_calls, show_tools, switch_tool
from chatbot.cli.chat import Chat
from chatbot.cli.choice import tell_loading
from chatbot.cli.comparing import compare_last, save_item, show_trace
from chatbot.errors import NotFoundError, UsageError, nearest
from chatbot.messages import Citation, Passage
from chatbot.models.model import Model, TellsStatus
from chatbot.sampling import Sampling
from chatbot.sampling_names import decoding_text, read_decoding

Action = Callable[[Chat, str], None]


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command."""

    name: str
    argument: str
    help: str
    action: Action


COMMANDS: dict[str, Command] = {}

LEAVING = ("quit", "exit", "bye")
"""Words that leave the chat, also without a slash."""


def command(name: str, argument: str, text: str) -> Callable[[Action], Action]:
    """Registers a slash command."""

    def register(action: Action) -> Action:
        COMMANDS[name] = Command(name, argument, text, action)
        return action

    return register


def perform(chat: Chat, line: str) -> None:
    """Performs a line that begins with a slash. Raises NotFoundError with the nearest command."""
    name, _, argument = line[1:].partition(" ")
    found = COMMANDS.get("exit" if name in LEAVING else name)
    if found is None:
        raise NotFoundError(f"there is no command /{name}", hint=nearest(name, COMMANDS) + " /help lists them")
    found.action(chat, argument.strip())


@command("help", "", "this list")
def _help(chat: Chat, _: str) -> None:
    rows = [(f"/{each.name} {each.argument}".strip(), each.help) for each in COMMANDS.values()]
    chat.screen.table(rows, ("COMMAND", "WHAT IT DOES"))
    chat.screen.line("\nEnter sends, Alt-Enter starts a new line, Ctrl-C stops an answer, Ctrl-D leaves.", style="dim")


@command("status", "", "what is in use")
def _status(chat: Chat, _: str) -> None:
    bot = chat.bot
    stats = bot.knowledge.stats() if bot.knowledge else None
    documents = f"{stats.documents} documents, {stats.chunks} passages in {bot.documents}" if stats else "none"
    rows = [
        ("model", bot.model.name),
        ("prompt", f"{bot.prompt.name} ({bot.prompt.hash[:12]})"),
        ("knowledge", documents),
        ("tools", ", ".join(tool.name for tool in bot.offered_tools) or "none"),
        ("calls", _way_of_calling(bot.model)),
        ("session", bot.session.id or "new"),
        ("sources shown", str(len(bot.session.ledger))),
        ("workspace", f"{bot.workspace.root}{' (the starter)' if bot.workspace.starter else ''}"),
        ("instructions", bot.instructions or "none"),
    ]
    rows.append(("decode", decoding_text(bot.drawn(bot.prompt)) or "the model's own way"))
    rows += bot.model.status() if isinstance(bot.model, TellsStatus) else ()
    for name, value in rows:
        chat.screen.line(f"{name:<14} {value}")


def _way_of_calling(model: Model) -> str:
    """In which way the model is asked to call tools."""
    from chatbot.models.call_rungs import kept, rung_of, rungs_of

    rungs = rungs_of(model)
    if len(rungs) < 2:
        return rungs[0] if rungs else "none"
    known = "measured" if kept(model) == rung_of(model) else f"not measured: chatbot doctor --model {model.name}"
    return f"{rung_of(model)} ({known})"


@command("model", "[SPEC]", "show the model, or go on with another")
def _model(chat: Chat, spec: str) -> None:
    if spec:
        tell_loading(spec, chat.screen)
        chat.bot.model = chat.bot.connect(spec)
    chat.screen.line(f"model: {chat.bot.model.name}")


@command("prompt", "[NAME]", "show the prompts, or go on with another")
def _prompt(chat: Chat, name: str) -> None:
    if name:
        chat.bot.prompt = chat.bot.load_prompt(name)
        chat.screen.line(f"prompt: {chat.bot.prompt.name}")
        return
    from chatbot.prompting import list_prompts

    for prompt in list_prompts(chat.bot.workspace.prompts):
        mark = "*" if prompt.name == chat.bot.prompt.name else " "
        chat.screen.line(f"{mark} {prompt.name:<18} {prompt.description}")


@command("tools", "[on|off NAME]", "what the model may call; on and off switch one in this conversation")
def _tools(chat: Chat, wish: str) -> None:
    if wish:
        switch_tool(chat, wish)
    show_tools(chat)


@command("calls", "[N]", "the last answer's calls of tools, or call N with all it was given and said")
def _calls(chat: Chat, number: str) -> None:
    show_calls(chat, number)


@command("search", "QUESTION", "the passages a question finds; narrow it by tag:NAME, path:docs/** or KEY:VALUE")
def _search(chat: Chat, query: str) -> None:
    from chatbot.cli.search_command import as_typed, show_passage, why_nothing

    if chat.bot.knowledge is None:
        raise UsageError("there are no documents in this chat", hint="start with --knowledge PATH")
    if not query:
        raise UsageError("/search needs a question")
    question, where = as_typed(chat.bot.knowledge, query)
    found = chat.bot.knowledge.search(question, 5, where)
    for passage in found:
        show_passage(passage, chat.screen)
    if not found:
        chat.screen.line(why_nothing(chat.bot.knowledge, question, where))


@command("sources", "[N]", "all sources so far, or source N in its place")
def _sources(chat: Chat, number: str) -> None:
    ledger = {item.number: item.passage for item in chat.bot.session.ledger}
    if not number:
        for key, passage in sorted(ledger.items()):
            chat.screen.line(f"[{key}] " + " > ".join((passage.place, *passage.heading)))
        if not ledger:
            chat.screen.line("Nothing has been cited yet.")
        return
    if not number.isdecimal() or int(number) not in ledger:
        raise UsageError(f"there is no source {number!r}", hint=nearest(number, map(str, ledger)))
    show_in_place(chat, int(number))


def show_in_place(chat: Chat, source: int) -> None:
    """A source as it stands in its document: the passage, with what the answer quotes of it marked."""
    passage = next(item.passage for item in chat.bot.session.ledger if item.number == source)
    quotes = [citation for citation in _citations(chat) if citation.number == source]
    stale = chat.bot.knowledge is not None and chat.bot.knowledge.is_stale(passage)
    chat.screen.line(" > ".join((passage.place, *passage.heading)), style="cyan")
    if stale:
        chat.screen.line("The document has changed since it was indexed; this is what was indexed.", style="yellow")
    position = passage.start
    for offset, line in enumerate(passage.text.splitlines(keepends=True)):
        end = position + len(line)
        quoted = any(quote.start < end and position < quote.end for quote in quotes)
        number = passage.line and passage.line + offset  # 0 where the file has no lines
        lead = f"{number or '':>5} {'▌' if quoted else ' '} "
        chat.screen.hanging(lead, line.rstrip(), style="bold" if quoted else "")
        position = end


def _citations(chat: Chat) -> tuple[Citation, ...]:
    last = chat.bot.session.last_answer
    return last.answer.citations if last and last.answer else ()


@command("why", "", "how the last answer came about: search, ranks, tokens")
def _why(chat: Chat, _: str) -> None:
    session, screen = chat.bot.session, chat.screen
    prompted = session.prompted()
    if prompted is None:
        raise UsageError("nothing has been asked in this conversation", hint="ask something first")
    searches = session.searches()
    if not searches:
        screen.line("nothing was searched for this answer")
    for search in searches:
        screen.line(f"searched for: {search.query}", style="bold")
        used = [(f"[{item.number}]", item.passage, "used") for item in search.found]
        unused = [("", dropped.passage, dropped.reason) for dropped in search.dropped]
        screen.table(
            [(mark, *_standing(passage), outcome, passage.place) for mark, passage, outcome in used + unused],
            ("", "SCORE", "DENSE", "LEXICAL", "OUTCOME", "PASSAGE"),
        )
    parts = [f"{name} {count:,}" for name, count in prompted.tokens.items() if count and name != "room"]
    screen.line(f"tokens sent: {', '.join(parts)}; the model reads {prompted.tokens['room']:,}")


@command("trace", "", "the steps of the last answer, as its strategy took them")
def _trace(chat: Chat, _: str) -> None:
    last = chat.bot.session.last_answer
    if last is None or last.answer is None or last.answer.trace is None:
        raise UsageError("there is no answer whose steps are known", hint="ask something first")
    show_trace(chat.screen, last.answer.trace)


@command("strategy", "[NAME]", "show the prompting strategies, or go on with one; - is the prompt's own")
def _strategy(chat: Chat, name: str) -> None:
    bot = chat.bot
    if name:
        bot.strategy = None if name == "-" else strategies.get(name, load=bot.load_prompt)
        chat.screen.line(f"strategy: {bot.strategy.name if bot.strategy else 'as the prompt says'}")
        return
    current = bot.setting().strategy.name
    for each in strategies.STRATEGIES.values():
        summary = (each.__doc__ or "").strip().splitlines()[0]
        chat.screen.hanging(f"{'*' if each.name == current else ' '} {each.name:<18} ", summary)


@command("compare", "[NAME ...]", "answer the last question with other strategies or prompts; save N keeps it")
def _compare(chat: Chat, argument: str) -> None:
    first, _, rest = argument.partition(" ")
    if first == "save":
        save_item(chat, rest.strip() or "1")
    else:
        compare_last(chat, re.findall(r"\S+(?: over \S+)*", argument))


def _standing(passage: Passage) -> tuple[str, str, str]:
    """Score, dense rank and lexical rank of a candidate."""
    return f"{passage.score:.3f}", _rank(passage.ranks, "dense"), _rank(passage.ranks, "lexical")


def _rank(ranks: Mapping[str, float | int], kind: str) -> str:
    rank, score = ranks.get(f"{kind}_rank"), ranks.get(kind)
    return "-" if rank is None or score is None else f"#{rank} ({score:.2f})"


@command("retry", "", "answer the last question again")
def _retry(chat: Chat, _: str) -> None:
    questions = chat.bot.session.questions
    chat.draw(questions[-1].display if questions else "", chat.bot.stream_again())


@command("edit", "[N] [TEXT]", "change a question (the last, or number N) and go on from there")
def _edit(chat: Chat, argument: str) -> None:
    first, _, rest = argument.partition(" ")
    numbered = first.isdecimal()
    number = int(first) if numbered else len(chat.bot.session.questions)
    text = rest.strip() if numbered else argument
    old = chat.bot.session.rewind(number)
    if text:
        chat.ask(text)
    else:
        chat.prefill = old


@command("undo", "", "take back the last question and its answer")
def _undo(chat: Chat, _: str) -> None:
    chat.screen.line(f"taken back: {chat.bot.session.undo()}")


@command("fork", "", "go on in a copy of this conversation")
def _fork(chat: Chat, _: str) -> None:
    chat.bot.session = chat.bot.session.fork()
    chat.screen.line(f"this is now conversation {chat.bot.session.id}; the other one stays as it was")


@command("tree", "[ID]", "all branches of this conversation, or go to the one that ends in ID")
def _tree(chat: Chat, target: str) -> None:
    stored = {message.id: message for message in chat.bot.session.tree()}
    if target:
        if not target.isdecimal() or int(target) not in stored:
            raise UsageError(f"there is no message {target!r} in this conversation", hint="/tree shows them")
        chat.bot.session.move(int(target))
    here = {message.id for message in chat.bot.session.messages}
    depths: dict[int | None, int] = {None: -1}
    for key, message in stored.items():
        depths[key] = depths[message.parent] + 1
        if message.message.role in ("user", "assistant") and (message.display or message.message.text):
            text = " ".join((message.display or message.message.text).split())[:70]
            mark = "●" if key in here else "○"
            chat.screen.line(f"{key:>5} {'  ' * depths[key]}{mark} {message.message.role}: {text}")


@command("continue", "", "go on with an answer that was cut")
def _continue(chat: Chat, _: str) -> None:
    chat.draw("", chat.bot.stream_rest())


@command("memory", "[erase N]", "what is remembered of you beyond this conversation; erase N (or all) for good")
def _memory(chat: Chat, argument: str) -> None:
    from chatbot.cli.memory_command import erase_facts, memory_of, show_facts

    memory = memory_of(chat.bot.workspace)
    verb, *numbers = argument.split() or [""]
    if verb not in ("", "erase") or (verb == "erase" and not numbers):
        raise UsageError(f"/memory {argument} is not known", hint="/memory, /memory erase N, /memory erase all")
    if verb:
        erase_facts(chat.screen, memory, [fact.id for fact in memory.facts()] if numbers == ["all"] else numbers)
    else:
        show_facts(chat.screen, memory.facts())


@command("new", "", "start a new conversation")
def _new(chat: Chat, _: str) -> None:
    chat.bot.session = chat.bot.conversation().session
    chat.screen.line("a new conversation")


@command("sessions", "[TEXT]", "the conversations, or those that mention TEXT")
def _sessions(chat: Chat, containing: str) -> None:
    from chatbot.cli.sessions_command import session_row

    found = chat.bot.journal.sessions(containing=containing)
    chat.screen.table(list(map(session_row, found)), ("ID", "LAST USED", "MESSAGES", "ABOUT"))


@command("load", "ID", "go on with another conversation")
def _load(chat: Chat, session_id: str) -> None:
    from chatbot.cli.sessions_command import tell_died_calls

    if not session_id:
        raise UsageError("/load needs the id of a conversation", hint="/sessions lists them")
    chat.bot.session = chat.bot.conversation(session_id).session
    show_history(chat)
    tell_died_calls(chat.bot.session, chat.screen)


def show_history(chat: Chat) -> None:
    """What was said so far, in brief."""
    for message in chat.bot.session.messages[-6:]:
        text = " ".join((message.display or message.message.text).split())
        if text and message.message.role in ("user", "assistant"):
            cut = "" if message.state == "complete" else " [cut; /continue goes on]"
            who = "›" if message.message.role == "user" else " "
            chat.screen.line(f"{who} {text[:300]}{'…' if len(text) > 300 else ''}{cut}", style="dim")


@command("export", "[FILE]", "write this conversation as Markdown, or as JSON where FILE ends in .json")
def _export(chat: Chat, file: str) -> None:
    from chatbot.cli.sessions_command import transcript, write_file

    path = Path(file) if file else None
    text = transcript(chat.bot.session, "json" if path and path.suffix == ".json" else "md")
    if path is None:
        chat.screen.write(text)
    else:
        write_file(path, text)
        chat.screen.line(f"written to {path}")


@command("file", "PATH", "send a file along with the next question: its text, or a picture")
def _file(chat: Chat, path: str) -> None:
    from chatbot.cli.attaching import in_brief, read_file

    if not path:
        raise UsageError("/file needs a path")
    attachment = read_file(Path(path).expanduser())
    chat.attached.append(attachment)
    chat.screen.line(f"attached: {in_brief(attachment)}")


@command("system", "[TEXT]", "show or set further instructions to the model; - removes them")
def _system(chat: Chat, text: str) -> None:
    if text:
        chat.bot.instructions = "" if text == "-" else text
    chat.screen.line(f"instructions: {chat.bot.instructions or 'none'}")


SETTINGS = ("decode", "temperature", "top_p", "max_tokens", "seed", "passages")


@command("set", "[KEY VALUE]", "decode, temperature, top_p, max_tokens, seed, passages; - gives it back to the prompt")
def _set(chat: Chat, argument: str) -> None:
    key, _, value = argument.partition(" ")
    value, said = value.strip(), chat.bot.sampling
    if not key:
        now = {"decode": decoding_text(said) or "-", "passages": chat.bot.settings.passages, **said.said()}
        for name in SETTINGS:
            chat.screen.line(f"{name:<12} {now.get(name, '-')}")
        return
    if key not in SETTINGS:
        raise NotFoundError(f"there is nothing to set called {key!r}", hint=nearest(key, SETTINGS))
    if not value:
        raise UsageError(f"{key} needs a value", hint=f"/set {key} VALUE")
    if key == "passages":
        usual = chat.bot.workspace.settings.passages
        chat.bot.settings = replace(chat.bot.settings, passages=usual if value == "-" else _count(value))
    elif key == "decode":
        chat.bot.sampling = Sampling() if value == "-" else read_decoding(value)
    else:
        left = Sampling(**{name: each for name, each in said.said().items() if name != key})
        chat.bot.sampling = left if value == "-" else left.overridden(read_decoding(f"{key}={value}"))


def _count(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise UsageError(f"{value!r} is not a value for passages", hint="/set passages NUMBER")
    return int(value)


@command("good", "[NOTE]", "the last answer was good")
def _good(chat: Chat, note: str) -> None:
    chat.bot.session.judge("good", note)
    chat.screen.line("noted: good")


@command("bad", "[NOTE]", "the last answer was bad")
def _bad(chat: Chat, note: str) -> None:
    chat.bot.session.judge("bad", note)
    chat.screen.line("noted: bad")


@command("cost", "", "tokens and money of this conversation")
def _cost(chat: Chat, _: str) -> None:
    usage = chat.bot.session.usage()
    chat.screen.line(f"{usage.calls} calls, " + ", ".join(usage_parts(usage)))


@command("exit", "", "leave (also: quit, bye, Ctrl-D)")
def _exit(chat: Chat, _: str) -> None:
    chat.leaving = True
