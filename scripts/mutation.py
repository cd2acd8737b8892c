"""Breaks code on purpose, in one small place at a time, and says which of the faults no test notices (`make mutation`).

    python scripts/mutation.py                                  every module that pyproject.toml names for mutmut
    python scripts/mutation.py chatbot/service/pace.py          one module
    python scripts/mutation.py --survivors chatbot/service/pace.py      only what the last run left alive
    python scripts/mutation.py --tests tests/service/test_pace.py chatbot/service/pace.py

mutmut makes the faults, all of them in one copy of each module, which is imported in its place; none is written to
disk. They are tried here and not by its own runner, which collects the tests anew for each fault and gives a fault
that hangs fifteen times the time of all tests: here the tests are collected once, each fault is tried in a fork of that
process, by the tests that reach the broken function, those of the module's own test module first, as many as take
--seconds; and a test that takes many times its time has noticed. Left out are faults in prose (string
literals with a space in them), whose wording no test should hold, and decorated functions, which mutmut leaves alone.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import hashlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from fnmatch import fnmatch
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import accumulate
from pathlib import Path

import libcst
import pytest
from mutmut.configuration import config
from mutmut.mutation.file_mutation import combine_mutations_to_source, create_mutations
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.format_utils import get_mutant_name, mangled_name_from_mutant_name

RECORD = Path(".mutation.json")
"""What the last runs found, by module, so that survivors can be tried again alone."""

SECONDS = 60.0
"""How long the tests for one fault may take together; what is tried on a busy machine seems to take longer."""

PATIENCE = (5.0, 5.0)
"""Seconds, and times the time it takes otherwise, after which a test is taken to hang."""

MEMORY = 8 << 30
"""Bytes of address space of a fork: some faults gather without end."""

SURVIVED, KILLED, HUNG = "survived", "killed", "hung"

TROUBLE = 99
"""Exit status of a fork that could not do its work."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One change of one function."""

    name: str
    module: str
    """Path of the module."""
    change: str
    """Lines before and after."""

    @property
    def key(self) -> str:
        """The same in every run, as long as the function stays as it is."""
        return hashlib.sha256(f"{self.function} {self.change}".encode()).hexdigest()[:16]

    @property
    def function(self) -> str:
        """The function, as mutmut counts what tests reach."""
        return mangled_name_from_mutant_name(self.name)


