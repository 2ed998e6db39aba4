import socket
from typing import Any

import pytest

from catalog.errors import SchemaRefused
from catalog.schemas import compiled, compiling

INTEGER = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    compiling._cache.clear()


def test_value_that_fits_has_no_problem() -> None:
    assert compiled("h", "inputSchema", INTEGER).problem({"a": 1}) is None


def test_value_that_does_not_fit_is_told_by_path_and_rule() -> None:
    problem = compiled("h", "inputSchema", INTEGER).problem({"a": "x"})
    assert problem == "/a: 'x' is not of type 'integer'"


def test_same_hash_and_part_are_compiled_once() -> None:
    first = compiled("h", "inputSchema", INTEGER)
    assert compiled("h", "inputSchema", {"type": "array"}) is first
    assert compiled("h", "outputSchema", INTEGER) is not first


def test_oldest_unused_validator_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "CACHE_LIMIT", 2)
    first, second = (compiled(sha, "inputSchema", INTEGER) for sha in "ab")
    assert compiled("a", "inputSchema", INTEGER) is first
    compiled("c", "inputSchema", INTEGER)
    assert compiled("a", "inputSchema", INTEGER) is first
    assert compiled("b", "inputSchema", INTEGER) is not second


def test_remote_reference_is_not_fetched_even_unchecked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/schema"
        with pytest.raises(SchemaRefused):
            compiled("h", "inputSchema", {"$ref": address})
        with pytest.raises(BlockingIOError):
            server.accept()


def test_backtracking_pattern_does_not_compile_even_unchecked() -> None:
    with pytest.raises(SchemaRefused):
        compiled("h", "inputSchema", {"properties": {"a": {"pattern": r"(a)\1"}}})


@pytest.mark.parametrize("value", [{1: 2}, {"a": "\ud800"}, {"a": object()}])
def test_value_that_is_no_json_is_a_problem_and_no_error(value: Any) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "minLength": 3}}}
    assert "JSON" in (compiled("h", "outputSchema", schema).problem(value) or "")
