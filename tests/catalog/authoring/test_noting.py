"""A file's declarations are noted while it runs, each name once, and only its own."""

from contextvars import copy_context

import pytest

from catalog.authoring.errors import AuthoringError
from catalog.authoring.noting import noting

TOOL = "from mcphub import tool\n@tool\ndef {name}() -> int: ...\n"


def run(name: str, module: str = "own") -> None:
    exec(TOOL.format(name=name), {"__name__": module})


def test_declarations_are_noted_in_order() -> None:
    with noting("own") as noted:
        run("b")
        run("a")
    assert [one.name for one in noted.found.values()] == ["b", "a"]


def test_second_of_a_name_is_refused() -> None:
    with noting("own"), pytest.raises(AuthoringError, match="two tools are named 'a'"):
        run("a")
        run("a")


def test_what_another_module_declares_is_its_own() -> None:
    with noting("own") as noted:
        run("a", module="other")
    assert noted.found == {}


def test_nothing_is_noted_once_the_file_has_run() -> None:
    with noting("own") as noted:
        pass
    run("a")
    run("a")
    assert noted.found == {}


def test_file_that_runs_meanwhile_has_a_list_of_its_own() -> None:
    def inner() -> list[str]:
        with noting("own") as noted:
            run("a")
        return [one.name for one in noted.found.values()]

    with noting("own") as noted:
        assert copy_context().run(inner) == ["a"]
        run("b")
    assert [one.name for one in noted.found.values()] == ["b"]
