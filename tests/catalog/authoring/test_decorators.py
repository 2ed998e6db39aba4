"""What a declaration becomes, and which ones are refused at import."""

import json
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Literal

import mcp_types
import pytest
from pydantic import AfterValidator, Field

from catalog.authoring import Context, Image, prompt, resource, tool
from catalog.authoring.authored import Authored, authored_on
from catalog.authoring.errors import ArgumentError, AuthoringError


class Unit(Enum):
    C = "c"


def read(function: object) -> Authored:
    found = authored_on(function)
    assert found is not None
    return found


def test_bare_decorator_keeps_the_function_callable() -> None:
    @tool
    def add(a: int, b: int) -> int:
        return a + b

    assert add(1, 2) == 3
    assert read(add).function is add


def test_tool_definition_is_complete_and_valid() -> None:
    @tool(name="sum.up", title="Sum", description="Adds.", read_only=True, open_world=False)
    def add(a: int, b: int = 2) -> int:
        return a + b

    definition = read(add).definition
    mcp_types.Tool.model_validate(definition)
    assert json.loads(json.dumps(definition)) == {
        "name": "sum.up",
        "title": "Sum",
        "description": "Adds.",
        "inputSchema": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 2}},
            "required": ["a"],
            "additionalProperties": False,
        },
        "outputSchema": {
            "type": "object",
            "properties": {"result": {"type": "integer"}},
            "required": ["result"],
        },
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
    }


def test_unsaid_hints_are_absent() -> None:
    @tool
    def plain() -> None: ...

    assert read(plain).definition == {
        "name": "plain",
        "inputSchema": {"type": "object", "properties": {}, "additionalProperties": False},
    }


def test_def_blocks_unless_told_otherwise_and_async_never_does() -> None:
    @tool
    def slow() -> None: ...

    @tool(blocking=False)
    def quick() -> None: ...

    @tool(timeout=2.5, durable=True, tags=["a", "b"])
    async def waits() -> None: ...

    assert (read(slow).blocking, read(quick).blocking, read(waits).blocking) == (True, False, False)
    assert (read(slow).is_async, read(waits).is_async) == (False, True)
    assert (read(waits).timeout, read(waits).durable, read(waits).tags) == (2.5, True, ("a", "b"))


@pytest.mark.parametrize("optional", [False, True])
def test_context_is_known_and_left_out_of_the_schema(optional: bool) -> None:
    hint: Any = Context | None if optional else Context

    def look(a: int, where: hint) -> None: ...

    found = read(tool(look))
    assert found.context_parameter == "where"
    assert list(found.definition["inputSchema"]["properties"]) == ["a"]
    assert found.bind({"a": 1}) == {"a": 1}


def test_bind_fills_defaults_and_names_path_and_rule() -> None:
    @tool
    def find(word: str, limit: Annotated[int, Field(ge=1)] = 5) -> None: ...

    assert read(find).bind({"word": "x"}) == {"word": "x", "limit": 5}
    with pytest.raises(ArgumentError) as caught:
        read(find).bind({"word": "x", "limit": -7})
    assert caught.value.path == "limit"
    assert "greater than or equal to 1" in caught.value.rule
    assert "-7" not in str(caught.value)


def test_unknown_argument_is_refused_with_a_bounded_path() -> None:
    @tool
    def nothing() -> None: ...

    with pytest.raises(ArgumentError) as caught:
        read(nothing).bind({"x" * 9999: 1})
    assert len(caught.value.path) == 200


def test_mutable_default_is_not_shared_between_calls() -> None:
    @tool
    def collect(into: list[int] = []) -> None: ...  # noqa: B006

    read(collect).bind({})["into"].append(1)
    assert read(collect).bind({}) == {"into": []}


def test_field_as_default_counts_as_no_default() -> None:
    @tool
    def find(limit: int = Field(ge=1), page: int = Field(default=1), name: str = "x") -> None: ...

    assert read(find).definition["inputSchema"]["required"] == ["limit"]
    assert read(find).bind({"limit": 2}) == {"limit": 2, "page": 1, "name": "x"}


def test_resource_definition() -> None:
    @resource("weather://cities", title="Cities", mime_type="text/csv")
    def cities() -> str:
        """All of them."""
        return ""

    found = read(cities)
    mcp_types.Resource.model_validate(found.definition)
    assert found.convert_resource("a,b", "weather://cities")[0]["mimeType"] == "text/csv"
    assert (found.kind, found.definition) == (
        "resource",
        {
            "name": "cities",
            "uri": "weather://cities",
            "title": "Cities",
            "description": "All of them.",
            "mimeType": "text/csv",
        },
    )


def test_template_variables_are_matched_and_typed() -> None:
    @resource("weather://{city}/{days}")
    def forecast(city: str, days: int) -> str:
        return city * days

    found = read(forecast)
    mcp_types.ResourceTemplate.model_validate(found.definition)
    assert found.definition == {"name": "forecast", "uriTemplate": "weather://{city}/{days}"}
    variables = found.match("weather://Oslo/3")
    assert variables == {"city": "Oslo", "days": "3"}
    assert found.bind(variables) == {"city": "Oslo", "days": 3}
    assert found.match("weather://Oslo") is None


