"""The one thread in which a model computes: it reads prompts, writes replies side by side, and keeps prefixes.

A conversation never waits for another to end: prompts are read a chunk at a time between the tokens of those that
write. Whatever fails in the thread reaches the caller whose work it was, and the thread goes on.
"""

from __future__ import annotations

import os
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch

from chatbot.errors import ModelError
from chatbot.models.local import exclusive
from chatbot.models.local.batch import Batch
from chatbot.models.local.forward import is_out_of_memory
from chatbot.models.local.job import Failed, Job
from chatbot.models.local.loading import Weights
from chatbot.models.local.out_of_memory import too_large
from chatbot.models.local.prefill import Prefill
from chatbot.models.local.prefix_cache import PrefixCache

IDLE_SECONDS = 2.0
"""How long the thread waits for another job before it ends; the next job starts a new one."""

GIB = 1 << 30


@dataclass(slots=True)
class Rates:
    """What was done so far, and how long it took."""

    read: int = 0
    """Tokens of prompts that were read."""
    cached: int = 0
    """Tokens of prompts that had been kept."""
    reading_seconds: float = 0.0
    written: int = 0
    writing_seconds: float = 0.0


class Engine:
    """Does the jobs of one model. Threads may submit at any time."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.kept = PrefixCache(int(weights.options.cache_gib * GIB))
        self.rates = Rates()
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._waiting: list[Job] = []
        self._reading: Prefill | None = None
        self._batches: list[Batch] = []
        self._guard = threading.Lock()
        self._runs = False
        self._process = os.getpid()

    @classmethod
    def of(cls, weights: Weights) -> Engine:
        """The engine of these weights: one for all who chat with them, whatever their adapters."""
        weights = weights.base or weights
        with weights.lock:
            engine = _engines.get(id(weights)) or cls(weights)
            _engines[id(weights)] = engine
            return engine

    def submit(self, job: Job) -> None:
        """Has the job done; the caller hears of it through `job.tell`.

        Raises ModelError in a forked child of the process that loaded the model: torch's threads are not there.
        """
        if os.getpid() != self._process:
            what = f"local:{self.weights.name} was loaded before this process was forked from another one"
            raise ModelError(what, hint="load it in the child, or start processes by spawn")
        with self._guard:
            self._jobs.put(job)
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._work, name=f"local:{self.weights.name}", daemon=True).start()

    def _work(self) -> None:
        while True:
            if not self._take_jobs():
                return
            with self.weights.adapters.lock, torch.inference_mode():
                self._read_on()
                for batch in self._batches:
                    self._write_on(batch)
                self._batches = [batch for batch in self._batches if batch.rows]

    def _take_jobs(self) -> bool:
        """Takes in what was submitted; waits for it where there is nothing else to do. False where the thread ends."""
        busy = bool(self._batches or self._reading or self._waiting)
        try:
            while True:
                self._waiting.append(self._jobs.get(timeout=IDLE_SECONDS) if not busy else self._jobs.get_nowait())
                busy = True
        except queue.Empty:
            pass
        if busy:
            return True
        with self._guard:
            self._runs = not self._jobs.empty()
            return self._runs

    def _read_on(self) -> None:
        """Reads a chunk of the prompt that comes next."""
        self._waiting = [job for job in self._waiting if not job.cancelled]
        if self._reading is None and self._waiting and self._has_room(self._waiting[0]):
            job = self._waiting.pop(0)
            if any(decoding.exclusive for decoding in job.decodings):
                self._guarded([job], lambda: self._run_alone(job))
                return
            self._guarded([job], lambda: self._begin(job))
        if (reading := self._reading) is None:
            return
        if reading.job.cancelled or not self._guarded([reading.job], lambda: self._read_chunk(reading)):
            self._reading = None

    def _run_alone(self, job: Job) -> None:
        self.weights.adapters.use(job.adapter)
        exclusive.run(self.weights, job)

    def _has_room(self, job: Job) -> bool:
        rows = sum(batch.rows for batch in self._batches)
        return rows == 0 or rows + job.samples <= self.weights.options.batch

    def _begin(self, job: Job) -> None:
        self._reading = Prefill(job, self.weights, self.kept)

    def _read_chunk(self, reading: Prefill) -> None:
        started = time.perf_counter()
        self.weights.adapters.use(reading.job.adapter)
        logits = reading.step()
        self.rates.reading_seconds += time.perf_counter() - started
        if logits is None:
            return
        self._reading = None
        job = reading.job
        self.rates.read += len(job.ids) - reading.cached
        self.rates.cached += reading.cached
        draws = reading.draws()
        for draw in draws:
            draw.select(draw.step(logits.expand(len(draw.rows), -1)))
        self.kept.keep(job.key(job.ids), reading.cache, job.adapter)  # which copies: the first token is told before
        for draw in draws:
            if draw.rows:
                self._add(Batch(draw, reading.cache, job.adapter))

    def _add(self, new: Batch) -> None:
        for batch in self._batches:
            if batch.can_join(new):
                batch.join(new)
                return
        self._batches.append(new)

    def _write_on(self, batch: Batch) -> None:
        rows, started = batch.rows, time.perf_counter()
        if not self._guarded(batch.jobs, lambda: self._step(batch)):
            batch.drop()
        self.rates.written += rows
        self.rates.writing_seconds += time.perf_counter() - started

    def _step(self, batch: Batch) -> None:
        self.weights.adapters.use(batch.adapter)
        batch.step(self.weights.model, self.kept, self._fail)

    def _guarded(self, jobs: Iterable[Job], work: Callable[[], None]) -> bool:
        """Whether the work was done; if not, those whose work it was are told why."""
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # whatever it is, nobody else would tell the caller
            self._fail(jobs, error)
            return False
        return True

    def _fail(self, jobs: Iterable[Job], error: BaseException) -> None:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        failure = ModelError(f"local:{self.weights.name} failed while it computed: {said}")
        for job in jobs:
            job.cancelled = True
            told = too_large(self.weights, job) if is_out_of_memory(error) else failure
            job.tell(Failed(error if isinstance(error, ModelError) else told))


_engines: weakref.WeakValueDictionary[int, Engine] = weakref.WeakValueDictionary()
"""By the id of the weights, which live as long as their engine."""
