"""An author's file for the tests: everything that is no plain text, and a tool that waits."""

from typing import TypedDict

from mcphub import Audio, File, Image, prompt, resource, tool
from tests import gates

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
WAV = b"RIFF\x00\x00\x00\x00WAVE"
BYTES = bytes(range(256))


class Person(TypedDict):
    name: str
    age: int


@tool(title="Somebody", read_only=True)
async def person(name: str) -> Person:
    """Tell of somebody."""
    return {"name": name, "age": 7}


@tool(read_only=True)
async def numbers(count: int) -> list[int]:
    """Count."""
    return list(range(count))


@tool(read_only=True)
async def media():
    """Show, play and hand over."""
    return ["words", Image(PNG), Audio(WAV), File(BYTES, "bytes.bin"), File("é".encode(), "e.txt")]


@tool(read_only=True)
async def wait(text: str) -> str:
    """Say something back once a test lets go."""
    gates.done.append(text)
    await gates.opened.wait()
    return text


@resource("media://bytes", title="Bytes", mime_type="application/octet-stream")
async def content() -> bytes:
    """All the bytes there are."""
    return BYTES


@resource("media://picture", mime_type="image/png")
async def picture() -> Image:
    """A picture."""
    return Image(PNG)


@prompt(title="Look")
async def look(at: str) -> list[object]:
    """Look at a picture."""
    return [f"Look at {at}.", Image(PNG), Audio(WAV)]
