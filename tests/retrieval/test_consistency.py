"""After any mix of adds, updates, removals, searches and crashes of files, a search equals one by brute force.

And while several write and read at once: nothing is lost, nobody meets a lock, and every answer is of one state.
"""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import crash_cases as cases
import pytest
from after_crash import assert_searches_like_brute_force, documents_of, every_passage
from damage import overwrite
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from many_programs import read, state, write
from words import Words

from chatbot.retrieval import Knowledge, index, lexical
from chatbot.retrieval.check import check_index

FEW = 5
"""Mixes in the normal run."""

SOURCES = st.sampled_from([f"s{number}" for number in range(8)])
TEXTS = st.builds(cases.text, st.sampled_from("abcd"), st.integers(1, 3))


class Index(RuleBasedStateMachine):
    """Two programs at one index, and what it must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.held: dict[str, str] = {}
        self.ids: dict[int, str] = {}
        """Every id that there has been, and the text of its passage."""
        self.programs = [self.opened(), self.opened()]

    def opened(self) -> Knowledge:
        return Knowledge(None, index=self.folder / "index.db", embedder=Words())

    @rule(program=st.integers(0, 1), records=st.dictionaries(SOURCES, TEXTS, min_size=1, max_size=4))
    def put(self, program: int, records: dict[str, str]) -> None:
        self.programs[program].add(cases.records(records))
        self.held |= records

    @rule(program=st.integers(0, 1), sources=st.lists(SOURCES, max_size=4))
    def remove(self, program: int, sources: list[str]) -> None:
        self.programs[program].remove(sources)
        for source in sources:
            self.held.pop(source, None)

    @rule(program=st.integers(0, 1))
    def search(self, program: int) -> None:
        self.programs[program].search("harbour")

    @rule(program=st.integers(0, 1))
    def open_again(self, program: int) -> None:
        self.programs[program].close()
        self.programs[program] = self.opened()

    @rule(program=st.integers(0, 1))
    def compact(self, program: int) -> None:
        self.programs[program].compact()

    @rule(data=st.data())
    def damage_a_derived_file(self, data: st.DataObject) -> None:
        found = sorted(path for path in self.folder.iterdir() if ".db." in path.name and path.stat().st_size)
        if found:
            path = data.draw(st.sampled_from(found))
            at = data.draw(st.integers(0, path.stat().st_size - 1))
            torn = path.with_name("torn")  # not in place: a program may have it mapped
            shutil.copy(path, torn)
            overwrite(torn, at, bytes([torn.read_bytes()[at] ^ 1]))
            torn.replace(path)

    @rule()
    def lose_the_derived_files(self) -> None:
        for path in self.folder.iterdir():
            if ".db." in path.name:
                path.unlink()

    @invariant()
    def each_program_finds_what_brute_force_finds(self) -> None:
        for program in self.programs:
            assert documents_of(program) == self.held
            assert_searches_like_brute_force(program)

    @invariant()
    def no_id_is_used_again(self) -> None:
        dense = list(self.programs[0].candidates("harbour", 10_000).dense)
        for key, passage in zip(dense, self.programs[0].passages(dense), strict=True):
            place = f"{passage.source} {passage.document_hash} {passage.start}"
            assert self.ids.setdefault(key, place) == place

    def teardown(self) -> None:
        for program in self.programs:
            program.close()
        assert [fault for fault in check_index(self.folder / "index.db", Words()).faults if fault.part != "file"] == []
        shutil.rmtree(self.folder)


@pytest.fixture
def derived_files_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derived files are written after each change, as large indexes do after many."""
    for module in (index, lexical):
        monkeypatch.setattr(module, "WRITE_AFTER", 0)


