"""mcphub: the Django-native hub for MCP. Tool authors import from here; everything else is wiring."""

from catalog.authoring import (
    AnswerError,
    Audio,
    AuthoringWarning,
    CallError,
    ClientCannot,
    Context,
    Elicited,
    File,
    Image,
    Root,
    Sampled,
    Secret,
    ToolError,
    prompt,
    resource,
    tool,
)

__all__ = [
    "AnswerError",
    "Audio",
    "AuthoringWarning",
    "CallError",
    "ClientCannot",
    "Context",
    "Elicited",
    "File",
    "Image",
    "Root",
    "Sampled",
    "Secret",
    "ToolError",
    "prompt",
    "resource",
    "tool",
]
