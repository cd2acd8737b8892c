"""Which files are read, and by what: a new format is one module beside this one and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.converted import Converted


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file."""

    name: str
    """For people: `PDF`."""
    converter: str
    """The module beside this one whose `convert` takes a file's bytes; imported when the first such file appears.

    It raises KnowledgeError with a reason in a few words, or UnicodeDecodeError.
    """
    package: str = ""
    """What it imports that only the extra `documents` brings."""
    language: str = ""
    """The programming language of source code, which its converter is told."""
    apart: bool = False
    """Whether it is a binary format, converted in a process of its own that such a file can break without harm."""

    @property
    def module(self) -> str:
        """The whole name of the converter's module."""
        return f"{__package__}.{self.converter}"

    @property
    def missing(self) -> str:
        """What must be installed before such a file is read; "" where nothing must."""
        if not self.package or find_spec(self.package) is not None:
            return ""
        return f"{self.name} needs the extra `documents`: pip install 'chatbot[documents]'"

    def convert(self, data: bytes) -> Converted:
        """What a file of this format says. Raises KnowledgeError, and UnicodeDecodeError."""
        if self.missing:
            raise KnowledgeError(self.missing)
        if self.apart:
            from chatbot.retrieval.formats.apart import ours

            return ours.convert(self.module, data)
        convert: Callable[..., Converted] = import_module(self.module).convert
        return convert(data, self.language) if self.language else convert(data)


_PLAIN = Format("plain text", "plain_text")
_SETTINGS = Format("settings", "source_code", language="settings")
"""Lines in which a number sign is no heading."""

_LANGUAGES = {
    "python": ".py .pyi .pyw",
    "javascript": ".js .jsx .mjs .cjs",
    "typescript": ".ts .tsx .mts .cts",
    "java": ".java",
    "csharp": ".cs",
    "c": ".c .h",
    "cpp": ".cc .cpp .cxx .hh .hpp .hxx .cu .cuh",
    "go": ".go",
    "rust": ".rs",
    "ruby": ".rb",
    "php": ".php",
    "kotlin": ".kt .kts",
    "swift": ".swift",
    "scala": ".scala",
    "lua": ".lua",
    "shell": ".sh .bash .zsh",
    "r": ".r",
    "julia": ".jl",
    "perl": ".pl .pm",
    "sql": ".sql",
}
"""Programming languages, and the endings of their files."""

FORMATS: Mapping[str, Format] = {
    **dict.fromkeys((".md", ".markdown", ".mdx"), Format("Markdown", "markdown")),
    **dict.fromkeys((".txt", ".text", ".log", ".adoc", ".asciidoc", ".org", ".tex"), _PLAIN),
    **dict.fromkeys((".rst", ".rest"), Format("reStructuredText", "structured_text")),
    **dict.fromkeys((".html", ".htm", ".xhtml"), Format("HTML", "web_page")),
    **dict.fromkeys((".csv", ".tsv"), Format("CSV", "delimited")),
    ".json": Format("JSON", "json_text"),
    **dict.fromkeys((".jsonl", ".ndjson"), Format("JSON Lines", "json_lines")),
    **{
        ending: Format("source code", "source_code", language=language)
        for language, endings in _LANGUAGES.items()
        for ending in endings.split()
    },
    **dict.fromkeys(
        (".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".proto", ".graphql", ".tf", ".gradle"),
        _SETTINGS,
    ),
    ".ipynb": Format("notebook", "notebook"),
    ".eml": Format("e-mail", "mail"),
    ".pdf": Format("PDF", "pdf", "pypdfium2", apart=True),
    **dict.fromkeys((".docx", ".docm"), Format("Word", "word", "mammoth", apart=True)),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx"), Format("PowerPoint", "slides", apart=True)),
    **dict.fromkeys(
        (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), Format("spreadsheet", "sheets", "python_calamine", apart=True)
    ),
    ".epub": Format("EPUB", "epub", apart=True),
}
"""By file ending, in small letters."""

_PLAIN_NAMES = "readme license licence copying notice authors contributors changelog changes news history todo install"
_SETTINGS_NAMES = "makefile gnumakefile dockerfile containerfile jenkinsfile procfile"
_RUBY_NAMES = "rakefile gemfile vagrantfile"

NAMES: Mapping[str, Format] = {
    **dict.fromkeys(_PLAIN_NAMES.split(), _PLAIN),
    **dict.fromkeys(_SETTINGS_NAMES.split(), _SETTINGS),
    **dict.fromkeys(_RUBY_NAMES.split(), FORMATS[".rb"]),
}
"""By the whole name of a file that has no ending, in small letters."""


WRITTEN_BY_PROGRAMS = frozenset({"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "composer-lock.json"})
"""Names of files that are long and say nothing to people."""

LOCKS = "~$"
"""How the names of files begin that office programs keep beside one that is open."""


def format_of(path: Path) -> Format | None:
    """The format of a file by its name; None where files of such a name are not read."""
    return FORMATS.get(path.suffix.lower()) if path.suffix else NAMES.get(path.name.lower())
