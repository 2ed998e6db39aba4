"""doctor/faults.py: every fault is told whole, and every code that is used is there."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from accounts.doctor.faults import FAULTS

ROOM = Path(settings.BASE_DIR) / "accounts" / "doctor"
TELLING = {"Failed", "fault", "remark"}
"""What is called with a code first."""


@pytest.mark.parametrize("code", FAULTS)
def test_fault_says_what_why_and_how_it_is_put_right(code):
    for text in FAULTS[code]:
        assert text[0].isupper() and text.rstrip().endswith((".", ")"))


def test_codes_that_steps_use_are_explained_and_no_other_is():
    used = {code for path in ROOM.rglob("*.py") for code in codes_in(path.read_text())}
    assert used == set(FAULTS)


def test_code_is_found_however_it_gets_to_where_it_is_told():
    planted = """
def step(case, refused):
    code = "assigned_one" if case.url == "no_code" else "assigned_other"
    case.fault(code)
    case.remark(returned("no_code"))
    raise Failed(refused, "no_code")

def returned(word):
    return "returned_one" if word == "no_code" else "returned_other"

step(None, "passed_on")
raise Failed("written")
"""
    ways = {"assigned_one", "assigned_other", "returned_one", "returned_other"}
    assert set(codes_in(planted)) == {*ways, "passed_on", "written"}


def codes_in(source: str) -> Iterator[str]:
    """Yield the codes that a module tells, also by way of a name or a function of its own."""
    nodes = list(ast.walk(ast.parse(source)))
    for node in nodes:
        if isinstance(node, ast.Call) and node.args and _called(node) in TELLING:
            yield from _texts(node.args[0], nodes)


def _texts(value: ast.AST | None, nodes: list[ast.AST]) -> Iterator[str]:
    """Yield the texts that a value can be."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*_texts(one, nodes), *_texts(other, nodes))
        case ast.Name(id=name):
            for given in _given(name, nodes):
                yield from _texts(given, nodes)
        case ast.Call():
            for function in _functions(_called(value), nodes):
                for node in ast.walk(function):
                    if isinstance(node, ast.Return):
                        yield from _texts(node.value, nodes)


def _given(name: str, nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """Yield what a name is assigned, and what is passed to a function that calls it so."""
    for node in nodes:
        if isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets):
            yield node.value
        elif isinstance(node, ast.Call):
            for function in _functions(_called(node), nodes):
                places = dict(zip((arg.arg for arg in function.args.args), node.args, strict=False))
                if name in places:
                    yield places[name]


def _functions(name: str, nodes: list[ast.AST]) -> Iterator[ast.FunctionDef]:
    return (node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == name)


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]
