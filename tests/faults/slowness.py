"""Faults of time: what comes too slowly, or never. Only the request's own time-out ends most of them."""

from __future__ import annotations

from functools import partial

from chat_server import DONE, SILENT, Scene, delta, raw, streams, usage

from faults.fault import WORDS, answer, by_hand, fault, half, headers_of, late, sends, slowly, unsent, whole

_time = partial(fault, "time")

LONG = 60.0
"""Seconds for which a server that stalls says nothing: more than anybody waits, the peers of the benchmark included."""

DRIPS = int(LONG / 0.05)

STALLS = (
    _time("silent", SILENT, late()),
    _time("stalls in its words", lambda form: sends(form, half(form), LONG), late()),
    _time("stalls in its headers", raw(b"HTTP/1.1 200 OK\r\nContent-Ty", LONG), late()),
    _time("stalls after its headers", lambda form: raw(by_hand(form, body=b""), LONG), late()),
    _time(
        "stalls in a chunk size",
        lambda form: raw(by_hand(form, head="Transfer-Encoding: chunked\r\n", body=b"1"), LONG),
        late(),
    ),
    _time("a refusal that stalls", Scene((b"{", LONG, b"}"), 400, headers_of("body")), late()),
)

DRIPPING = (
    _time("drips headers", raw(b"HTTP/1.1 200 OK\r\n", *slowly(*[b"X-Slow: 1\r\n"] * DRIPS)), late()),
    _time("drips 'processing'", raw(*slowly(*[b"HTTP/1.1 102 Processing\r\n\r\n"] * DRIPS)), late()),
    _time(
        "drips a byte a second",
        lambda form: sends(form, *slowly(*(answer(form)[at : at + 1] for at in range(60)), pause=1.0)),
        late(),
    ),
    _time(
        "drips comments",
        lambda form: sends(form, *slowly(*[b": ping\n\n" if form == "stream" else b" \n"] * DRIPS)),
        late(),
    ),
    _time(
        "drips pings",
        lambda form: sends(form, *slowly(*[b"event: ping\ndata: {}\n\n" if form == "stream" else b"\t"] * DRIPS)),
        late(),
    ),
    _time(
        "drips words", lambda form: sends(form, *slowly(*([WORDS[0]] if form == "stream" else [b" "]) * DRIPS)), late()
    ),
    _time(
        "drips comments among its words",
        lambda form: sends(
            form,
            WORDS[0] if form == "stream" else b" ",
            *slowly(*[b": ping\n\n" if form == "stream" else b" "] * DRIPS),
        ),
        late(),
    ),
    _time("a refusal that drips", Scene((b"{", *slowly(*[b" "] * DRIPS)), 500, headers_of("body")), late()),
)

CONNECTING = (
    _time("lets nobody in", SILENT, unsent(""), door="lets nobody in"),
    _time("says nothing in the handshake", SILENT, unsent(""), door="says nothing"),
)

IN_TIME = (
    _time(
        "slow, but in time",
        lambda form: sends(form, *slowly(half(form), answer(form)[len(half(form)) :], pause=0.4)),
        whole(),
    ),
    _time("stalls after the last event", lambda form: sends(form, answer(form), LONG), whole(), body=late()),
    _time(
        "drips after the last event",
        lambda form: sends(form, answer(form), *slowly(*[b": ping\n\n" if form == "stream" else b" "] * DRIPS)),
        whole(),
        body=late(),
    ),
    _time(
        "stalls between its reason and [DONE]",
        lambda form: (
            streams(*WORDS, delta("stop"), LONG, usage(), DONE) if form == "stream" else sends(form, answer(form), LONG)
        ),
        whole(),
        body=late(),
    ),
)

TIME_FAULTS = (*STALLS, *DRIPPING, *CONNECTING, *IN_TIME)
