"""Content blocks: the newest shape converted to what an older revision knows.

Source: schema/<revision>.json, ContentBlock (2025-03-26 has text, image, audio and resource).
"""

from typing import Any

from servers.protocol.revisions import Revision


def shape_block(block: dict[str, Any], revision: Revision) -> dict[str, Any]:
    """Return one content block as the revision knows it."""
    if block["type"] == "resource_link" and not revision.has_resource_links:
        return {"type": "text", "text": f"{block.get('name', '')}: {block['uri']}"}
    return block
