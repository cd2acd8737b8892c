"""The `Model` of a checkpoint on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from chatbot.effects import Generate
from chatbot.errors import ContextOverflow, ImagesRefused
from chatbot.events import Ended, ModelEvent, OfSample, Reading, Scored, Used, Weighed
from chatbot.messages import Usage
from chatbot.models.local.chat_format import ChatFormat
from chatbot.models.local.constraint import vocabulary
from chatbot.models.local.decoding import Decoding, is_held, plan
from chatbot.models.local.engine import Engine
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
    """A model in this process. Conversations that use it at once are answered side by side."""

    def __init__(self, weights: Weights, chat_format: ChatFormat) -> None:
        self.name = f"local:{weights.name}"
        self.weights = weights
        self._format = chat_format
        self._sight = Sight.of(weights)
        self._drafts: dict[str, Weights] = {}
        """What has written ahead, by its spec."""
        self.engine = Engine.of(weights)

    @property
    def abilities(self) -> Abilities:
        """It draws samples together, weighs given replies, costs nothing, and sees where its checkpoint does."""
        return Abilities(
            writes=True,
            tools=True,
            context_tokens=self.weights.context_tokens,
            samples=True,
            likelihoods=True,
            at_once=self.weights.options.batch,
            price=FREE,
            images=self._sight is not None,
        )

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
        if request.sampling.draft or is_held(request.sampling, request.schema):
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
        likelihoods, usage = weigh(self.engine, given, request.candidates)
        return Weighed(likelihoods), Used(usage), Ended("complete")

    def prompt(self, request: Generate, *, room: int = 1) -> list[int]:
        """The tokens of a request as the model reads them.

        room: tokens that must be left. Raises ContextOverflow where they are not, ImagesRefused for pictures, which
        are more than tokens.
        """
        self._without_pictures(request)
        return self._read(request, room)[0]

    def _without_pictures(self, request: Generate) -> None:
        for image in (image for each in request.messages for image in each.images):
            what = f"{self.name} is only asked for texts here, and {image.name or 'an image'} is a picture"
            raise ImagesRefused(what, hint="ask without it")

    def _read(self, request: Generate, room: int = 1) -> tuple[list[int], Shown | None]:
        """The prompt's tokens, and the pictures in it. Raises ContextOverflow, PromptError, ImagesRefused."""
        spans = self._format.render(request.messages, request.tools, now=today())
        images = [image for each in request.messages for image in each.images]
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
        sampling = request.sampling
        ids, shown = self._read(request)
        longest = min(sampling.max_tokens or LONGEST_REPLY, self.weights.context_tokens - len(ids))
        samples = min(request.samples, self.weights.options.batch)
        decodings = self._decodings(replace(sampling, max_tokens=longest), request, len(ids), samples)
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
            scores=sampling.logprobs,
            shown=shown,
        )

    def _decodings(
        self, sampling: Sampling, request: Generate, prompt_tokens: int, samples: int
    ) -> tuple[Decoding, ...]:
        """One for all samples; one for each where it remembers what was written."""

        def planned() -> Decoding:
            return plan(
                sampling,
                schema=request.schema,
                weights=self.weights,
                prompt_tokens=prompt_tokens,
                ends=self._format.stops,
                draft=self._drafts.get(sampling.draft or ""),
            )

        first = planned()
        return (first, *(planned() for _ in range(samples - 1))) if first.remembers else (first,)


def _special(weights: Weights) -> frozenset[int]:
    """Tokens that are no text: those that the tokenizer marks so, whether its config gives them a role or not."""
    added = weights.tokenizer.added_tokens_decoder
    return frozenset(number for number, token in added.items() if token.special)


class _Replies:
    """What the engine tells of a job, as events of its samples."""

    def __init__(self, job: Job, readers: list[TextReader]) -> None:
        self._job = job
        self._readers = readers
        self._read = Read(len(job.ids), 0, 0.0)
        self._open = job.samples

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
                yield OfSample(sample, Used(self._usage(sample, tokens)))
                yield OfSample(sample, Ended(finish))

    def _usage(self, sample: int, tokens: int) -> Usage:
        """The prompt is read once, and counts for the first sample."""
        if sample:
            return Usage(output_tokens=tokens, cost=0.0)
        return Usage(self._read.tokens, tokens, self._read.cached, cost=0.0)


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
