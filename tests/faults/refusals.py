"""Faults that a service, or a proxy before it, says by a status: those that pass and those that do not."""

from __future__ import annotations

from functools import partial

from chat_server import Scene, answers, refuses

from chatbot.errors import AccessRefused, ContextOverflow, ModelRefused, ModelUnreachable
from faults.fault import Fault, fault, refused, whole

_refusal = partial(fault, "refusal")

A_LITTLE = {"Retry_After": "0.05"}


def _passing(name: str, status: int, **headers: str) -> Fault:
    return _refusal(name, refuses(status, "later", **headers), whole(requests=2), passes=True)


def _page(title: str, status: int) -> Scene:
    """A proxy's page."""
    return answers(
        f"<html><head><title>{status} {title}</title></head><body><center>nginx</center></html>", "text/html", status
    )


THROTTLES = (
    _passing("429 and a wait", 429, **A_LITTLE),
    _passing("429 and no word of when", 429),
    _passing("429 and a date that has passed", 429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
    _passing("429 and a wait that is none", 429, Retry_After="soon"),
    _passing("429 and a wait below nothing", 429, Retry_After="-5"),
    _passing("503 and a wait", 503, **A_LITTLE),
    _passing("529", 529, **A_LITTLE),
)

PASSING = (
    _passing("500", 500, **A_LITTLE),
    _passing("502 with a web page", 502, **A_LITTLE),
)

_STAYS = {"Retry_After": "0"}

LASTING = (
    _refusal("429 that stays", refuses(429, "later", **_STAYS), refused(ModelUnreachable, "429", requests=3)),
    _refusal("503 that stays", refuses(503, "later", **_STAYS), refused(ModelUnreachable, "503", requests=3)),
    _refusal("500 that stays", refuses(500, "later", **_STAYS), refused(ModelUnreachable, "500", requests=3)),
    _refusal("429 and a wait of an hour", refuses(429, "later", Retry_After="3600"), refused(ModelUnreachable, "429")),
    _refusal("429 and a wait of ages", refuses(429, "later", Retry_After="9" * 400), refused(ModelUnreachable, "429")),
    _refusal(
        "429 for a quota that is used up",
        refuses(429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, **_STAYS),
        refused(AccessRefused, "no quota left"),
    ),
    _refusal("401", refuses(401, "Incorrect API key", **_STAYS), refused(AccessRefused, "asks for a key")),
    _refusal("403", refuses(403, "not from here", **_STAYS), refused(says="asks for a key")),
    *(
        _refusal(f"{status}", refuses(status, "not this one", **_STAYS), refused(says="refuses the request"))
        for status in (400, 405, 413, 415, 422)
    ),
    _refusal("404", refuses(404, "no such thing", **_STAYS), refused()),
    _refusal("409", refuses(409, "in conflict", **_STAYS), refused(ModelUnreachable, "409")),
    _refusal("501", refuses(501, "not here", **_STAYS), refused(ModelUnreachable, "501")),
    _refusal("504", refuses(504, "too slow", **_STAYS), refused(ModelUnreachable, "504", billed=True)),
    _refusal(
        "400 for a request that is too long",
        refuses(400, {"error": {"message": "too long", "code": "context_length_exceeded"}}),
        refused(ContextOverflow),
    ),
    _refusal(
        "a proxy's page: the gateway took too long",
        _page("Gateway Time-out", 504),
        refused(ModelUnreachable, "an HTML page", billed=True),
    ),
    _refusal(
        "a proxy's page: the origin took too long",
        _page("A timeout occurred", 524),
        refused(ModelUnreachable, "524", billed=True),
    ),
    _refusal(
        "a proxy that wants to know who asks", _page("Proxy Authentication Required", 407), refused(ModelRefused, "407")
    ),
    _refusal(
        "a network that wants to know who asks",
        _page("Network Authentication Required", 511),
        refused(ModelUnreachable, "511"),
    ),
    _refusal("a status of 999", refuses(999, "no"), refused(ModelUnreachable, "999")),
    _refusal("a refusal without a word", Scene((), 400, {}), refused(says="refuses the request")),
    _refusal("a refusal that is no JSON", answers("{nope", status=400), refused(says="refuses the request")),
    _refusal(
        "a refusal that is not UTF-8",
        Scene((b"\xff\xfe\xfd",), 400, {"Content-Type": "text/plain"}),
        refused(says="refuses the request"),
    ),
    _refusal(
        "a refusal with a list for an error",
        refuses(400, {"error": [1, {"a": None}]}),
        refused(says="refuses the request"),
    ),
    _refusal(
        "a refusal that is nested deeply", answers("[" * 100_000, status=400), refused(says="refuses the request")
    ),
    _refusal(
        "a refusal with control characters",
        refuses(400, "\x1b[2J\x1b]0;owned\x07 no"),
        refused(says="refuses the request"),
    ),
    _refusal(
        "a refusal that breaks off",
        Scene((b'{"error"',), 400, {"Content-Type": "application/json"}, end="cut"),
        refused(ModelRefused),
    ),
    _refusal(
        "a refusal that calls itself a stream",
        Scene((b'data: {"error": {"message": "no"}}\n\n',), 400),
        refused(says="refuses the request"),
    ),
)

REFUSAL_FAULTS = (*THROTTLES, *PASSING, *LASTING)
