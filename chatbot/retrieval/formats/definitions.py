"""Where the functions and classes of source code begin and end, told by lines alone.

In: the lines of a file and its language. Out: its definitions in order, each with its lines and its name with the names
around it. A definition begins at a line that says so in its language, and lasts until a line that is indented as little
or less, the bracket or `end` that closes it aside. That needs no grammar of each language, and holds for code that is
being written; measured against tree-sitter's grammars by `eval/benchmarks/code_outlines.py`. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LONGEST = 400
"""Characters of a line that are looked at."""

_NAME = r"(?P<name>[A-Za-z_$][\w$]*)"
_CALLED = r"\s*(?:<[^(]*>)?\s*\("
_NO_FUNCTION = r"(?!(?:if|for|while|switch|catch|return|else|new|throw|case|do|try|with|sizeof|delete|await|yield)\b)"
_MODIFIERS = (
    r"(?:(?:public|private|protected|internal|static|final|abstract|override|virtual|async|sealed|partial|default|open"
    r"|readonly|synchronized|native|extern|unsafe|export|declare|inline|constexpr|explicit|data|suspend|inner|lateinit"
    r"|operator|required|convenience|mutating|fileprivate|implicit|case|lazy|companion|tailrec|strictfp|transient|actual|expect|infix|external)\s+)*"
)
_TYPE = r"(?:[A-Za-z_][\w.:]*(?:\s*<(?:[^;=(){}<>]|<[^;=(){}<>]*>)*>)?[\[\]?&*\s]+)"
"""A type or a word like it, with the space or mark behind it, before the name of what has it."""

Patterns = Sequence[tuple[str, re.Pattern[str]]]


def _patterns(*pairs: tuple[str, str]) -> Patterns:
    return tuple((kind, re.compile(pattern)) for kind, pattern in pairs)


_TYPES = ("class", rf"{_MODIFIERS}(?:enum\s+)?(?:class|interface|enum|struct|record|trait|object|protocol)\s+{_NAME}")

_C_LIKE = _patterns(
    (
        "class",
        rf"(?:typedef\s+)?(?:template\s*<.*>\s*)?(?:class|struct|union|enum(?:\s+class)?)\s+{_NAME}[^;=()]*(?:\{{.*)?$",
    ),
    ("namespace", r"(?:inline\s+)?namespace\s+(?P<name>[\w:]+)"),
    (
        "function",
        rf"{_NO_FUNCTION}(?:extern\s+\"C\"\s+)?(?:{_TYPE}{{1,7}}|(?![A-Z_0-9]+\())"
        r"(?P<name>[A-Za-z_~][\w:~]*|(?:\w+::)?operator\S{1,3})\s*\((?!\s*\")[^;]*(?:\{.*)?$",
    ),
)

_JAVA_LIKE = _patterns(
    _TYPES,
    ("namespace", r"namespace\s+(?P<name>[\w.]+)"),
    (
        "member",
        rf"{_NO_FUNCTION}{_MODIFIERS}(?:<[^()]{{1,80}}>\s*)?{_NO_FUNCTION}{_TYPE}{{1,5}}{_NAME}\s*\([^;]*(?:=>.*)?$",
    ),
    ("member", rf"(?:(?:public|private|protected|internal)\s+)?{_NAME}\s*\([^;]*\{{$"),
)

_JAVASCRIPT = _patterns(
    (
        "class",
        rf"(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:class|interface|enum|namespace)\s+{_NAME}",
    ),
    ("class", rf"(?:export\s+)?type\s+{_NAME}(?:<.*>)?\s*="),
    ("function", rf"(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:async\s+)?function\s*\*?\s*{_NAME}"),
    (
        "function",
        rf"(?:export\s+)?(?:const|let|var)\s+{_NAME}\s*(?::[^=]*)?=\s*(?:async\s+)?"
        r"(?:function\b|\([^()]*(?:\([^()]*\)[^()]*)*\)\s*(?::[^=]{1,80})?=>|[A-Za-z_$][\w$]*\s*=>|\([^)]*$)",
    ),
    (
        "member",
        rf"{_NO_FUNCTION}(?:(?:static|async|get|set|public|private|protected|readonly|override|abstract)\s+)*[*#]?"
        rf"{_NO_FUNCTION}{_NAME}{_CALLED}[^;]*\{{\s*$",
    ),
    ("function", r"(?:module\.)?exports\.(?P<name>[\w$]+)\s*=\s*(?:async\s+)?(?:function\b|\(.*=>)"),
    ("function", r"(?P<name>[\w$]+(?:\.[\w$]+)+)\s*=\s*(?:async\s+)?function\b"),
)

LANGUAGES: dict[str, Patterns] = {
    "python": _patterns(("class", rf"class\s+{_NAME}"), ("function", rf"(?:async\s+)?def\s+{_NAME}")),
    "javascript": _JAVASCRIPT,
    "typescript": _JAVASCRIPT,
    "java": _JAVA_LIKE,
    "csharp": _JAVA_LIKE,
    "c": _C_LIKE,
    "cpp": _C_LIKE,
    "go": _patterns(
        ("function", rf"func\s+{_NAME}"),
        ("method", r"func\s+\(\s*(?:\w+\s+)?\*?(?P<owner>\w+)[^)]*\)\s*(?P<name>\w+)"),
        ("class", rf"type\s+{_NAME}(?:\[.*\])?\s+(?:struct|interface)"),
    ),
    "rust": _patterns(
        (
            "function",
            r"(?:pub(?:\([^)]*\))?\s+)?(?:default\s+)?(?:const\s+)?(?:async\s+)?(?:unsafe\s+)?(?:extern\s+\"\w+\"\s+)?"
            rf"fn\s+{_NAME}",
        ),
        ("class", rf"(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?(?:struct|enum|trait|union)\s+{_NAME}"),
        (
            "class",
            r"(?:unsafe\s+)?impl\b(?:<[^{]*?>)?\s+(?:[^{]*?\bfor\s+)?(?:&\s*(?:mut\s+)?)?(?:\w+::)*(?P<name>\w+)",
        ),
        ("function", rf"macro_rules!\s+{_NAME}"),
        ("namespace", rf"(?:pub(?:\([^)]*\))?\s+)?mod\s+{_NAME}\s*\{{"),
    ),
    "ruby": _patterns(
        ("class", r"(?:class|module)\s+(?P<name>[A-Z][\w:]*)"),
        ("function", r"def\s+(?:self\.)?(?P<name>[\w]+[?!=]?|\[\]=?|[<=>+*/%!~-]{1,3})"),
    ),
    "php": _patterns(
        ("class", rf"{_MODIFIERS}(?:class|interface|trait|enum)\s+{_NAME}"),
        ("function", rf"{_MODIFIERS}function\s+&?{_NAME}"),
    ),
    "kotlin": _patterns(
        ("function", rf"{_MODIFIERS}fun\s+(?:<[^>]*>\s*)?(?:[\w<>?]+\.)?{_NAME}"),
        ("class", rf"{_MODIFIERS}(?:enum\s+|annotation\s+|value\s+)?(?:class|interface|object)\s+{_NAME}"),
    ),
    "swift": _patterns(
        ("function", rf"{_MODIFIERS}(?:class\s+)?func\s+{_NAME}"),
        ("function", rf"{_MODIFIERS}(?P<name>init)[?!]?\s*(?:<[^(]*>)?\("),
        ("class", rf"{_MODIFIERS}(?:class|struct|enum|protocol|extension|actor)\s+{_NAME}"),
    ),
    "scala": _patterns(
        ("function", rf"{_MODIFIERS}def\s+{_NAME}"),
        ("class", rf"{_MODIFIERS}(?:class|trait|object|enum)\s+{_NAME}"),
    ),
    "lua": _patterns(
        ("function", r"(?:local\s+)?function\s+(?P<name>[\w.:]+)"),
        ("function", r"(?:local\s+)?(?P<name>[\w.]+)\s*=\s*function\b"),
    ),
    "shell": _patterns(
        ("function", r"(?:function\s+)?(?P<name>[\w:.-]+)\s*\(\)"), ("function", rf"function\s+{_NAME}")
    ),
    "r": _patterns(("function", r"(?P<name>[\w.]+)\s*(?:<-|=)\s*function\b")),
    "julia": _patterns(
        ("function", r"(?:function|macro)\s+(?P<name>[\w.!]+)"),
        ("class", rf"(?:mutable\s+)?(?:struct|module|abstract\s+type)\s+{_NAME}"),
    ),
    "perl": _patterns(("function", rf"sub\s+{_NAME}"), ("namespace", r"package\s+(?P<name>[\w:]+)")),
    "sql": _patterns(
        (
            "definition",
            r"(?i:create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:unique\s+)?(?:table|view|materialized\s+view"
            r"|function|procedure|trigger|index|type)\s+(?:if\s+not\s+exists\s+)?(?P<name>[\w.\"`\[\]]+))",
        ),
    ),
}
"""How definitions begin in each language, behind the space before them: kind and pattern."""

_CLOSES = re.compile(r"(?:[\])}]+[;,)]*|end\b[\w\s]*|\*/|esac|fi|done|endif|endfunction)\s*(?://.*|#.*|--.*)?$")
_OPENS = re.compile(r"\s*(?:\{|where\b.*|begin|BEGIN)\s*$")
_ABOVE = re.compile(r"\s*(?:///?|/\*|\*|#(?!\s*(?:include|define|if|else|endif|pragma|undef))|--|@|\[\w.*\]\s*$|%|;)")
"""A comment or a mark of what follows: it belongs to the definition below it."""
_BETWEEN = re.compile(
    r"(?:#\s*(?:if|else|elif|endif|define|undef|pragma|region|endregion|include)|(?:public|private|protected)(?:\s+slots)?\s*:$)"
)
"""Lines that are indented as little as they like: of a preprocessor, and marks of access."""
_BODY = re.compile(r"\{|=>|;")
_QUOTES = {
    "csharp": '@"',
    **dict.fromkeys(("javascript", "typescript", "go"), "`"),
    **dict.fromkeys(("java", "kotlin", "scala", "swift", "julia"), '"""'),
}
"""What begins a text of several lines, whose lines are indented as little as they like. Its last mark ends it."""
_LONGEST_TEXT = 1_000
"""Lines."""
_LONGEST_HEAD = 25
"""Lines of parameters before the body of a function."""
_COMMENT = re.compile(r"\s*(?://|/\*|\*|#|--)")


