"""A module's declarations are found, in order, and only its own."""

from types import ModuleType

import pytest

import mcphub
from catalog.authoring.errors import AuthoringError
from catalog.authoring.reading import authored_in


def module(source: str, name: str = "own") -> ModuleType:
    made = ModuleType(name)
    exec(f"from mcphub import prompt, tool\n{source}", vars(made))
    return made


def test_declarations_come_in_order_and_once() -> None:
    made = module(
        "@tool\ndef b() -> int: ...\n"
        "@prompt\ndef a() -> str: ...\n"
        "@tool(name='a')\ndef c() -> int: ...\n"
        "again = b\ndef plain(): ...\n"
    )
    found = [(one.kind, one.name) for one in authored_in(made)]
    assert found == [("tool", "b"), ("prompt", "a"), ("tool", "a")]


def test_imported_declaration_belongs_to_its_own_file() -> None:
    other = module("@tool\ndef theirs() -> int: ...", name="other")
    made = module("@tool\ndef ours() -> int: ...")
    vars(made)["theirs"] = vars(other)["theirs"]
    assert [one.name for one in authored_in(made)] == ["ours"]


def test_two_of_one_name_are_refused() -> None:
    made = module("@tool(name='x')\ndef a() -> int: ...\n@tool(name='x')\ndef b() -> int: ...")
    with pytest.raises(AuthoringError, match="two tools are named 'x'"):
        authored_in(made)


def test_mcphub_exports_what_authors_need() -> None:
    for name in mcphub.__all__:
        assert getattr(mcphub, name)
