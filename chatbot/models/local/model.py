"""The `Model` of a checkpoint on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from chatbot.call_text import in_words
from chatbot.effects import Generate
from chatbot.errors import ContextOverflow, ImagesRefused, ToolsRefused, UsageError
from chatbot.events import Ended, ModelEvent, OfSample, Reading, Scored, Used, Weighed
from chatbot.messages import Usage
from chatbot.models.call_rungs import Rung
from chatbot.models.local.call_form import can_hold
from chatbot.models.local.chat_format import ChatFormat
from chatbot.models.local.constraint import Constraint, vocabulary
from chatbot.models.local.decoding import Decoding, is_held, plan
from chatbot.models.local.engine import Engine
from chatbot.models.local.fingerprint import fingerprint
from chatbot.models.local.job import Failed, Job, Progress, Read, Stopped, Wrote
from chatbot.models.local.loading import Weights, load
from chatbot.models.local.options import LocalOptions
from chatbot.models.local.pictures import Shown, Sight
from chatbot.models.local.status import status
from chatbot.models.local.weighing import weigh, weighable
from chatbot.models.model import Abilities
from chatbot.models.prices import FREE
from chatbot.sampling import Sampling

if TYPE_CHECKING:
    from chatbot.models.local.text_reader import TextReader

LONGEST_REPLY = 4096
"""Tokens of a reply where the request names no bound: a model that does not find an end is not let run on for ever."""


class LocalModel:
    """A model in this process. Conversations that use it at once are answered side by side.

    rung: how it is asked to call tools; None for the first way that it has (see `call_rungs`).
    """

    def __init__(self, weights: Weights, chat_format: ChatFormat, rung: Rung | None = None) -> None:
        self.name = f"local:{weights.name}"
        self.weights = weights
        self._format = chat_format
        self._sight = Sight.of(weights)
        self._drafts: dict[str, Weights] = {}
        """What has written ahead, by its spec."""
        self.rung: Rung = rung or self.rungs[0]
        self.engine = Engine.of(weights)

    @property
    def abilities(self) -> Abilities:
        """It draws samples together, weighs given replies, costs nothing, and sees where its checkpoint does."""
        return Abilities(
            writes=True,
            tools=self.rung != "text",
            context_tokens=self.weights.context_tokens,
            samples=True,
            likelihoods=True,
            at_once=self.weights.options.batch,
            price=FREE,
            images=self._sight is not None,
            notice=self._format.notice,
        )

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Its own form where its template has one, a grammar where it can be held to one, and always words."""
        has: dict[Rung, bool] = {
            "native": self._format.tools,
            "constrained": not self._format.channels and can_hold(),
            "text": True,
        }
        return tuple(rung for rung, there in has.items() if there)

    def on_rung(self, rung: Rung) -> LocalModel:
        """The same weights, asked to call tools in this way."""
        return LocalModel(self.weights, self._format, rung)

    def identity(self) -> str:
        """Of the weights and the adapter, their tokenizer and their precision."""
        weights = self.weights
        folders = [weights.checkpoint.folder, *([weights.adapter.folder] if weights.adapter else [])]
        return " ".join([*map(fingerprint, folders), weights.options.quantize])

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end a reply."""
        return self._format.stops

    def count_tokens(self, text: str) -> int:
        """The tokenizer's count."""
        return len(self.weights.tokenizer.encode(text, add_special_tokens=False))

    def status(self) -> tuple[tuple[str, str], ...]:
        """Where it computes, how fast, and what it takes: names with what is to be said of them."""
        return status(self.engine)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The events of the reply, or of the replies; of more samples than a batch holds only so many are drawn.

        Raises ContextOverflow for a prompt that leaves no room for a reply, UsageError for a decoding that has no
        meaning, ModelError for what fails while it computes.
        """
        if request.candidates:
            for told in await asyncio.to_thread(self._weighed, request):
                yield told
            return
        held = self.rung == "constrained" and bool(request.tools or request.spoken)
        if held or request.sampling.draft or is_held(request.sampling, request.schema):
            await asyncio.to_thread(self._prepare, request.sampling)
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[Progress] = asyncio.Queue()

        def tell(progress: Progress) -> None:
            try:
                loop.call_soon_threadsafe(heard.put_nowait, progress)
            except RuntimeError:  # the loop is closed: nobody listens
                job.cancelled = True

        sees = any(each.images for each in request.messages)  # a picture takes long to be looked at
        job = await asyncio.to_thread(self._job, request, tell) if sees else self._job(request, tell)
        replies = _Replies(job, [self._format.reader(request.tools) for _ in job.seeds])
        self.engine.submit(job)
        try:
            while not replies.over:
                for event in replies.events(await heard.get()):
                    yield event if request.samples > 1 else event.event
        finally:
            job.cancelled = True

    def _weighed(self, request: Generate) -> tuple[ModelEvent, ...]:
        """How likely the candidates are; nothing is written. Raises ImagesRefused: choices are weighed in texts."""
        self._without_pictures(request)
        name, longest = self.name, self.weights.context_tokens
        given = weighable(self._format, request, name=name, context_tokens=longest, now=today())
        likelihoods, usage = weigh(self.engine, given, request.candidates, adapter=self.weights.adapter_key)
        return Weighed(likelihoods), Used(usage), Ended("complete")

    def prompt(self, request: Generate, *, room: int = 1) -> list[int]:
        """The tokens of a request as the model reads them.

        room: tokens that must be left. Raises ContextOverflow where they are not, ImagesRefused for pictures, which
        are more than tokens.
        """
        self._without_pictures(request)
        return self._read(self._asked(request), room)[0]

    def _without_pictures(self, request: Generate) -> None:
        for image in (image for each in request.messages for image in each.images):
            what = f"{self.name} is only asked for texts here, and {image.name or 'an image'} is a picture"
            raise ImagesRefused(what, hint="ask without it")

    def _read(self, asked: Generate, room: int = 1) -> tuple[list[int], Shown | None]:
        """The prompt's tokens, and the pictures in it. Raises ContextOverflow, PromptError, ImagesRefused."""
        spans = self._format.render(asked.messages, asked.tools, now=today())
        images = [image for each in asked.messages for image in each.images]
        if images and self._sight is None:
            raise ImagesRefused(f"{self.name} cannot see pictures", hint="ask without them, or name a model that sees")
        if images and self._sight:
            ids, shown = self._sight.encode(spans, images, self._format.encoder.encode)
        else:
            ids, shown = self._format.encoder.encode(spans), None
        if len(ids) + room > self.weights.context_tokens:
            raise ContextOverflow(
                f"the prompt has {len(ids):,} tokens, and {self.name} reads {self.weights.context_tokens:,}",
                hint="ask with fewer passages, or /clear the conversation",
            )
        return ids, shown

    def _prepare(self, sampling: Sampling) -> None:
        """What takes a while at first: loads the model that writes ahead, and learns the vocabulary by its bytes."""
        if sampling.draft:
            self._drafts[sampling.draft] = load(sampling.draft.removeprefix("local:"), self.weights.options)
        else:
            vocabulary(self.weights.tokenizer, self._format.stops)

    def _job(self, request: Generate, tell: Callable[[Progress], None]) -> Job:
        asked = self._asked(request)
        sampling = asked.sampling
        ids, shown = self._read(asked)
        if shown and sampling.draft:
            raise UsageError(f"{sampling.draft} cannot write ahead: it is not shown pictures", hint="ask without draft")
        longest = min(sampling.max_tokens or LONGEST_REPLY, self.weights.context_tokens - len(ids))
        samples = min(request.samples, self.weights.options.batch)
        decodings = self._decodings(asked, longest, len(ids), samples)
        first = None if sampling.seed is None else sampling.seed + request.sample
        return Job(
            ids=ids,
            decodings=decodings,
            seeds=tuple(None if first is None else first + sample for sample in range(samples)),
            max_tokens=longest,
            tell=tell,
            ends=self._format.stops,
            hidden=_special(self.weights) - self._format.kept,
            stops=(*sampling.stop, *self._format.stop_texts),
            adapter=self.weights.adapter_key,
            scores=sampling.logprobs,
            shown=shown,
        )

    def _asked(self, request: Generate) -> Generate:
        """The request as the model is asked: in words where its template has no form for the calls that are wanted."""
        if self.rung == "text" and request.tools:
            raise ToolsRefused(f"{self.name} is asked for calls in its text", hint="describe the tools in the prompt")
        in_own_form = self.rung == "native" or self._format.form is not None
        return request if in_own_form else in_words(request, offer=bool(request.tools))

    def _held(self, asked: Generate) -> str | None:
        """The grammar of a reply that may call tools, where its calls are held to one.

        A schema for the answer alone would leave no room for calls, so both go into one grammar.
        """
        tools, sampling = asked.tools or asked.spoken, asked.sampling
        if not tools or sampling.regex or sampling.choices or self.rung == "text":
            return None
        own = bool(asked.tools)
        with_schema = asked.schema is not None and own and self._format.form is not None and can_hold()
        if self.rung == "constrained" or with_schema:
            return self._format.call_grammar(tools, own=own, answer=asked.schema)
        return None

    def _decodings(self, asked: Generate, longest: int, prompt_tokens: int, samples: int) -> tuple[Decoding, ...]:
        """One for all samples; one for each where it remembers what was written."""
        held = self._held(asked)
        sampling = replace(asked.sampling, max_tokens=longest)
        schema = None if asked.tools or asked.spoken else asked.schema

        def planned() -> Decoding:
            decoding = plan(
                sampling,
                schema=schema,
                weights=self.weights,
                prompt_tokens=prompt_tokens,
                ends=self._format.stops,
                draft=self._drafts.get(sampling.draft or ""),
            )
            return decoding if held is None else self._holding(decoding, held, prompt_tokens)

        first = planned()
        return (first, *(planned() for _ in range(samples - 1))) if first.remembers else (first,)

    def _holding(self, decoding: Decoding, grammar: str, prompt_tokens: int) -> Decoding:
        ends = self._format.stops
        constraint = Constraint(grammar, self.weights.tokenizer, ends=ends, prompt_tokens=prompt_tokens)
        decoding.processors.append(constraint)
        return replace(decoding, remembers=True)


