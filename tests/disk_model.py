"""What a disk may hold after a loss of power, worked out from the calls that a program made.

A write is certain once its file was synced, a name once its folder was. Of all else that had been asked for by then
anything may be on the disk or not, so the model makes disks of the kinds that have been met: nothing of it, all of it,
its beginning, a file as long as it should be but full of zeros, one write of several missing or the only one there,
names without contents and contents without names. In: calls in their order. Out: the files of a folder.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from system_calls import Call

Files = Mapping[Path, bytes]
Write = tuple[int, bytes | None]
"""Bytes at an offset; None makes the file as long as the offset says."""

PAGE = 4096
"""What a disk writes at once."""


@dataclass(slots=True)
class _File:
    certain: bytes
    uncertain: list[Write] = field(default_factory=list)


Survive = Callable[[_File, random.Random], list[Write]]
"""Which of a file's uncertain writes reach the disk, by chance or not."""


@dataclass(frozen=True, slots=True)
class _Naming:
    """A change of names: the file loses the one and gets the other."""

    file: int
    lost: Path | None = None
    gained: Path | None = None

    def within(self, folder: Path) -> bool:
        return folder in {path.parent for path in (self.lost, self.gained) if path}

    def apply(self, names: dict[Path, int]) -> None:
        if self.lost:
            names.pop(self.lost, None)
        if self.gained:
            names[self.gained] = self.file


class Disk:
    """A folder, as calls change it."""

    def __init__(self, folder: Path) -> None:
        found = sorted(path for path in folder.resolve().rglob("*") if path.is_file())
        self._files = [_File(path.read_bytes()) for path in found]
        self._certain = {path: number for number, path in enumerate(found)}
        self._namings: list[_Naming] = []
        self._now = dict(self._certain)

    def apply(self, call: Call) -> None:
        """Takes note of a call that was made."""
        match call.kind:
            case "write" | "truncate" if call.path in self._now:
                change = (call.offset, call.data if call.kind == "write" else None)
                self._files[self._now[call.path]].uncertain.append(change)
            case "sync" if call.path in self._now:
                file = self._files[self._now[call.path]]
                file.certain, file.uncertain = _written(file.certain, file.uncertain), []
            case "sync":
                for naming in self._namings:
                    if naming.within(call.path):
                        naming.apply(self._certain)
                self._namings = [naming for naming in self._namings if not naming.within(call.path)]
            case "create":
                self._files.append(_File(b""))
                self._name(_Naming(len(self._files) - 1, gained=call.path))
            case "rename":
                self._name(_Naming(self._now[call.path], lost=call.path, gained=call.target))
            case "unlink":
                self._name(_Naming(self._now[call.path], lost=call.path))
            case "write" | "truncate" | "tell":
                pass  # what has no name any more is nobody's
            case other:
                raise NotImplementedError(f"the model does not know what {other} does to a disk")

    def all_of_it(self) -> Files:
        """What a program that goes on sees, and after a kill the next one: all that was asked for."""
        return {
            path: _written(self._files[number].certain, self._files[number].uncertain)
            for path, number in self._now.items()
        }

    def after_loss_of_power(self, chance: random.Random) -> Iterator[Files]:
        """Disks that may be there when the power comes back. chance: which write is the one that is missing."""
        for names in self._possible_names():
            for survive in (*_SURVIVING, *self._files_apart()):
                yield {
                    path: _written(self._files[number].certain, survive(self._files[number], chance))
                    for path, number in names.items()
                }

    def _files_apart(self) -> list[Survive]:
        """Of several files that were written to, one is on the disk and the others not, or one is not."""
        written = [file for file in self._files if file.uncertain]
        if len(written) < 2:
            return []
        only = [lambda file, chance, kept=kept: file.uncertain if file is kept else [] for kept in written]
        without = [lambda file, chance, lost=lost: file.uncertain if file is not lost else [] for lost in written]
        return [*only, *without]

    def uncertain_contents(self) -> set[Path]:
        """Files with writes that a loss of power would take."""
        return {path for path, number in self._now.items() if self._files[number].uncertain}

    def uncertain(self) -> list[Path]:
        """Files of which a loss of power would take something, or perhaps the name."""
        names = {naming.gained for naming in self._namings if naming.gained}
        return sorted(self.uncertain_contents() | names & self._now.keys())

    def _name(self, naming: _Naming) -> None:
        naming.apply(self._now)
        self._namings.append(naming)

    def _possible_names(self) -> Iterator[Mapping[Path, int]]:
        """As journals of file systems keep the order, the first few of the changes; and, as not all do, all but one."""
        count = len(self._namings)
        chosen = [self._namings[:first] for first in range(count + 1)]
        chosen += [self._namings[:one] + self._namings[one + 1 :] for one in range(count - 1)]
        for namings in chosen:
            names = dict(self._certain)
            for naming in namings:
                naming.apply(names)
            yield MappingProxyType(names)


def _written(contents: bytes, writes: Sequence[Write]) -> bytes:
    buffer = bytearray(contents)
    for offset, data in writes:
        end = offset + len(data or b"")
        buffer.extend(bytes(max(0, end - len(buffer))))
        if data is None:
            del buffer[offset:]
        else:
            buffer[offset:end] = data
    return bytes(buffer)


def _zeros(file: _File) -> list[Write]:
    """The file grows, but what it grew by was not written."""
    length = len(_written(file.certain, file.uncertain))
    return [(length, None)] if length > len(file.certain) else []


def _torn(file: _File) -> list[Write]:
    """The first half of the writes, and of the one after them as many pages as fit in half of it."""
    middle = len(file.uncertain) // 2
    writes = file.uncertain[:middle]
    if middle < len(file.uncertain):
        offset, data = file.uncertain[middle]
        writes.append((offset, data and data[: len(data) // 2 // PAGE * PAGE or len(data) // 2]))
    return writes


def _last_torn(file: _File, chance: random.Random) -> list[Write]:
    """All, but of the last one only some of its pages from the beginning."""
    writes = file.uncertain[:-1]
    for offset, data in file.uncertain[-1:]:
        writes.append((offset, data and data[: chance.randrange(-(-len(data) // PAGE)) * PAGE]))
    return writes


def _all_but_one(file: _File, chance: random.Random) -> list[Write]:
    missing = chance.randrange(len(file.uncertain)) if file.uncertain else 0
    return file.uncertain[:missing] + file.uncertain[missing + 1 :]


def _some(file: _File, chance: random.Random) -> list[Write]:
    return [write for write in file.uncertain if chance.random() < 0.5]


_SURVIVING: tuple[Survive, ...] = (
    lambda file, chance: [],
    lambda file, chance: file.uncertain,
    lambda file, chance: file.uncertain[-1:],
    lambda file, chance: _zeros(file),
    lambda file, chance: _torn(file),
    _last_torn,
    _all_but_one,
    _some,
)
"""The same for all files."""
