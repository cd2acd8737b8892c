"""Faults before any HTTP: TLS, and connections that come about badly or not at all."""

from __future__ import annotations

from functools import partial

from chat_server import Scene, raw

from faults.fault import (
    ELSEWHERE,
    WORDS,
    Form,
    answer,
    breaks,
    by_hand,
    cut,
    fault,
    lies,
    no_http,
    sends,
    unsent,
    whole,
)

_tls = partial(fault, "TLS")


def _good(form: Form) -> Scene:
    return sends(form, answer(form))


CONNECTION_FAULTS = (
    _tls("TLS as it should be", _good, whole(), door="TLS"),
    _tls("a certificate for another host", _good, unsent("secure connection"), door="TLS for another host"),
    _tls("a certificate of nobody we know", _good, unsent("secure connection"), door="TLS of nobody we know"),
    _tls("a certificate that has expired", _good, unsent("secure connection"), door="TLS that has expired"),
    _tls("a server that wants a certificate", _good, unsent("", billed=True), door="TLS that wants a certificate"),
    _tls("closed in the handshake", _good, unsent(""), door="closes at once"),
    _tls("TLS cut before the answer", raw(end="cut"), breaks(), door="TLS"),
    _tls("TLS cut within the answer", lambda form: sends(form, answer(form)[:90], end="cut"), breaks(), door="TLS"),
    _tls(
        "TLS torn down within the answer",
        lambda form: sends(form, answer(form)[:90], 0.05, end="reset"),
        breaks(),
        door="TLS",
    ),
    _tls(
        "TLS closed without a word, without a reason",
        lambda form: raw(by_hand(form, body=b"".join(WORDS) if form == "stream" else answer(form, None)), end="cut"),
        cut("truncated"),
        door="TLS",
    ),
    _tls("TLS cut after a whole answer", lambda form: raw(by_hand(form), end="cut"), whole(), door="TLS"),
    _tls("no HTTP within TLS", raw(b"\x00\x01\x02\r\n\r\n"), no_http(), door="TLS"),
    _tls(
        "a redirect to a place without TLS",
        Scene((), 307, {"Location": f"{ELSEWHERE}/chat/completions"}),
        lies("redirects", billed=False),
        door="TLS",
    ),
)
