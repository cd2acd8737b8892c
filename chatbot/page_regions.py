"""Which lines of a web page are its main text, and which stand around it on every page of its site.

In: tags in order with their attributes, and the page's lines, each with the region it lies in. Out: the lines of the
main text. Marks of the page decide where it has them: `main`, `article`, roles, and names of classes such as `sidebar`.
At both ends of what remains, lines that are links or a few words go, by the rule of Kohlschütter et al. ("Boilerplate
detection using shallow text features", WSDM 2010), which tells them by their words and links and those beside them.
Where that would leave too little, it does less: what is lost cannot be found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

MAIN, BESIDE, NOT_TOLD = "main", "beside", ""

_MAIN_TAGS = frozenset({"main", "article"})
_BESIDE_TAGS = frozenset({"footer", "aside", "nav"})
_MAIN_ROLES = frozenset({"main", "article"})
_BESIDE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "menu", "menubar"}
)
_MAIN_NAMES = re.compile(
    r"(?:^|[\s_-])(?:article-?body|entry-?content|post-?content|post-?body|story-?body|article-?content|main-?content"
    r"|markdown-body|mw-parser-output|body-?copy|content-?body|article-?text|story-?content)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BESIDE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|side-?bar|\w*sidebar|footer|site-?footer|breadcrumbs?|cookies?|consent|gdpr"
    r"|share|sharing|social|related|recommend\w*|comments?|disqus\w*|advert\w*|ads?|promo\w*|sponsor\w*|newsletter|subscribe"
    r"|subscription|pop-?up|modal|toc|pagination|pager|tags|masthead|site-?header|skip-?link|outbrain|taboola|trending"
    r"|most-?(?:read|popular|viewed)|headerlink|editsection|mw-editsection|noprint|byline|author-?bio|widget)(?:$|[\s_-])",
    re.IGNORECASE,
)

_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_TAGS = frozenset("div section main article aside footer header nav ul ol form table span a p figure".split())
"""Elements that may be regions."""

_MARKED, _UNMARKED = 0.25, 0.3
"""Shares that a main text has at least: of what is not marked as beside it where it is marked, else of all."""

_KEPT = 0.8
"""Share of the text that is not links that is left when its ends have gone; else they are text."""

_LIST = 4
"""Links that make a list."""

_FEWEST = 200
"""Characters that a main text has at least."""

_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page's text."""

    text: str
    region: str = NOT_TOLD
    linked: int = 0
    """Its characters that are links."""

    @property
    def words(self) -> int:
        """How many there are; in scripts without spaces two characters count as one."""
        return len(self.text.split()) + len(_WITHOUT_SPACES.findall(self.text)) // 2

    @property
    def is_linked(self) -> bool:
        """Whether more than a third of it is links."""
        return 3 * self.linked > len(self.text)


@dataclass(slots=True)
class _Region:
    tag: str
    kind: str
    depth: int = 1


@dataclass(slots=True)
class Regions:
    """Follows the tags of a page."""

    _open: list[_Region] = field(default_factory=list)

    def begin(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        """A tag opens."""
        if tag not in _TAGS:
            return
        kind = _kind(tag, attributes)
        if kind:
            self._open.append(_Region(tag, kind))
            return
        for region in reversed(self._open):
            if region.tag == tag:
                region.depth += 1
                return

    def end(self, tag: str) -> None:
        """A tag closes, with what was left open in it."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].tag == tag:
                self._open[at].depth -= 1
                if not self._open[at].depth:
                    del self._open[at:]
                return

    @property
    def kind(self) -> str:
        """What the text lies in now: something beside the main text, wherever that is, or the main text."""
        kinds = {region.kind for region in self._open}
        return BESIDE if BESIDE in kinds else MAIN if MAIN in kinds else NOT_TOLD


def _kind(tag: str, attributes: Sequence[tuple[str, str | None]]) -> str:
    given = dict(attributes)
    if "hidden" in given or _INVISIBLE.search(given.get("style") or ""):
        return BESIDE
    role = (given.get("role") or "").lower()
    if tag in _BESIDE_TAGS or role in _BESIDE_ROLES:
        return BESIDE
    if tag in _MAIN_TAGS or role in _MAIN_ROLES:
        return MAIN
    names = f"{given.get('id') or ''} {given.get('class') or ''}"[:500]
    if _MAIN_NAMES.search(names) or given.get("itemprop") == "articleBody":
        return MAIN
    return BESIDE if _BESIDE_NAMES.search(names) else NOT_TOLD


def main_lines(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines of the main text, in order."""
    marked = [line for line in lines if line.region == MAIN]
    unmarked = [line for line in lines if line.region != BESIDE]
    if _size(marked) >= max(_FEWEST, _MARKED * _size(unmarked)):
        return _trimmed(marked)
    if _size(unmarked) >= max(_FEWEST, _UNMARKED * _size(lines)):
        return _trimmed(unmarked)
    return lines


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.text) - line.linked for line in lines)


def _trimmed(lines: Sequence[Line]) -> Sequence[Line]:
    """Without the lines at both ends that are no text; headings stay with what is below them."""
    full = [at for at, line in enumerate(lines) if line.text]
    texts = [at for number, at in enumerate(full) if _is_text(lines, full, number)]
    if not texts:
        return lines
    first, last = texts[0], texts[-1]
    while first and (not lines[first - 1].text or lines[first - 1].text.startswith("#")):
        first -= 1
    kept = lines[first : last + 1]
    return _without_lists_of_links(kept if _size(kept) >= _KEPT * _size(lines) else lines)


def _without_lists_of_links(lines: Sequence[Line]) -> Sequence[Line]:
    """Without lines that are nothing but links where there are several in a row."""
    kept: list[Line] = []
    for are_links, run in groupby(lines, lambda line: not line.text or 10 * line.linked > 8 * len(line.text)):
        found = list(run)
        if not are_links or sum(bool(line.text) for line in found) < _LIST:
            kept += found
        else:
            kept.append(Line(""))
    return kept


def _is_text(lines: Sequence[Line], full: Sequence[int], number: int) -> bool:
    line = lines[full[number]]
    before = lines[full[number - 1]] if number else Line("")
    after = lines[full[number + 1]] if number + 1 < len(full) else Line("")
    if line.text.startswith(("```", "|")):
        return True
    if line.is_linked:
        return False
    if before.is_linked and 9 * before.linked > 5 * len(before.text):
        return line.words > 40 or after.words > 17
    return line.words > 16 or after.words > 15 or before.words > 4