@dataclass(frozen=True, slots=True)
class Definition:
    """Lines that define something."""

    first: int
    """Line, from 0."""
    after: int
    """The line behind the last."""
    kind: str
    """`function`, `class`, `method`, `namespace`, `definition`."""
    name: str
    """With what is around it: `Shop.order`."""


@dataclass(slots=True)
class _Open:
    """A definition whose end is not seen yet."""

    first: int
    indent: int
    kind: str
    name: str
    last: int
    """The last line that was seen to belong to it."""


def definitions(lines: Sequence[str], language: str) -> list[Definition]:
    """The definitions in a file, in order of their first lines; none in a language that is not known."""
    patterns = LANGUAGES.get(language, ())
    found = list(_found(lines, patterns, _QUOTES.get(language, ""))) if patterns else []
    return sorted(found, key=lambda definition: (definition.first, -definition.after))


def _found(lines: Sequence[str], patterns: Patterns, quote: str) -> Iterator[Definition]:
    needs_body = ("function", "member") if patterns in (_C_LIKE, _JAVA_LIKE) else ()
    waiting: list[_Open] = []
    above = 0  # where the comments right above this line begin
    text_ends = -1
    for number, line in enumerate(lines):
        if number <= text_ends:
            continue
        bare = line[:_LONGEST].strip()
        if not bare:
            above = number + 1
            continue
        indent = _indent(line)
        if _BETWEEN.match(bare):
            continue
        if _COMMENT.match(line):
            continue
        while waiting and indent <= waiting[-1].indent and not _goes_on(waiting[-1], bare, indent, number):
            yield _closed(waiting.pop())
        text_ends = _end_of_text(lines, number, quote)
        for each in waiting:
            each.last = max(number, text_ends)
        begun = _begun(bare, patterns, waiting[-1].kind if waiting else "")
        if begun and begun[0] in needs_body and not _has_body(lines, number):
            begun = None
        if begun:
            kind, name = begun
            waiting.append(_opened(kind, name, indent, number, above, waiting))
        if not _ABOVE.match(line):
            above = number + 1
    while waiting:
        yield _closed(waiting.pop())


