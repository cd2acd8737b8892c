"""Charts of office files as tables: a row for each category, a column for each series.

In: the part of a chart, which keeps the numbers that it was last drawn with. Out: its title and its table with
Markdown's marks; "" for a chart without numbers.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from chatbot.retrieval.formats.table import table

MOST_POINTS = 200
"""Of a series; a chart of more shows a curve, not numbers."""

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def chart_text(chart: Element) -> str:
    """The title in a line, and the table below."""
    series = list(chart.iter(f"{_C}ser"))
    columns = [_points(each, "val", "yVal") for each in series]
    categories = next((found for each in series if (found := _points(each, "cat", "xVal"))), {})
    places = sorted({place for column in (categories, *columns) for place in column})[:MOST_POINTS]
    if not any(columns):
        return ""
    names = ["", *(" ".join(_texts(each.find(f"{_C}tx"))) for each in series)]
    rows = [[categories.get(place, ""), *(column.get(place, "") for column in columns)] for place in places]
    title = chart.find(f"{_C}chart/{_C}title")
    head = "" if title is None else "".join(each.text or "" for each in title.iter(f"{_A}t")).strip()
    shown, _ = table(enumerate([names, *rows]), header=any(names))
    return f"{head}\n\n{shown}".strip()


def _points(series: Element, *kinds: str) -> dict[int, str]:
    """What a series has at each place."""
    found = next((each for kind in kinds if (each := series.find(f"{_C}{kind}")) is not None), None)
    points = () if found is None else found.iter(f"{_C}pt")
    return {int(point.get("idx", "0")): _number(point.findtext(f"{_C}v") or "") for point in points}


def _texts(element: Element | None) -> list[str]:
    return [] if element is None else [each.text for each in element.iter(f"{_C}v") if each.text]


def _number(text: str) -> str:
    """With as many digits as spreadsheets keep."""
    try:
        return f"{float(text):.15g}"
    except ValueError:
        return text
