"""The calculator as a tool: arithmetic, percentages, units and dates, as people and models write them."""

from __future__ import annotations

from chatbot.errors import ToolError
from chatbot.tools.questions import answered
from chatbot.tools.tool import tool

MAX_LENGTH = 1_000


@tool(impact="none", timeout=5.0)
def calculate(expression: str) -> str:
    """Compute exactly: arithmetic, percentages, units and dates. Use it for every calculation instead of your head.

    Knows + - * / // (floor), mod, ** or ^, !, parentheses, pi, e, tau, and
    sqrt cbrt root(x, n) exp ln log(x, base) log2 log10 sin cos tan asin acos atan (radians; 30° works) degrees radians
    abs floor ceil round(x, places) min max sum mean (average, avg) median pow(x, n) mod gcd lcm factorial comb perm.
    Percent: 15% of 80; 200 + 10% is 220; 20% off 50; what percent is 5 of 20; percent change from 80 to 100.
    Units: 5 km in miles; 72 °F to °C; 10 km / 45 min in km/h; 180 cm in feet and inches; 17:40 - 9:15. A year
    is 365.2425 days and a month a twelfth of it, except in dates.
    Dates: days between 2026-01-01 and 2026-11-20; 2026-11-20 + 90 days; weekday of 2026-11-20; days until 2026-12-31.
    Results that are not exact are marked by ≈.

    Args:
        expression: The expression, such as (1234.5 * 3 - 7) / 2 or 26.2 miles in km.
    """
    if len(expression) > MAX_LENGTH:
        raise ToolError(f"the expression is longer than {MAX_LENGTH:,} characters")
    return answered(expression)
