"""What authors of tools, resources and prompts import.

Pure: hints and values in, JSON-able definitions and MCP content out. It knows no database, no
transport and no MCP library, so an author's file can be read and tested on its own.
"""

from catalog.authoring.context import Context
from catalog.authoring.decorators import prompt, resource, tool
from catalog.authoring.eliciting import Elicited
from catalog.authoring.errors import (
    AnswerError,
    AuthoringWarning,
    CallError,
    ClientCannot,
    ToolError,
)
from catalog.authoring.media import Audio, File, Image
from catalog.authoring.roots import Root
from catalog.authoring.sampled import Sampled
from catalog.authoring.secret import Secret

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