def test_prompt_arguments_are_listed_in_order() -> None:
    @prompt(title="Ask")
    def ask(topic: str, words: Annotated[int, Field(title="Length")] = 50) -> str:
        """Ask.

        Args:
            topic: what about
        """
        return f"{topic} {words}"

    found = read(ask)
    mcp_types.Prompt.model_validate(found.definition)
    assert found.definition["arguments"] == [
        {"name": "topic", "description": "what about", "required": True},
        {"name": "words", "title": "Length", "required": False},
    ]
    assert found.bind({"topic": "x", "words": "7"}) == {"topic": "x", "words": 7}


def test_optional_prompt_argument_may_be_any_scalar() -> None:
    @prompt
    def ask(size: int | None = None, mode: Literal["a", "b"] = "a", unit: Unit = Unit.C) -> str:
        return f"{size} {mode} {unit}"

    assert read(ask).bind({"size": "7", "unit": "c"}) == {"size": 7, "mode": "a", "unit": Unit.C}


def test_long_rule_is_cut() -> None:
    def refuse(value: int) -> int:
        raise ValueError("x" * 9999)

    @tool
    def check(a: Annotated[int, AfterValidator(refuse)]) -> None: ...

    with pytest.raises(ArgumentError) as caught:
        read(check).bind({"a": 1})
    assert len(caught.value.rule) == 400


def positional(a: int, /) -> None: ...
def many(*values: int) -> None: ...
def any_names(**values: int) -> None: ...
def unhinted(a) -> None: ...  # type: ignore[no-untyped-def]
def odd_type(a: Callable[[], int]) -> None: ...
def odd_class(a: "Authored") -> None: ...
def picture_in(a: Image) -> None: ...
def unknown_type(a: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def two_contexts(a: Context, b: Context) -> None: ...
def no_json_back() -> Callable[[], int]: ...  # type: ignore[empty-body]
def picture_within() -> dict[str, Image]: ...  # type: ignore[empty-body]
def generator():  # type: ignore[no-untyped-def]
    yield 1


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (positional, "'a' is positional-only"),
        (many, "'values' takes any number"),
        (any_names, "'values' takes any names"),
        (unhinted, "'a' has no type hint"),
        (odd_type, "parameter 'a': type"),
        (odd_class, "parameter 'a': type Authored"),
        (picture_in, "Image can only be returned"),
        (unknown_type, "a type hint is unreadable"),
        (two_contexts, "only one parameter"),
        (no_json_back, "no_json_back: type"),
        (picture_within, "Image can only be returned"),
        (generator, "a generator"),
        (len, "not a function"),
    ],
)
def test_impossible_function_is_refused_at_import(function: Any, sentence: str) -> None:
    with pytest.raises(AuthoringError, match=sentence):
        tool(function)


async def fine(a: int) -> None: ...


@pytest.mark.parametrize(
    ("decorator", "sentence"),
    [
        (tool(name="has blank"), "1 to 128"),
        (tool(name="x" * 129), "1 to 128"),
        (tool(name="newline\n"), "1 to 128"),
        (tool(timeout=0), "positive number"),
        (tool(timeout=float("inf")), "positive number"),
        (tool(timeout=float("nan")), "positive number"),
        (tool(tags="one"), "list of words"),
        (tool(read_only=True, destructive=True), "exclude each other"),
        (tool(blocking=True), "cannot be blocking"),
        (tool(durably=True), "no option 'durably'"),
        (tool(retries=3), "for jobs"),
        (tool(heavy=True), "for jobs"),
        (tool(job="sometimes"), 'job is True, False, "auto"'),
        (tool(job=2), 'job is True, False, "auto"'),
        (tool(job=True, retries=3), "only what is read_only or idempotent"),
        (tool(job=True, read_only=True, retries=11), "a whole number from 0 to 10"),
        (tool(job=True, read_only=True, retries=-1), "a whole number from 0 to 10"),
        (resource("x://y"), "no variable for 'a'"),
        (resource("no scheme"), "needs a scheme"),
        (resource("x://{b}/{a}"), "{b} in .* has no parameter"),
        (resource("x://{b}"), "has no parameter"),
        (resource("x://{a"), "without its partner"),
    ],
)
def test_wrong_bracket_is_refused_at_import(decorator: Any, sentence: str) -> None:
    with pytest.raises(AuthoringError, match=sentence):
        decorator(fine)


def test_resource_without_brackets_is_refused() -> None:
    with pytest.raises(AuthoringError, match="needs a URI"):
        resource(fine)  # type: ignore[arg-type]


def test_a_function_is_declared_once() -> None:
    @tool
    def twice() -> str:
        return ""

    with pytest.raises(AuthoringError, match="only once"):
        prompt(twice)


@pytest.mark.parametrize("decorator", [prompt, resource("x://{a}")])
def test_what_text_cannot_fill_is_refused(decorator: Any) -> None:
    def wants_list(a: list[int]) -> str:
        return ""

    with pytest.raises(AuthoringError, match="arrives as text"):
        decorator(wants_list)
