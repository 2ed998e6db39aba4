import os
import sys
import warnings
from pathlib import Path

import pytest

from catalog.importers.python import LoadedFile, Origin, Problem, file_origin, load

GOOD = """\
from __future__ import annotations
from dataclasses import dataclass
from mcphub import prompt, tool

@dataclass
class Place:
    name: str

@tool
def find(place: Place) -> str:
    return place.name

@prompt
def ask() -> str:
    return "?"
"""


def loaded(folder: Path, text: str, name: str = "weather") -> LoadedFile:
    path = folder / f"{name}.py"
    path.write_text(text)
    return load(file_origin(path))


def problem(folder: Path, text: str) -> Problem:
    found = loaded(folder, text)
    assert found.entries == ()
    assert found.problem is not None
    return found.problem


def test_declared_functions_are_entries(tmp_path: Path) -> None:
    found = loaded(tmp_path, GOOD)
    assert found.problem is None
    assert [(one.kind, one.name) for one in found.entries] == [("tool", "find"), ("prompt", "ask")]


def test_loading_leaves_the_import_path_and_its_names_alone(tmp_path: Path) -> None:
    path, before = list(sys.path), sys.modules.get("json")
    loaded(tmp_path, GOOD, name="json")
    loaded(tmp_path, GOOD, name="mcp")
    assert sys.path == path
    assert sys.modules.get("json") is before
    assert "mcp" not in sys.modules or str(tmp_path) not in str(sys.modules["mcp"].__file__)


def test_file_may_import_a_library_of_its_own_name(tmp_path: Path) -> None:
    assert loaded(tmp_path, "import json\njson.dumps", name="json").problem is None


def test_change_is_seen_even_with_size_and_time_the_same(tmp_path: Path) -> None:
    first = loaded(tmp_path, GOOD)
    times = first.path.stat()
    first.path.write_text(GOOD.replace("find", "seek"))
    os.utime(first.path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert load(file_origin(first.path)).entries[0].name == "seek"
    assert not (tmp_path / "__pycache__").exists()


def test_apps_file_may_import_beside_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "bookshop_app"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "prices.py").write_text("PRICE = 3")
    (package / "mcp.py").write_text("from .prices import PRICE\nassert PRICE == 3")
    monkeypatch.syspath_prepend(str(tmp_path))
    origin = Origin("app:bookshop", "bookshop", package / "mcp.py", package="bookshop_app")
    assert load(origin).problem is None
    assert "bookshop_app.mcp" not in sys.modules


BROKEN = {
    "a syntax error": ("x = 1\ny = = 2\n", 2, "SyntaxError: invalid syntax"),
    "a missing library": ("\nimport no_such_library\n", 2, "ModuleNotFoundError: No module named"),
    "an error of its own": (
        "def f():\n    1 / 0\n\nf()\n",
        2,
        "ZeroDivisionError: division by zero",
    ),
    "an error in a library it calls": ("import json\njson.loads('{')\n", 2, "JSONDecodeError"),
    "an exit": ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
    "an interrupt": ("raise KeyboardInterrupt\n", 1, "KeyboardInterrupt"),
    "what is no Exception": ("class B(BaseException): ...\nraise B('b')\n", 2, "B: b"),
    "a wrong declaration": (
        "from mcphub import tool\n\n@tool(timeout=-1)\ndef f(): ...\n",
        3,
        "AuthoringError: f: timeout",
    ),
    "two of one name": (
        "from mcphub import tool\n@tool(name='a')\ndef f(): ...\n@tool(name='a')\ndef g(): ...\n",
        4,
        "AuthoringError: two tools are named 'a'",
    ),
    "one def twice": (
        "from mcphub import tool\n@tool\ndef dupe() -> int: ...\n\n@tool\ndef dupe() -> str: ...\n",
        5,
        "AuthoringError: two tools are named 'dupe'",
    ),
    "one resource twice": (
        "from mcphub import resource\n@resource('a://a')\ndef f() -> str: ...\n"
        "@resource('a://b')\ndef f() -> str: ...\n",
        4,
        "AuthoringError: two resources are named 'f'",
    ),
    "one template twice": (
        "from mcphub import resource\n@resource('a://{x}')\ndef f(x: str) -> str: ...\n"
        "@resource('b://{x}')\ndef f(x: str) -> str: ...\n",
        4,
        "AuthoringError: two templates are named 'f'",
    ),
    "one prompt twice": (
        "from mcphub import prompt\n@prompt\ndef f() -> str: ...\n@prompt\ndef f() -> str: ...\n",
        4,
        "AuthoringError: two prompts are named 'f'",
    ),
    "a name twice in a loop": (
        "from mcphub import tool\ndef made():\n    def f() -> int: ...\n    return f\n"
        "for _ in range(2):\n    tool(name='a')(made())\n",
        6,
        "AuthoringError: two tools are named 'a'",
    ),
    "a byte that is no text": ("x = 'a\0b'\n", 0, "null bytes"),
}


