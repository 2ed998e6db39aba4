"""testing.py: an author's own tests, on the examples and on a file of the tests."""

import importlib.util
import subprocess
import sys

import pytest
from django.conf import settings

from mcphub import AuthoringWarning, Context, resource, testing, tool
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


# --- a client that answers ------------------------------------------------------------------------


@pytest.fixture
def booking():
    return imported("booking")


WISH = {"day": "2030-05-01", "guests": 3}


def text(outcome):
    return outcome.content[0]["text"]


def test_questions_are_answered_by_their_keys(booking):
    answers = {"sure": {}, "wish": WISH, "never asked": {}}
    outcome, heard = testing.listen(booking.book_table, answers=answers)
    assert text(outcome) == "Booked as number 1."
    assert booking.BOOKED == ["2030-05-01, 3 guests, window"]
    assert [question.key for question in heard.asked] == ["wish", "sure"]
    assert heard.asked[1].params["message"] == ("Book this table? 2030-05-01, 3 guests, window")
    assert heard.steps == {"book": 1}


def test_questions_are_answered_in_their_order(booking):
    outcome = testing.call(booking.book_table, answers=[WISH, "decline"])
    assert text(outcome) == "Nothing was booked." and booking.BOOKED == []


@pytest.mark.parametrize("answers", [{}, [], {"wish": WISH}, [WISH]])
def test_question_without_an_answer_fails_the_test(booking, answers):
    with pytest.raises(LookupError, match=r"no answer is scripted to '(wish|sure)'"):
        testing.call(booking.book_table, answers=answers)
    assert booking.BOOKED == []


def test_client_can_what_the_test_says(booking):
    assert text(testing.call(booking.recommend, client=set())) == "Rösti"
    assert text(testing.call(booking.recommend, answers=["Ramen"])) == "Ramen"


def test_capability_that_does_not_exist_is_told(booking):
    with pytest.raises(ValueError, match="no client can 'elicit'"):
        testing.call(booking.recommend, client={"elicit"})


def test_store_lasts_into_the_next_call(booking):
    first = testing.call(booking.order, dish="Ramen").structured
    again = testing.call(booking.order, dish="Rösti", basket=first["basket"]).structured
    assert again == {"basket": first["basket"], "dishes": ["Ramen", "Rösti"]}
    assert testing.call(booking.order, dish="Rösti").structured["dishes"] == ["Rösti"]


def test_page_is_agreed_to(booking):
    basket = testing.call(booking.order, dish="Ramen").structured["basket"]
    outcome, heard = testing.listen(booking.pay, basket=basket, answers={"pay": "accept"})
    assert text(outcome) == "Waiting for the payment."
    assert heard.asked[0].params["url"] == "https://pay.example/"
    assert text(testing.call(booking.pay, basket=basket, answers=["cancel"])) == "Nothing was paid."
    assert text(testing.call(booking.pay, basket="other")) == "That basket is empty."


@tool(read_only=True)
async def asks_much(client: str, ctx: Context) -> str:
    await ctx.changed("tools")
    ctx.updated("test://a")
    await ctx.close_stream()
    roots = await ctx.roots()
    said = await ctx.sample("Well?")
    drawer = ctx.store()
    await drawer.set("a", [1])
    await drawer.delete("a")
    answer = await ctx.elicit("Go on?", {"type": "object", "properties": {}})
    rest = await drawer.get("a", "gone")
    return " ".join([client, roots[0].uri, said.text, answer.action, rest])


def test_results_may_be_scripted_as_they_travel():
    answers = [
        {"roots": [{"uri": "file:///a"}]},
        {"role": "assistant", "content": {"type": "text", "text": "Yes"}, "model": "m"},
        {"action": "cancel"},
    ]
    outcome, heard = testing.listen(asks_much, answers=answers, arguments={"client": "me"})
    assert text(outcome) == "me file:///a Yes cancel gone"
    assert heard.announced == [("tools", ""), ("resource", "test://a")] and heard.stream_closed
    short = testing.call(asks_much, answers=[["file:///b"], "No", {}], arguments={"client": "me"})
    assert text(short) == "me file:///b No accept gone"


@resource("testing://asked")
async def asked(ctx: Context) -> str:
    return (await ctx.elicit("Really?")).action


def test_resource_may_ask():
    outcome = testing.read("testing://asked", of=asks_much, answers=["decline"])
    assert outcome.contents[0]["text"] == "decline"


@pytest.mark.filterwarnings("default")
def test_caution_about_a_file_is_a_warning_of_the_authors_test(settings, tmp_path):
    path = tmp_path / "careless.py"
    path.write_text(
        "from mcphub import Context, tool\n\n@tool\nasync def careless(ctx: Context) -> str:\n"
        "    return (await ctx.elicit('Go on?')).action\n"
    )
    settings.TOOL_PATHS = [str(path)]
    with pytest.warns(AuthoringWarning, match="careless asks the client"):
        assert text(testing.call("careless", answers=["accept"])) == "accept"


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
