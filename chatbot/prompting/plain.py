r"""A model's reply as plain text: what answers are read from.

Takes out a model's thinking, Markdown emphasis, LaTeX and calculator marks, and writes typographic signs as ASCII.
What marks an answer by its form alone (`\boxed{}`, `<answer>`, a line that begins with `####`) becomes a mark that no
reply can contain. Changes no words. Linear in the length of the text, of which it takes at most `MOST` characters.
"""

from __future__ import annotations

import re

MOST = 100_000
"""Characters, from the end of the reply: answers stand there, and no model in use writes more at once."""

BOXED, END_BOXED, LINE = "\ue000", "\ue001", "\ue002"
"""Marks around an answer in a box, and before one that has a line of its own."""

_THINKING = re.compile(r"<(?:think|thinking|thought|reasoning|scratchpad)>", re.IGNORECASE)
_THOUGHT = re.compile(r"</(?:think|thinking|thought|reasoning|scratchpad)>", re.IGNORECASE)
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−﹣－‒", "-"),
        **dict.fromkeys("\u00a0\u2007\u2008\u2009\u200a\u202f\u3000", " "),
        **dict.fromkeys("‘’ʼ＇", "'"),
        **dict.fromkeys("“”„«»＂", '"'),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\ue000\ue001\ue002", ""),
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
        "：": ":",
        "。": ". ",
        "，": ", ",
        "（": "(",
        "）": ")",
        "＝": "=",
        "％": "%",
        "＄": "$",
        "⁄": "/",
        "∕": "/",
        "\r": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
        "\x0b": "\n",
        "\x0c": "\n",
    }
)
_COMMANDS = (
    (re.compile(r"<<[^<>\n]{0,200}>>"), ""),  # the calculator's marks in gsm8k
    (re.compile(r"\{,\}|\\[!,;:]"), "\ue003"),  # thin space, or a comma without space: between digits a separator
    (re.compile(r"(?<=\d)\ue003(?=\d{3})"), ","),
    (re.compile(r"\ue003|\\ |~(?=\d)"), " "),
    (re.compile(r"\\[dtc]?frac\s*\{([^{}]{1,80})\}\s*\{([^{}]{1,80})\}"), r" \1/\2 "),
    (re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)"), r" \1/\2 "),
    (
        re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mathit|operatorname|emph|mbox|textrm)\s*\{([^{}]{0,400})\}"),
        r"\1",
    ),
    (re.compile(r"\\sqrt\s*\{([^{}]{1,80})\}"), r"√\1"),
    (re.compile(r"\^\s*\{?\\circ\}?|\\degree"), "°"),
    (re.compile(r"\\(?:times|cdot|ast)\b"), "×"),
    (re.compile(r"\\div\b"), "÷"),
    (re.compile(r"\\(?:approx|simeq)\b"), "≈"),
    (re.compile(r"\\pi\b"), "π"),
    (re.compile(r"\\(?:Rightarrow|implies|rightarrow|to)\b"), "→"),
    (re.compile(r"\\(?:left|right|displaystyle|quad|qquad|boldsymbol|bf|big|Big)\b"), ""),
    (re.compile(r"\\[()\[\]]"), " "),
    (re.compile(r"\\([%$&#_{}])"), r"\1"),
    (re.compile(r"\\\\(?:\[[^\]\n]{0,20}\])?"), "\n"),
    (re.compile(r"\$\$"), " "),
    (re.compile(r"(?<![\w*])\*(?![*\s])([^*\n]{1,300})(?<!\s)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?![_\s])([^_\n]{1,300})(?<!\s)_(?!\w)"), r"\1"),
    (re.compile(r"\*\*|(?<!\w)__|__(?!\w)|~~|`"), ""),
    (re.compile(r"</?(?:b|i|u|em|strong|p|span|div|br|code|mark|sup|sub)\s{0,9}/?>", re.IGNORECASE), " "),
)
_TAG = re.compile(r"<(/?)(?:final[_ -]?)?answer>", re.IGNORECASE)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?=\{)|\\boxed\s+(?=\S)")
_HASHES = re.compile(r"^[ \t]*####[ \t]+(?=\S)", re.MULTILINE)
_BRACES = re.compile(r"[{}]")


def plain(text: str) -> str:
    """The text without markup, with the marks. Empty where the model was still thinking when it ended."""
    text = _HASHES.sub(LINE, _boxes(without_thinking(text[-MOST:]).translate(_SIGNS)))
    text = _TAG.sub(lambda tag: END_BOXED if tag[1] else BOXED, text)
    for pattern, replacement in _COMMANDS:
        text = pattern.sub(replacement, text)
    return text.strip()


def bare(text: str) -> str:
    """A short text without markup, marks, quotes around it, and the punctuation at its end; spaces become single."""
    before = None
    while text != before and len(text) <= MOST:
        before = text
        text = re.sub(f"[{BOXED}{END_BOXED}{LINE}]", " ", plain(text))
        text = " ".join(text.split()).rstrip(".,;:!").strip()
        if len(text) > 1 and (text[0], text[-1]) in _PAIRS and text[0] not in text[1:-1] and text[-1] not in text[1:-1]:
            text = text[1:-1]
    return text


_PAIRS = {('"', '"'), ("'", "'"), ("$", "$"), ("(", ")"), ("[", "]"), ("{", "}"), ("*", "*"), ("_", "_")}


def without_thinking(text: str) -> str:
    """What stands behind the thinking, up to thinking that does not end."""
    closed = max((closing.end() for closing in _THOUGHT.finditer(text)), default=0)
    opened = _THINKING.search(text, closed)
    return text[closed : opened.start() if opened else None]


def _boxes(text: str) -> str:
    r"""Boxes as marks: `\boxed{x}` may hold braces itself, so they are counted."""
    pieces, at = [], 0
    for box in _BOX.finditer(text):
        if box.start() < at:
            continue  # a box in a box
        inside, end = _braced(text, box.end())
        pieces += [text[at : box.start()], BOXED, inside.replace("\n", " "), END_BOXED]
        at = end
    return "".join([*pieces, text[at:]])


def _braced(text: str, start: int) -> tuple[str, int]:
    """What stands in the braces that begin at `start`, and where they end; a single word where there are none."""
    if text[start : start + 1] != "{":
        word = re.compile(r"[^\s$\\]{0,40}").match(text, start)
        return (word[0], word.end()) if word else ("", start)
    depth = 0
    for brace in _BRACES.finditer(text, start, start + 1_000):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return text[start + 1 : brace.start()], brace.end()
    return "", start + 1