@pytest.mark.parametrize(("text", "line", "cause"), BROKEN.values(), ids=BROKEN)
def test_broken_file_is_named_with_line_and_cause(
    tmp_path: Path, text: str, line: int, cause: str
) -> None:
    found = problem(tmp_path, text)
    assert (found.file, found.line) == (str(tmp_path / "weather.py"), line)
    assert cause in found.cause


def test_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    found = load(file_origin(tmp_path / "gone.py"))
    assert "gone.py: FileNotFoundError" in str(found.problem)


def test_refused_origin_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("raise SystemExit")
    found = load(Origin("k", "a", path, refusal="it is a twin"))
    assert str(found.problem) == f"{path}: it is a twin"


def test_problem_is_one_short_line(tmp_path: Path) -> None:
    line = str(problem(tmp_path, "raise ValueError('one\\ntwo' + 'x' * 1000)\n"))
    assert "weather.py, line 1: ValueError: one two" in line
    assert "\n" not in line
    assert len(line) < 800


def test_functions_declared_in_a_loop_and_kept_nowhere_are_entries(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "from mcphub import tool\n"
        "def made(word):\n    def say() -> str:\n        return word\n    return say\n"
        "for word in ('one', 'two'):\n    tool(name=f'say_{word}')(made(word))\n"
        "def kept_by_itself():\n    @tool\n    def inner() -> int: ...\n"
        "kept_by_itself()\n",
    )
    assert found.problem is None
    assert [one.name for one in found.entries] == ["say_one", "say_two", "inner"]
    assert [one.function() for one in found.entries[:2]] == ["one", "two"]


def test_functions_that_a_helper_made_belong_to_the_file_that_declares_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "makers_for_a_test.py").write_text(
        "from mcphub import tool\n"
        "def plain() -> int: ...\n"
        "def declare(name):\n    @tool(name=name)\n    def made() -> int: ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = loaded(
        tmp_path,
        "from mcphub import tool\nfrom makers_for_a_test import declare, plain\n"
        "tool(plain)\ndeclare('a')\ndeclare('b')\n",
    )
    assert [one.name for one in found.entries] == ["plain", "a", "b"]


def test_functions_imported_from_another_tool_file_are_not_offered_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "from mcphub import tool\n@tool\ndef theirs() -> int: ...\n"
    theirs = loaded(tmp_path, text, name="theirs_for_a_test")
    monkeypatch.syspath_prepend(str(tmp_path))
    ours = loaded(
        tmp_path,
        "from mcphub import tool\nfrom theirs_for_a_test import theirs\n"
        "@tool\ndef ours() -> int: ...\n",
    )
    assert [one.name for one in theirs.entries] == ["theirs"]
    assert [one.name for one in ours.entries] == ["ours"]


def test_name_that_an_imported_file_uses_too_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "from mcphub import tool\n@tool\ndef same() -> int: ...\n"
    (tmp_path / "same_for_a_test.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = loaded(tmp_path, f"import same_for_a_test\n{text}")
    assert found.problem is None
    assert [one.name for one in found.entries] == ["same"]


def test_failed_reload_leaves_the_former_module_in_its_place(tmp_path: Path) -> None:
    [find, _] = loaded(tmp_path, GOOD).entries
    module = sys.modules[find.function.__module__]
    problem(tmp_path, "1 / 0")
    assert sys.modules[find.function.__module__] is module


ASKS = """\
from mcphub import Context, tool

@tool
async def book(ctx: Context) -> str:
    return (await ctx.elicit("Go on?")).action
"""


def test_caution_is_kept_with_its_line_and_printed_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        found = loaded(tmp_path, ASKS)
    assert found.problem is None and [one.name for one in found.entries] == ["book"]
    (caution,) = found.cautions
    assert (caution.file, caution.line) == (str(tmp_path / "weather.py"), 3)
    assert caution.cause.startswith("book asks the client")
    assert capfd.readouterr() == ("", "")


def test_caution_is_a_problem_where_warnings_are_errors(tmp_path: Path) -> None:
    found = problem(tmp_path, ASKS)
    assert found.line == 3
    assert found.cause.startswith("AuthoringWarning: book asks the client")


def test_other_warnings_go_where_they_always_go(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="of its own"):
        found = loaded(tmp_path, GOOD + "import warnings\nwarnings.warn('of its own')\n")
    assert found.cautions == () and len(found.entries) == 2


def test_what_shows_warnings_is_put_back(tmp_path: Path) -> None:
    before = warnings.showwarning
    loaded(tmp_path, GOOD)
    problem(tmp_path, "1 / 0")
    assert warnings.showwarning is before
