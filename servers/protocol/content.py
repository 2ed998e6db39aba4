"""Content blocks: the newest shape converted to what an older revision knows.

Source: schema/<revision>.json, ContentBlock, Annotations. What a block says is never lost: a kind that
a revision does not know becomes one that it does.
"""

from collections.abc import Callable
from typing import Any

from servers.protocol.revisions import (
    V2024_11_05,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
    Revision,
)

Block = dict[str, Any]
# kind of block -> the revision that brought it
SINCE: dict[str, Revision] = {
    "text": V2024_11_05,
    "image": V2024_11_05,
    "resource": V2024_11_05,
    "audio": V2025_03_26,
    "resource_link": V2025_06_18,
}
# key of a block, of the resource in one, or of its annotations -> the revision that brought it
KEYS_SINCE: dict[str, Revision] = {
    "_meta": V2025_06_18,
    "lastModified": V2025_06_18,
    "icons": V2025_11_25,
}
FIRST_MIME = "application/octet-stream"


def shape_block(block: Block, revision: Revision) -> Block:
    """Return one content block as the revision knows it."""
    kind = block["type"]
    if kind == "text" and len(block) == 2:  # by far the most frequent, known to every revision
        return block
    since = SINCE.get(kind)
    if since is None:
        return shape_block(_link_to(block), revision)
    if not revision.since(since):
        return shape_block(_CONVERTED[kind](block), revision)
    return known_keys(block, revision)


_INNER = frozenset({"resource", "annotations"})


def known_keys(value: Block, revision: Revision) -> Block:
    """Return a block without the keys that came later, inside its resource and annotations too."""
    return {
        key: known_keys(part, revision) if key in _INNER and isinstance(part, dict) else part
        for key, part in value.items()
        if key not in KEYS_SINCE or revision.since(KEYS_SINCE[key])
    }


def _link_to(block: Block) -> Block:
    """Return a link in the place of a kind of content that no revision here knows."""
    mime, kind = str(block.get("mimeType") or FIRST_MIME), str(block["type"])
    uri = block.get("uri") or f"data:{mime};base64,{block.get('data', '')}"
    link = {"type": "resource_link", "uri": uri, "name": block.get("name") or kind}
    return {**link, "mimeType": mime, **_said_beside(block)}


def _audio_as_resource(block: Block) -> Block:
    """Return a recording as an embedded resource."""
    inner = {"uri": "attachment:///audio", "mimeType": block["mimeType"], "blob": block["data"]}
    return {"type": "resource", "resource": inner, **_said_beside(block)}


def _link_as_text(block: Block) -> Block:
    """Return a link as text that names it."""
    uri = str(block["uri"])
    where = uri if not uri.startswith("data:") else uri.partition(",")[0]  # the data is no text
    text = f"{block.get('name', '')}: {where}"
    return {"type": "text", "text": text, **_said_beside(block)}


def _said_beside(block: Block) -> Block:
    """Return what every kind of block may carry."""
    return {key: block[key] for key in ("annotations", "_meta") if key in block}


_CONVERTED: dict[str, Callable[[Block], Block]] = {
    "audio": _audio_as_resource,
    "resource_link": _link_as_text,
}
