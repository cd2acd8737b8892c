"""Names of tools as the chat-completions protocol can carry them: letters, digits, `_` and `-`, at most 64 of them."""

from __future__ import annotations

import hashlib
import re


def wire_name(name: str) -> str:
    """The name with what the protocol does not allow replaced by _; what is longer than it allows ends in a hash."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    if 0 < len(safe) <= 64:
        return safe
    return f"{safe[:55]}_{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
