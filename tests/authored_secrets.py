"""An author's file for the tests: everything that takes or gives a secret."""

from dataclasses import dataclass
from typing import Any

from mcphub import Context, Secret, ToolError, prompt, resource, tool


@dataclass
class Login:
    """Who logs in, and with what."""

    user: str
    phrase: Secret


@tool(read_only=True)
async def login(
    city: str, phrase: Secret, ways: list[Login], notes: dict[str, Any]
) -> dict[str, Any]:
    """Repeat all of it, in every form a result has."""
    said = phrase.reveal()
    notes["moved"] = notes.pop("api_key", "")
    return {"city": city, "said": f"you said {said}", "ways": [way.user for way in ways], **notes}


@tool(
    read_only=True,
    input_schema={
        "type": "object",
        "properties": {
            "box": {"$ref": "#/$defs/box"},
            "codes": {"type": "array", "items": {"type": "string", "writeOnly": True}},
        },
        "additionalProperties": {"type": "string"},
        "$defs": {"box": {"type": "object", "properties": {"combination": {"writeOnly": True}}}},
    },
)
async def unlock(arguments: dict[str, Any]) -> str:
    """Say what was given."""
    return str(arguments)


@tool(read_only=True)
async def refuse(phrase: Secret) -> str:
    """Fail, and repeat the secret."""
    raise ToolError(f"{phrase.reveal()} is wrong")


@tool(read_only=True)
async def asks(phrase: Secret, ctx: Context) -> str:
    """Ask for another secret, and repeat it."""
    answer = await ctx.elicit(
        "Your pin?", {"type": "object", "properties": {"pin": {"type": "string"}}}
    )
    return f"thanks, {len(str(answer))}"


@resource("secret://{name}/{token}", mime_type="text/plain")
async def door(name: str, token: str) -> str:
    """A page behind a token."""
    return f"{name} came with {token}"


@prompt
async def opening(about: str, password: str, phrase: Secret) -> str:
    """Ask with a password."""
    return f"Open {about} with {password} and {phrase.reveal()}."
