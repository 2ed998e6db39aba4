"""testing.py: an author's own tests, on the examples and on a file of the tests."""

import importlib.util
import subprocess
import sys

import pytest
from django.conf import settings

from mcphub import testing
from tests import gates

EXAMPLES = settings.BASE_DIR / "examples"


def imported(name):
    """Import an example as an author's test does."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def demo():
    return imported("demo")


@pytest.fixture
def tests_own():
    gates.reset()
    from_file = importlib.util.spec_from_file_location(
        "tests_authored", settings.BASE_DIR / "tests" / "authored.py"
    )
    module = importlib.util.module_from_spec(from_file)
    sys.modules[from_file.name] = module
    from_file.loader.exec_module(module)
    return module


def test_tool_is_called_by_its_function(demo):
    outcome = testing.call(demo.add, a=2, b=3)
    assert (outcome.structured, outcome.is_error) == ({"result": 5}, False)
    assert outcome.content == [{"type": "text", "text": "5"}]


def test_function_in_a_thread_is_called(demo):
    (block,) = testing.call(demo.picture).content
    assert block["type"] == "image" and block["mimeType"] == "image/png"


def test_progress_is_heard(demo):
    outcome, heard = testing.listen(demo.slow, steps=2)
    assert outcome.content[0]["text"] == "2 steps done"
    assert [made[:2] for made in heard.progress_made] == [(1, 2), (2, 2)]
    assert heard.outcomes == ["ok"]


def test_log_is_heard(tests_own):
    _, heard = testing.listen(tests_own.tell)
    assert heard.logged == [("debug", "little"), ("warning", "much")]


def test_resource_and_template_are_read(demo):
    (about,) = testing.read("demo://about", of=demo.add).contents
    (greeting,) = testing.read("demo://greeting/Anna", of=demo.greeting).contents
    assert "try a client" in about["text"] and greeting["text"] == "Hello, Anna!"


def test_prompt_is_got(demo):
    outcome = testing.call(demo.summarise, text="rain")
    assert "rain" in outcome.messages[0]["content"]["text"]


def test_arguments_are_checked_as_they_are_for_clients(demo, tests_own):
    outcome = testing.call(demo.add, a=2, b="three")
    assert outcome.is_error and "b" in outcome.content[0]["text"]
    assert testing.call(tests_own.write, text="too long").is_error
    assert gates.done == []


def test_failure_is_an_outcome():
    notes = imported("notes")
    outcome = testing.call(notes.delete_note, title="none")
    assert outcome.is_error and "no note" in outcome.content[0]["text"]


def test_unforeseen_failure_keeps_its_secret(tests_own, caplog):
    outcome = testing.call(tests_own.crash, key="sesame")
    assert outcome.is_error and "internal error" in outcome.content[0]["text"]
    assert "the inner secret" in caplog.text


def test_time_limit_holds(tests_own):
    outcome = testing.call(tests_own.endless)
    assert outcome.is_error and "did not finish" in outcome.content[0]["text"]


@pytest.mark.parametrize("name", ["nothing", ""])
def test_name_that_does_not_exist_is_told(name):
    with pytest.raises(LookupError):
        testing.call(name)


def test_resource_that_does_not_exist_is_told(demo):
    with pytest.raises(LookupError, match="demo://nothing"):
        testing.read("demo://nothing", of=demo.add)


def test_function_that_is_no_tool_is_told():
    with pytest.raises(LookupError):
        testing.call(imported)


@pytest.mark.parametrize(
    ("file", "function", "arguments"),
    [
        ("weather", "current_weather", {"city": "Oslo"}),
        ("weather", "warmest", {}),
        ("notes", "write_note", {"title": "a", "text": "b"}),
        ("notes", "list_notes", {}),
        ("media", "tone", {"hertz": 200}),
        ("media", "squares", {"count": 3}),
        ("media", "disc", {}),
    ],
)
def test_examples_work(file, function, arguments):
    outcome = testing.call(getattr(imported(file), function), **arguments)
    assert outcome.is_error is False and outcome.content


def test_authors_test_needs_no_database_and_no_set_up(tmp_path):
    """As the docs say it: a tool by name, found through MCPHUB_TOOLS, in a plain pytest."""
    (tmp_path / "mine.py").write_text(
        "from mcphub import tool\n\n@tool(read_only=True)\nasync def add(a: int, b: int) -> int:\n"
        "    return a + b\n"
    )
    (tmp_path / "test_mine.py").write_text(
        "from mcphub.testing import call\n\ndef test_add():\n"
        "    assert call('add', a=1, b=2).structured == {'result': 3}\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:django",
            "-p",
            "no:pytest_django",
            str(tmp_path),
        ],
        env={
            "PATH": "",
            "PYTHONPATH": str(settings.BASE_DIR),
            "MCPHUB_DATA": str(tmp_path / "d"),
            "MCPHUB_TOOLS": str(tmp_path / "mine.py"),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list(tmp_path.glob("d/*.sqlite3"))