class Broken(MetaPathFinder):
    """Imports copies that hold all faults of a module, in place of the modules. By name: path and source."""

    def __init__(self) -> None:
        self.copies: dict[str, tuple[str, str]] = {}

    def find_spec(  # noqa: D102
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        if fullname not in self.copies:
            return None
        where, source = self.copies[fullname]
        return spec_from_file_location(fullname, where, loader=_Copy(fullname, where, source))


class _Copy(SourceFileLoader):
    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_data(self, path: str) -> bytes:
        return self._source.encode()

    def path_stats(self, path: str) -> Mapping[str, float]:
        raise OSError("what was compiled is not kept: it would be taken for the module")


def faults_of(module: str) -> tuple[str, list[Fault]]:
    """The source of a module with all its faults, and the faults."""
    tree, mutations, classes, functions = create_mutations(module, Path(module).read_text("utf-8"))
    counted = [each for each in mutations if not _is_prose(each.original_node)]
    mutated = combine_mutations_to_source(tree, counted, classes, functions)
    lines = mutated.code.splitlines()
    spans = mutated.line_span_by_function_name

    def source_of(name: str) -> list[str]:
        return [line.replace(name, "") for line in lines[spans[name].start - 1 : spans[name].end]]

    faults = []
    for name in mutated.mutant_names:
        before, after = source_of(f"{name.rpartition('_')[0]}_orig"), source_of(name)
        change = [line for line in unified_diff(before, after, n=0, lineterm="") if line[:3] not in ("---", "+++")]
        faults.append(Fault(get_mutant_name(Path(module), name), module, "\n".join(change)))
    return mutated.code, faults


def _is_prose(node: libcst.CSTNode) -> bool:
    return isinstance(node, libcst.SimpleString) and " " in node.value


class Trial:
    """Tries the faults once pytest has collected the tests; a plugin of pytest."""

    def __init__(self, faults: Sequence[Fault], seconds: float) -> None:
        self._faults, self._seconds = faults, seconds
        self.found: dict[Fault, str] = {}
        """What became of each; of one that no test reaches, that it survived."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:  # noqa: D102
        from hypothesis import Phase, settings  # pytest wants to import it first

        phases = [Phase.explicit, Phase.generate]  # what breaks need not be made small
        settings.register_profile("mutation", phases=phases, derandomize=True, deadline=None)
        settings.load_profile("mutation")
        session.config.pluginmanager.unregister(name="terminalreporter")
        gc.freeze()
        reached, took = _reach(session)
        tests = {item.nodeid: item for item in session.items}
        keen: dict[str, int] = {}  # tests that noticed a fault, and when: most notice the next one too
        for number, fault in enumerate(self._faults, 1):
            named = _chosen(fault, reached[fault.function], took, self._seconds)
            named.sort(key=lambda name: (-keen.get(name, 0), took[name]))
            self.found[fault], by = _tried([tests[name] for name in named], fault.name, took)
            keen |= {by: number} if by else {}
            print(f"{number}/{len(self._faults)} {self.found[fault]} {fault.name} {by}", file=sys.stderr, flush=True)
        return True


class _Reached(set[str]):
    """The functions that a test has reached, mutmut's way, and those that children reached which the test forked."""

    def __init__(self) -> None:
        super().__init__()
        self._own = os.getpid()
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  the process ends soon

    def add(self, name: str) -> None:
        if os.getpid() != self._own and name not in self:
            os.write(self._told.fileno(), f"{name}\n".encode())
        super().add(name)

    def taken(self) -> set[str]:
        """Those since it was last asked."""
        self._told.seek(0)
        taken = {*self, *self._told.read().decode().split()}
        self._told.seek(0)
        self._told.truncate()
        self.clear()
        return taken


def _reach(session: pytest.Session) -> tuple[defaultdict[str, list[str]], dict[str, float]]:
    """Which tests reach each function, and how long each test takes without a fault."""

    def run() -> str:
        set_mutant_under_test("stats")
        took: dict[str, float] = {}
        reached: defaultdict[str, list[str]] = defaultdict(list)
        state()._stats = seen = _Reached()
        for item, following in _with_next(session.items):
            started = time.perf_counter()
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            took[item.nodeid] = time.perf_counter() - started
            for function in seen.taken():
                reached[function].append(item.nodeid)
            if session.testsfailed:
                raise RuntimeError(f"{item.nodeid} fails without any fault")
        return json.dumps([took, reached])

    code, said = _forked(run)
    if code:
        raise RuntimeError("the tests fail")
    took, reached = json.loads(said)
    return defaultdict(list, reached), took


def _chosen(fault: Fault, reaching: Sequence[str], took: dict[str, float], seconds: float) -> list[str]:
    """The tests for a fault, those of its module's own test module first, the quick ones before the others."""
    own = f"test_{Path(fault.module).stem}"
    named = sorted(reaching, key=lambda name: (Path(name.split("::")[0]).stem != own, took[name]))
    spent = accumulate(took[name] for name in named)
    return [name for name, sum_ in zip(named, spent, strict=True) if sum_ <= seconds]


def _tried(items: Sequence[pytest.Item], fault: str, took: dict[str, float]) -> tuple[str, str]:
    """Runs tests with a fault until one fails. Out: what became of the fault, and by which test."""

    def run() -> str:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        set_mutant_under_test(fault)
        with Path(os.devnull).open("w") as nowhere:
            for item, following in _with_next(items):
                limit = PATIENCE[0] + PATIENCE[1] * took[item.nodeid]
                faulthandler.dump_traceback_later(limit, exit=True, file=nowhere)  # exits with 1
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if item.session.testsfailed:
                    return item.nodeid
        return ""

    code, by = _forked(run)
    if code == TROUBLE:
        raise RuntimeError(f"{fault} could not be tried: see above")
    return (HUNG if code else KILLED if by else SURVIVED), by


def _forked(run: Callable[[], str]) -> tuple[int, str]:
    """How a fork of this process ended, and what came of a function that it called."""
    told, tell = os.pipe()
    if not (child := os.fork()):
        code = TROUBLE
        try:
            os.setsid()
            os.close(told)
            with os.fdopen(tell, "w") as out:
                out.write(run())
            code = 0
        except BaseException:  # noqa: BLE001  # it is told, and the parent ends
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(tell)
    with os.fdopen(told) as said:
        text = said.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what a test started and left behind
    return code, text


def _with_next(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=False)


def report(faults: Sequence[Fault], found: dict[str, str]) -> None:
    """Prints what survived, and a score for each module."""
    for fault in faults:
        if found.get(fault.key) == SURVIVED:
            print(f"\n{fault.module} {fault.name.rpartition('.')[2]}\n{fault.change}")
    print(f"\n{'module':<40}{'faults':>8}{'noticed':>9}{'survived':>10}{'score':>8}")
    for module in dict.fromkeys(fault.module for fault in faults):
        count = Counter(found[fault.key] for fault in faults if fault.module == module and fault.key in found)
        survived, noticed = count[SURVIVED], count[KILLED] + count[HUNG]
        share = noticed / max(1, noticed + survived)
        print(f"{module:<40}{noticed + survived:>8}{noticed:>9}{survived:>10}{share:>8.1%}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("modules", nargs="*", help="paths; without any all of [tool.mutmut]")
    options.add_argument("--tests", nargs="+", help="paths of tests; without any those of [tool.mutmut]")
    options.add_argument("--survivors", action="store_true", help="try only what the last run left alive")
    options.add_argument("--seconds", type=float, default=SECONDS, help="that the tests for one fault may take")
    given = options.parse_args()
    known = [str(path) for path in sorted(Path("chatbot").rglob("*.py"))]
    modules = given.modules or [path for path in known if any(fnmatch(path, like) for like in config().only_mutate)]
    finder, faults = Broken(), []
    for module in modules:
        source, made = faults_of(module)
        finder.copies[module.removesuffix(".py").replace("/", ".")] = (module, source)
        faults += made
    found: dict[str, str] = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    again = [fault for fault in faults if not given.survivors or found.get(fault.key, SURVIVED) == SURVIVED]
    sys.meta_path.insert(0, finder)
    sys.path.insert(0, "")
    trial = Trial(again, given.seconds)
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--assert=plain", "--tb=no", "-pno:cacheprovider", "-pno:xdist", f"--basetemp={folder}/tests"]
        tests = given.tests or config().pytest_add_cli_args_test_selection
        pytest.main([*arguments, *tests], plugins=[trial])
    found |= {fault.key: what for fault, what in trial.found.items()}
    RECORD.write_text(json.dumps(found))
    report(faults, found)
    return 0 if len(trial.found) == len(again) else 1


if __name__ == "__main__":
    sys.exit(main())