def _special(weights: Weights) -> frozenset[int]:
    """Tokens that are no text: those that the tokenizer marks so, whether its config gives them a role or not."""
    added = weights.tokenizer.added_tokens_decoder
    return frozenset(number for number, token in added.items() if token.special)


class _Replies:
    """What the engine tells of a job, as events of its samples; the first one's usage is that of all."""

    def __init__(self, job: Job, readers: list[TextReader]) -> None:
        self._job = job
        self._readers = readers
        self._read = Read(len(job.ids), 0, 0.0)
        self._open = job.samples
        self._written = 0

    @property
    def over(self) -> bool:
        """Whether every sample is done."""
        return self._open == 0

    def events(self, progress: Progress) -> Iterator[OfSample]:
        """The events that this makes. Raises ModelError where the engine failed."""
        match progress:
            case Failed(error):
                raise error
            case Reading():
                yield OfSample(0, progress)
            case Read():
                self._read = progress
            case Wrote(sample, text, scores):
                yield from (OfSample(sample, event) for event in self._readers[sample].feed(text))
                if scores:
                    yield OfSample(sample, Scored(scores))
            case Stopped(sample, finish, tokens):
                self._open -= 1
                yield from (OfSample(sample, event) for event in self._readers[sample].end())
                self._written += tokens
                yield OfSample(0, Used(Usage(self._read.tokens, self._written, self._read.cached, cost=0.0)))
                yield OfSample(sample, Ended(finish))


def connect_local(name: str, options: LocalOptions) -> LocalModel:
    """The model at a folder or of a hub id, loaded unless it is in memory already.

    Raises UsageError where transformers is missing or `name` is no model, ModelError where it cannot be loaded.
    """
    weights = load(name, options)
    ends = weights.model.generation_config.eos_token_id
    return LocalModel(
        weights,
        ChatFormat.of(weights.tokenizer, name=weights.name, ends=[ends] if isinstance(ends, int) else ends or ()),
    )


def today() -> datetime:
    """What a chat template may tell the model of the time: the day, so that prompts of one day begin alike."""
    return datetime.combine(date.today(), time())
