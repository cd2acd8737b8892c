"""What an MCP tool returned, as the text that a model reads.

Text and resources are given as they are. Structured content is given as JSON unless the text says the same already, as
servers are asked to do for older clients. Pictures, sound and binary files are named with their type and size: a text
model could not read them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp.types import BlobResourceContents, CallToolResult, ContentBlock, TextResourceContents


def as_text(result: CallToolResult) -> str:
    """All that the result holds, a block under the other."""
    blocks = [_block(block) for block in result.content]
    if result.structured_content is not None and not _is_told(result):
        blocks.append(json.dumps(result.structured_content, ensure_ascii=False))
    return "\n\n".join(blocks) or "done; there is no result"


def _block(block: ContentBlock) -> str:
    match block.type:
        case "text":
            return block.text
        case "image" | "audio":
            return f"[{block.type}: {block.mime_type}, {_size(block.data)}; it cannot be shown here]"
        case "resource_link":
            about = f": {block.description}" if block.description else ""
            return f"[resource {block.uri}, {block.title or block.name}{about}]"
        case "resource":
            return _resource(block.resource)


def _resource(resource: TextResourceContents | BlobResourceContents) -> str:
    text = getattr(resource, "text", None)
    if isinstance(text, str):
        return f"[resource {resource.uri}]\n{text}"
    data = str(getattr(resource, "blob", ""))
    return f"[resource {resource.uri}: {resource.mime_type or 'binary'}, {_size(data)}; it cannot be shown here]"


def _size(base64: str) -> str:
    return f"{len(base64) * 3 // 4 - base64[-2:].count('='):,} bytes"


def _is_told(result: CallToolResult) -> bool:
    """Whether the text says what the structured content does: the same JSON, or a list's items one by one."""
    texts = [block.text for block in result.content if block.type == "text"]
    wanted = result.structured_content
    inner = wanted["result"] if isinstance(wanted, dict) and set(wanted) == {"result"} else wanted
    said = [_parsed(text) for text in texts]
    candidates = [_parsed("".join(texts)), said, *([said[0], texts[0]] if len(texts) == 1 else [])]
    return any(_same(candidate, value) for candidate in candidates for value in (wanted, inner)) or inner == texts


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _same(one: object, other: object) -> bool:
    """Equal as JSON, where true is not 1."""
    return one == other and json.dumps(one, sort_keys=True, default=str) == json.dumps(
        other, sort_keys=True, default=str
    )
