from pathlib import Path

from catalog.importers.python import LoadedFile, Problem
from catalog.importers.python.registry import Registry
from mcphub import tool


@tool
def add(a: int, b: int) -> int:
    return a + b


@tool
def sub(a: int, b: int) -> int:
    return a - b


ADD, SUB = add.__mcphub__, sub.__mcphub__


def file(key: str, *entries: object, problem: Problem | None = None) -> LoadedFile:
    return LoadedFile(key, key, Path(f"{key}.py"), tuple(entries), problem)  # type: ignore[arg-type]


def test_function_is_found_by_source_kind_and_name() -> None:
    registry = Registry()
    registry.replace(file("a", ADD))
    assert registry.get("a", "tool", "add") is ADD
    assert registry.get("b", "tool", "add") is None
    assert registry.get("a", "prompt", "add") is None


def test_reloaded_file_loses_what_it_no_longer_has_and_others_nothing() -> None:
    registry = Registry()
    registry.replace(file("a", ADD))
    registry.replace(file("b", ADD))
    registry.replace(file("a", SUB))
    assert registry.get("a", "tool", "add") is None
    assert registry.get("a", "tool", "sub") is SUB
    assert registry.get("b", "tool", "add") is ADD


def test_file_with_a_problem_keeps_its_functions() -> None:
    registry = Registry()
    registry.replace(file("a", ADD))
    registry.replace(file("a", problem=Problem("a.py", 1, "broken")))
    assert registry.get("a", "tool", "add") is ADD


def test_every_file_that_was_run_is_known_also_one_that_failed_or_offers_nothing() -> None:
    registry = Registry()
    assert registry.keys == frozenset()
    registry.replace(file("a"))
    registry.replace(file("b", problem=Problem("b.py", 1, "broken")))
    assert registry.keys == {"a", "b"}
