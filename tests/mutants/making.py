"""Which mutants a file has: mutmut's operators, applied to all of the file.

mutmut's own runner leaves out what stands outside of functions, and changes a function only after
the modules are imported. These rooms are half tables, so only its operators are used here.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from tests.mutants.comparing import Change


@dataclass(frozen=True)
class Mutant:
    """One changed file: its path below the repository and its text before and after."""

    file: str
    source: str
    changed: str

    def change(self) -> Change:
        """Return what was changed in words that hold when lines move."""
        before, after, line = _differing(self.source.splitlines(), self.changed.splitlines())
        return Change(self.file, _where(self.source, line), before, after)


class _Everywhere(MutationVisitor):
    """Takes decorated functions too, which mutmut's runner could not exchange; knows no pragmas."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        decorated = isinstance(node, cst.FunctionDef) and bool(node.decorators)
        return not decorated and super()._skip_node_and_children(node)


def mutants(base: Path, file: str) -> Iterator[Mutant]:
    """Yield the mutants of a file; what is no Python is left out."""
    source = (base / file).read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Everywhere(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    for each in visitor.mutations:
        changed = deep_replace(wrapper.module, each.original_node, each.mutated_node)
        assert isinstance(changed, cst.Module)
        if _is_python(changed.code):
            yield Mutant(file, source, changed.code)


def _is_python(text: str) -> bool:
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _differing(old: list[str], new: list[str]) -> tuple[str, str, int]:
    """Return the lines that differ, each side joined to one, and the number of their first."""
    first = next((i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    last = 1
    while last <= min(len(old), len(new)) - first and old[-last] == new[-last]:
        last += 1
    sides = (lines[first : len(lines) - last + 1] for lines in (old, new))
    before, after = (" ".join(" ".join(line.split()) for line in side) for side in sides)
    return before, after, first + 1


def _where(source: str, line: int) -> str:
    """Return the dotted names of the classes and functions around a line; "" outside of any."""
    names, body = [], ast.parse(source).body
    while holder := next((node for node in body if _holds(node, line)), None):
        names.append(holder.name)
        body = holder.body
    return ".".join(names)


def _holds(node: ast.stmt, line: int) -> bool:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and node.lineno <= line <= (node.end_lineno or 0)
