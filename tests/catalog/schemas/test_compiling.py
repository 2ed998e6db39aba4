import socket
from typing import Any

import pytest

from catalog.errors import SchemaRefused
from catalog.schemas import Validator, compiling, validators

INTEGER = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    compiling._cache.clear()


def test_value_that_fits_has_no_problem() -> None:
    assert Validator(INTEGER).problem({"a": 1}) is None


def test_value_that_does_not_fit_is_told_by_path_and_rule() -> None:
    problem = Validator(INTEGER).problem({"a": "x"})
    assert problem == "/a: 'x' is not of type 'integer'"


def test_schemas_of_a_definition_are_compiled_once() -> None:
    first = validators("h", {"inputSchema": INTEGER, "outputSchema": {"type": "object"}})
    assert validators("h", {"inputSchema": {"type": "array"}}) is first
    assert [each and each.problem({"a": "x"}) is None for each in first] == [False, True]


def test_definition_without_schemas_has_no_validators() -> None:
    assert validators("h", {"name": "about"}) == (None, None)


def test_oldest_unused_validator_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "CACHE_LIMIT", 2)
    first, second = (validators(sha, {"inputSchema": INTEGER}) for sha in "ab")
    assert validators("a", {}) is first
    validators("c", {"inputSchema": INTEGER})
    assert validators("a", {}) is first
    assert validators("b", {"inputSchema": INTEGER}) is not second


def test_remote_reference_is_not_fetched_even_unchecked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/schema"
        with pytest.raises(SchemaRefused):
            Validator({"$ref": address})
        with pytest.raises(BlockingIOError):
            server.accept()


def test_backtracking_pattern_does_not_compile_even_unchecked() -> None:
    with pytest.raises(SchemaRefused):
        Validator({"properties": {"a": {"pattern": r"(a)\1"}}})


@pytest.mark.parametrize("value", [{1: 2}, {"a": "\ud800"}, {"a": object()}])
def test_value_that_is_no_json_is_a_problem_and_no_error(value: Any) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "minLength": 3}}}
    assert "JSON" in (Validator(schema).problem(value) or "")
