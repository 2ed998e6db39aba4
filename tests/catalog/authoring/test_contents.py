"""What resources and prompts return."""

import dataclasses
from typing import Any

import mcp_types
import pytest

from catalog.authoring import File, Image
from catalog.authoring.contents import prompt_messages, resource_contents
from catalog.authoring.errors import ResultError

PNG = b"\x89PNG\r\n\x1a\n"
URI = "x://y"


@dataclasses.dataclass
class Wind:
    speed: int


@pytest.mark.parametrize(
    ("value", "declared", "content"),
    [
        ("hi", None, {"mimeType": "text/plain", "text": "hi"}),
        ("<p>", "text/html", {"mimeType": "text/html", "text": "<p>"}),
        ({"a": 1}, None, {"mimeType": "application/json", "text": '{"a":1}'}),
        (["a"], None, {"mimeType": "application/json", "text": '["a"]'}),
        (Wind(3), None, {"mimeType": "application/json", "text": '{"speed":3}'}),
        (b"\x00", None, {"mimeType": "application/octet-stream", "blob": "AA=="}),
        (b"a", "text/csv", {"mimeType": "text/csv", "text": "a"}),
        (PNG, None, {"mimeType": "image/png", "blob": "iVBORw0KGgo="}),
        (File(b"{}", "a.json"), None, {"mimeType": "application/json", "text": "{}"}),
    ],
)
def test_resource_content(value: Any, declared: str | None, content: dict[str, str]) -> None:
    assert resource_contents(value, URI, declared) == [{"uri": URI, **content}]


def test_resource_with_several_files_has_several_contents() -> None:
    found = resource_contents([Image(PNG), "caption"], URI, None)
    assert [one["mimeType"] for one in found] == ["image/png", "text/plain"]


def test_resource_of_nothing_is_refused() -> None:
    with pytest.raises(ResultError, match="returned None"):
        resource_contents(None, URI, None)


@pytest.mark.parametrize(
    ("value", "roles", "kinds"),
    [
        ("hi", ["user"], ["text"]),
        (["a", "b"], ["user", "user"], ["text", "text"]),
        (Image(PNG), ["user"], ["image"]),
        (["look", Image(PNG)], ["user", "user"], ["text", "image"]),
        ([{"role": "assistant", "content": "yes"}], ["assistant"], ["text"]),
        ({"role": "user", "content": {"type": "text", "text": "x"}}, ["user"], ["text"]),
        ({"role": "user", "content": File(b"x", "a.txt")}, ["user"], ["resource"]),
        ({"a": 1}, ["user"], ["text"]),
    ],
)
def test_prompt_messages(value: Any, roles: list[str], kinds: list[str]) -> None:
    found = prompt_messages(value)
    for message in found:
        mcp_types.PromptMessage.model_validate(message)
    assert [one["role"] for one in found] == roles
    assert [one["content"]["type"] for one in found] == kinds


@pytest.mark.parametrize("value", [None, [None], {"role": "system", "content": "x"}])
def test_message_from_nobody_is_refused(value: Any) -> None:
    with pytest.raises(ResultError):
        prompt_messages(value)
