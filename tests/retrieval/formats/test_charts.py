"""Charts as tables."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from chatbot.retrieval.formats.charts import MOST_POINTS, chart_text

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def points(kind: str, *values: str) -> str:
    made = "".join(f"<c:pt idx='{place}'><c:v>{value}</c:v></c:pt>" for place, value in enumerate(values) if value)
    return f"<c:{kind}><c:numRef><c:numCache>{made}</c:numCache></c:numRef></c:{kind}>"


def series(name: str, *content: str) -> str:
    return f"<c:ser><c:tx><c:strRef><c:v>{name}</c:v></c:strRef></c:tx>{''.join(content)}</c:ser>"


def chart(*content: str, title: str = "") -> str:
    head = f"<c:title><c:tx><c:rich><a:p><a:r><a:t>{title}</a:t></a:r></a:p></c:rich></c:tx></c:title>" if title else ""
    drawn = f"<c:chart>{head}<c:plotArea><c:barChart>{''.join(content)}</c:barChart></c:plotArea></c:chart>"
    return chart_text(fromstring(f"<c:chartSpace xmlns:c='{C}' xmlns:a='{A}'>{drawn}</c:chartSpace>"))


def test_a_category_is_a_row_and_a_series_a_column() -> None:
    shores = points("cat", "East", "West")
    made = chart(
        series("Sold", shores, points("val", "19.2", "0.30000000000000004")),
        series("Lent", shores, points("val", "", "7")),
        title="Boats by shore",
    )

    assert made == "Boats by shore\n\n|  | Sold | Lent |\n|---|---|---|\n| East | 19.2 |\n| West | 0.3 | 7 |"


def test_points_of_a_plane_have_their_first_number_for_a_name() -> None:
    assert chart(series("Tide", points("xVal", "1", "2"), points("yVal", "5", "6"))).endswith("| 1 | 5 |\n| 2 | 6 |")


def test_a_chart_without_numbers_says_nothing() -> None:
    assert chart(title="Empty") == ""
    assert chart(series("Tide", points("cat", "a"))) == ""


def test_of_a_curve_the_first_numbers_are_read() -> None:
    many = ["1"] * 1_000

    assert len(chart(series("Tide", points("cat", *many), points("val", *many))).splitlines()) == MOST_POINTS + 2
