"""What a service answered, byte for byte: kept before anything makes sense of it, so that no reading of it loses it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class RawReply:
    """One response to one request. Its body grows as bytes come in, by the hand of the client alone; others look on.

    An encoding that the service insisted on (gzip) has been undone; the framing of HTTP is not a part of it.
    """

    status: int
    request_id: str = ""
    """The service's own name for the request, which its support asks for; empty where it gives none."""
    body: bytearray = field(default_factory=bytearray)
    key: str = field(default="", repr=False)
    """The key that went along with the request. A service may repeat it in what it answers; it is not kept."""
