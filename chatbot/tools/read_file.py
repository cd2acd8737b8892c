"""`read_file`: lines of a text file of the workspace, with their numbers.

In: a path relative to the workspace and, for long files, which lines. Out: the lines as they are, each after its
number, and where to read on. Refuses what lies outside or is hidden (`workspace_files`), what is no text, and what is
too large to be read by anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatbot.decoding import decode
from chatbot.errors import ToolError
from chatbot.tools.catalogue import Place
from chatbot.tools.output import readable
from chatbot.tools.tool import Tool
from chatbot.tools.visible_text import visible
from chatbot.tools.workspace_files import WorkspaceFiles, files_of

MAX_BYTES = 20_000_000
"""As for documents: a larger text is data rather than something to read."""

MAX_CHARACTERS = 12_000
"""Of one result, about three thousand tokens; what follows is read by the next call."""

MAX_LINE = 2_000
"""Characters of a line that are shown: longer ones are made by programs for programs."""

_KINDS = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive, or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "compressed"),
    (b"SQLite format 3", "a database (run_sql reads those)"),
)

OPTIONS: Mapping[str, object] = {"hide": ()}
"""hide: patterns of names and paths that are left out besides what always is: `drafts`, `*.sql`, `notes/private/*`."""


def make(options: Mapping[str, object], place: Place) -> Tool:
    """The tool for a workspace, with each of the OPTIONS."""
    files = files_of(options, place)

    def read_file(path: str, first_line: int = 1, last_line: int | None = None) -> str:
        """Read a text file of the user's workspace. Each line comes after its number and a bar.

        Args:
            path: The file, relative to the workspace, such as notes/plan.md.
            first_line: The first line to read, from 1.
            last_line: The last line to read. Without it, as many as fit.
        """
        if first_line < 1 or (last_line is not None and last_line < first_line):
            raise ToolError(f"there are no lines {first_line} to {last_line}", hint="lines count from 1")
        text, name, encoding = _text(files, path)
        lines = visible(text).removesuffix("\n").split("\n") if text else []
        return readable(_numbered(lines, name + encoding, first_line, last_line))

    return Tool.from_function(read_file, impact="reads", timeout=10.0)


def _text(files: WorkspaceFiles, path: str) -> tuple[str, str, str]:
    """The text, the path, and what is to be said of the encoding. Raises ToolError where it is no text."""
    file, name = files.open(path)
    with file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ToolError(f"{name!r} is larger than {MAX_BYTES // 1_000_000} MB", hint="it is data rather than text")
    if kind := next((kind for magic, kind in _KINDS if data.startswith(magic)), None):
        raise ToolError(f"{name!r} is {kind}; only text is read")
    try:
        text, encoding = decode(data)
    except ValueError as error:
        raise ToolError(f"{name!r} is {error}") from None
    return text, name, "" if encoding in ("utf-8", "ascii") else f" ({encoding})"


def _numbered(lines: Sequence[str], name: str, first: int, last: int | None) -> str:
    if not lines:
        return f"{name} is empty"
    if first > len(lines):
        raise ToolError(f"{name} has {len(lines):,} lines, none with number {first:,}")
    wanted = lines[first - 1 : last]
    width = len(str(first + len(wanted) - 1))
    shown: list[str] = []
    length = 0
    for number, line in enumerate(wanted, start=first):
        cut = line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} [cut here: {len(line):,} characters]"
        length += len(cut) + width + 3
        if length > MAX_CHARACTERS and shown:
            break
        shown.append(f"{number:>{width}} | {cut}")
    end = first + len(shown) - 1
    rest = f"\n[go on with first_line={end + 1}]" if len(shown) < len(wanted) else ""
    return f"{name}, lines {first}-{end} of {len(lines)}:\n" + "\n".join(shown) + rest