def _opened(kind: str, name: str, indent: int, number: int, above: int, around: Sequence[_Open]) -> _Open:
    outer = around[-1] if around else None
    if kind == "member" or (outer and outer.kind == "class" and kind == "function"):
        kind = "method"
    first = max(above, outer.first + 1) if outer else above
    return _Open(min(first, number), indent, kind, f"{outer.name}.{name}" if outer else name, number)


def _goes_on(definition: _Open, bare: str, indent: int, number: int) -> bool:
    """Whether a line that is indented as little as the beginning of a definition still belongs to it."""
    if indent < definition.indent:
        return False
    if number == definition.last + 1 and (_OPENS.match(bare) or bare.startswith((")", ":", "->"))):
        return True
    return bool(_CLOSES.match(bare)) or (bare[0] in ")}]" and not bare.startswith("} else if"))


def _begun(bare: str, patterns: Patterns, around: str) -> tuple[str, str] | None:
    """Kind and name of the definition that a line begins. What a function holds is a part of it."""
    if around in ("function", "method"):
        return None
    for kind, pattern in patterns:
        if (kind != "member" or around == "class") and (match := pattern.match(bare)):
            owner = match.groupdict().get("owner")
            return kind, f"{owner}.{match['name']}" if owner else match["name"]
    return None


def _end_of_text(lines: Sequence[str], number: int, quote: str) -> int:
    """The last line of a text of several lines that begins on this one; this line where none does."""
    line = lines[number]
    if not quote or quote not in line or line.count(quote[-1]) % 2 == 0:
        return number
    for after in range(number + 1, min(len(lines), number + _LONGEST_TEXT)):
        if lines[after].count(quote[-1]) % 2:
            return after
    return number


def _has_body(lines: Sequence[str], number: int) -> bool:
    """Whether what begins on a line has a body: a bracket or an arrow comes before the statement's end."""
    for line in lines[number : number + _LONGEST_HEAD]:
        if found := _BODY.search(line[:_LONGEST]):
            return found[0] != ";"
    return False


def _closed(definition: _Open) -> Definition:
    return Definition(definition.first, definition.last + 1, definition.kind, definition.name)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t")) + 3 * line.count("\t", 0, len(line) - len(line.lstrip("\t")))
