"""mcphub: the Django-native hub for MCP. Tool authors import from here; everything else is wiring."""

from catalog.authoring import (
    Audio,
    Context,
    File,
    Image,
    Secret,
    ToolError,
    prompt,
    resource,
    tool,
)

__all__ = [
    "Audio",
    "Context",
    "File",
    "Image",
    "Secret",
    "ToolError",
    "prompt",
    "resource",
    "tool",
]
