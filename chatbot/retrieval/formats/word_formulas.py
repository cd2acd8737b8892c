"""Equations of Word in a line: `x=(-b±√(b^2-4ac))/2a`.

In: an element of Office's mathematical markup. Out: its text, with the marks by which people write fractions, powers,
indices, roots and sums in a line; of what it does not know the letters in their order.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

_BETWEEN = {"f": ("num", "/", "den"), "sSup": ("e", "^", "sup"), "sSub": ("e", "_", "sub")}
"""What stands on both sides of a mark."""


def formula(element: Element) -> str:
    """The line."""
    name = element.tag.rpartition("}")[2]
    if name == "t":
        return element.text or ""
    if name in _BETWEEN:
        left, mark, right = _BETWEEN[name]
        return f"{_grouped(element, left)}{mark}{_grouped(element, right)}"
    if name == "sSubSup":
        return f"{_grouped(element, 'e')}_{_grouped(element, 'sub')}^{_grouped(element, 'sup')}"
    if name == "rad":
        return f"{_inner(element, 'deg')}√{_grouped(element, 'e')}"
    if name == "d":
        inside = ", ".join(formula(each) for each in element.findall(f"{_M}e"))
        return f"{_said(element, 'begChr', '(')}{inside}{_said(element, 'endChr', ')')}"
    if name == "nary":
        bounds = [f"{mark}{_grouped(element, bound)}" for mark, bound in (("_", "sub"), ("^", "sup"))]
        return (
            _said(element, "chr", "∫") + "".join(each for each in bounds if len(each) > 1) + f" {_inner(element, 'e')}"
        )
    if name in ("oMathPara", "eqArr", "m"):
        return "; ".join(filter(None, map(formula, element)))
    between = " " if name == "mr" else ""
    return between.join(formula(each) for each in element if not each.tag.endswith("Pr"))


def _inner(element: Element, name: str) -> str:
    found = element.find(f"{_M}{name}")
    return "" if found is None else formula(found)


def _grouped(element: Element, name: str) -> str:
    """A part, in brackets where it is more than a word or a number."""
    text = _inner(element, name)
    return text if text.isalnum() or not text else f"({text})"


def _said(element: Element, name: str, usual: str) -> str:
    """A sign that the element names."""
    found = element.find(f"{element.tag}Pr/{_M}{name}")
    return usual if found is None else found.get(f"{_M}val", "")
