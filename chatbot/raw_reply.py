"""What a service answered, byte for byte: kept before anything makes sense of it, so that no reading of it loses it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class RawReply:
    """One response to one request. Its body grows as bytes come in, by the hand of the client alone; others look on.

    What a service compresses though nobody asked for it stands here as it came; the framing of HTTP is no part of it.
    """

    status: int
    request_id: str = ""
    """The service's own name for the request, which its support asks for; empty where it gives none."""
    body: bytearray = field(default_factory=bytearray)
    key: str = field(default="", repr=False)
    """The key that went along with the request. A service may repeat it in what it answers; it is not kept."""