@pytest.mark.parametrize("mixes", [FEW, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.usefixtures("derived_files_at_once")
def test_after_any_mix_a_search_equals_one_by_brute_force(mixes: int) -> None:
    few = mixes == FEW
    phases = [Phase.generate] if few else [Phase.generate, Phase.shrink]
    run_state_machine_as_test(
        Index,
        settings=settings(max_examples=mixes, stateful_step_count=12, deadline=None, derandomize=few, phases=phases),
    )


def together(threads: int, processes: int, work: Callable[..., object], *arguments: object) -> list[Future[object]]:
    """Work begun so many times over."""
    spawn = multiprocessing.get_context("spawn")
    executors = [ThreadPoolExecutor(threads), ProcessPoolExecutor(processes, mp_context=spawn)]
    begun = [
        executor.submit(work, *arguments)
        for executor, count in zip(executors, (threads, processes), strict=True)
        for _ in range(count)
    ]
    for executor in executors:
        executor.shutdown(wait=False)
    return begun


@pytest.mark.parametrize(
    ("threads", "processes", "versions"), [(2, 1, 12), pytest.param(4, 4, 150, marks=pytest.mark.slow)]
)
def test_every_answer_is_of_one_state_while_documents_change(
    tmp_path: Path, figure: Callable[[str], None], threads: int, processes: int, versions: int
) -> None:
    path = tmp_path / "index.db"
    writer = Knowledge(None, index=path, embedder=Words())
    writer.add(cases.records(state(1)))
    readers = together(threads, processes, read, path, versions)
    for version in range(2, versions + 1):
        writer.add(cases.records(state(version)))
        if version % 5 == 0:
            writer.compact()

    answers = 0
    for reader in readers:
        seen = reader.result(timeout=300)
        assert isinstance(seen, list)
        assert seen == sorted(seen), "a later answer was of an earlier state"
        answers += len(seen)
    figure(f"{answers} answers while {versions} versions were written: of no single state 0")


@pytest.mark.parametrize("count", [5, pytest.param(1_000, marks=pytest.mark.slow)])
def test_eight_writers_at_once_lose_nothing_and_meet_no_lock(
    tmp_path: Path, figure: Callable[[str], None], count: int
) -> None:
    path = tmp_path / "index.db"
    Knowledge(None, index=path, embedder=Words()).close()
    names = [str(number) for number in range(8)]
    with (
        ThreadPoolExecutor(4) as threads,
        ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as processes,
    ):
        begun = [threads.submit(write, path, name, count) for name in names[:4]]
        begun += [processes.submit(write, path, name, count) for name in names[4:]]
        for each in begun:
            each.result()

    knowledge = Knowledge(None, index=path, embedder=Words())
    assert {passage.source for passage in every_passage(knowledge)} == {
        f"{name} {number}" for name in names for number in range(count)
    }
    knowledge.close()
    assert check_index(path, Words()).faults == ()
    figure(f"an index, 8 writers, {8 * count} documents: lost 0, locked out 0")


def test_of_fifty_deleted_documents_no_file_holds_a_trace(tmp_path: Path) -> None:
    canaries = [f"canary{number * 7919:06}x" for number in range(50)]
    documents = tmp_path / "documents"
    documents.mkdir()
    for canary in canaries:
        (documents / f"{canary}.md").write_text(f"# Title {canary}\n\nThe word {canary} stands here.\n")
        (documents / f"left {canary[6:12]}.md").write_text("# Left\n\nThis document stays.\n")
    knowledge = Knowledge(documents, index=tmp_path / "state" / "index.db", embedder=Words())
    vectors = {
        canary: Words().embed_query(f"Title {canary}\n# Title {canary}\n\nThe word {canary} stands here.")
        for canary in canaries
    }
    assert all(knowledge.search(canary, 1)[0].path == f"{canary}.md" for canary in canaries)
    kept = files_of(tmp_path / "state")
    assert all(canary.encode() in kept and vectors[canary].tobytes() in kept for canary in canaries)
    for canary in canaries:
        (documents / f"{canary}.md").unlink()

    knowledge.refresh()
    assert not [passage for canary in canaries for passage in knowledge.search(canary, 100) if canary in str(passage)]
    knowledge.compact()
    knowledge.search("stays")

    left = files_of(tmp_path / "state")
    assert not [canary for canary in canaries if canary.encode() in left or vectors[canary].tobytes() in left]
    assert knowledge.stats().documents == 50


def files_of(folder: Path) -> bytes:
    """All that is in the files below a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
