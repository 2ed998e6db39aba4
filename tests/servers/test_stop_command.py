"""manage.py stop and lift: for when the browser is away."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from servers.models import Stop
from tests import make
from tests.admin_pages import changes


@pytest.fixture
def things(db):
    """One of each thing, and two tools of one name."""
    one, two = make.source("one", name="One"), make.source("two", name="Two")
    make.entry(one, "add")
    make.entry(one, "note", "prompt", body={"name": "note"})
    make.server("demo", entries=[make.entry(two, "add")])
    make.user("dora")
    make.client("editor")


NAMED = [
    ("everything", "", None),
    ("server", "demo", "Demo"),
    ("source", "One", "One"),
    ("source", "two", "Two"),
    ("tool", "One/add", "add"),
    ("prompt", "note", "note"),
    ("user", "dora", "dora"),
    ("client", "editor", "editor"),
]


def said(capsys):
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("kind", "name", "shown"), NAMED)
def test_each_thing_is_stopped_and_lifted(kind, name, shown, things, capsys):
    words = [kind, name] if name else [kind]
    call_command("stop", *words, "--reason", "It loops.", "--json")
    told = said(capsys)
    assert (told["kind"], told["name"], told["reason"]) == (kind, shown, "It loops.")
    call_command("lift", "--json")
    assert said(capsys) == {"lifted": False, "stops": [told]}
    assert Stop.objects.count() == 1
    call_command("lift", *words, "--json")
    assert said(capsys) == {"lifted": True, "stops": [told]}
    assert not Stop.objects.exists()
    assert [change["action"] for change in changes()] == ["stop.add", "stop.lift"]


def test_without_json_it_is_said_in_words(things, capsys):
    call_command("stop", "tool", "One/add", "--reason", "It loops.")
    call_command("lift")
    call_command("lift", "--all")
    call_command("lift")
    heard = capsys.readouterr()
    assert heard.out == "stopped tool add\ntool add: It loops.\nlifted tool add\n"
    assert heard.err == "Nothing is stopped.\n"


@pytest.mark.parametrize(
    ("words", "told", "status"),
    [
        (["server"], "Name the server.", 2),
        (["everything", "demo"], "Everything has no name.", 2),
        (["server", "nothing"], "There is no server 'nothing'.", 2),
        (["tool", "note"], "There is no tool 'note'.", 2),
        (["tool", "add"], "names more than one tool: write SOURCE/NAME", 2),
        (["user", "nul\0"], "There is no user", 2),
    ],
)
def test_what_is_not_there_is_bad_input(words, told, status, things):
    for command in (["stop", *words, "--reason", "Why."], ["lift", *words]):
        with pytest.raises(CommandError) as refused:
            call_command(*command)
        assert told in str(refused.value) and refused.value.returncode == status


def test_reason_is_needed(things):
    with pytest.raises(CommandError) as refused:
        call_command("stop", "everything", "--reason", " ")
    assert refused.value.returncode == 2


def test_what_is_stopped_already_and_what_is_not_fail(things):
    with pytest.raises(CommandError, match=r"It is not stopped\.") as lifted:
        call_command("lift", "server", "demo")
    call_command("stop", "server", "demo", "--reason", "First.")
    with pytest.raises(CommandError, match="Demo is stopped already: First") as stopped:
        call_command("stop", "server", "demo", "--reason", "Second.")
    assert (lifted.value.returncode, stopped.value.returncode) == (1, 1)
    with pytest.raises(CommandError, match="Name one thing, or --all"):
        call_command("lift", "server", "demo", "--all")
