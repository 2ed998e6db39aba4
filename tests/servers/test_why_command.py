"""manage.py why: the answer for people and for programs, and its exit codes."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import IssuedToken, User
from catalog.models import Source
from servers.models import Server
from tests import make

TEXT = """\
charlie may not call add on demo.

  yes charlie may log in and call.
  yes A token for demo is needed; no client or token was named.
  yes The server demo is on.
  yes demo has the tool add.
  yes Its source demo is on.
  yes The tool add is on.
  yes Its source still offers it.
> no  Nothing lets charlie in: no team, and no access rule.
  yes No access rule denies it.
  yes Nothing it is about is stopped.
  yes It needs the scope mcp:write of the token.

What would alter it:
  Add an access rule: charlie may use add on demo.
  or: Make demo public: anyone may then use it, without a token.
"""


@pytest.fixture
def server(demo: Source) -> Server:
    return make.server("demo", entries=list(demo.entries.all()))


@pytest.fixture
def why(server: Server, capsys: pytest.CaptureFixture[str]) -> Any:
    """Ask; returns what stood on stdout."""

    def run(*options: str) -> str:
        capsys.readouterr()
        call_command("why", "--server", "demo", "--tool", "add", *options)
        return capsys.readouterr().out

    return run


def test_answer_is_told_line_by_line_with_the_deciding_one_marked(why: Any, charlie: User) -> None:
    assert why("--user", "charlie") == TEXT


def test_json_is_one_object(why: Any, charlie: User) -> None:
    facts = json.loads(why("--user", "charlie", "--json"))
    assert (facts["user"], facts["server"], facts["name"]) == ("charlie", "demo", "add")
    assert facts["allowed"] is False


def test_without_a_user_nobody_in_particular_is_meant(why: Any) -> None:
    assert json.loads(why("--json"))["user"] is None


def test_client_or_token_is_named(why: Any, server: Server, charlie: User) -> None:
    make.token(charlie, server, scopes=["mcp:read"])
    issued = str(IssuedToken.objects.get().public_id)
    lines = json.loads(why("--user", "charlie", "--client", issued, "--json"))["lines"]
    assert [row["why"] for row in lines if row["check"] == "scope"] == ["insufficient_scope"]


def test_what_nothing_can_change_says_so(why: Any, bob: User) -> None:
    text = why("--user", "bob", "--tool", "nosuch")
    assert text.endswith("What would alter it:\n  Nothing here can.\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--user", "nosuch"], "There is no user 'nosuch'."),
        (["--server", "nosuch"], "There is no server 'nosuch'."),
        (["--client", "x"], "--client needs --user."),
        (["--user", "bob", "--client", "x"], "There is no client or token 'x'."),
    ],
)
def test_what_is_not_there_is_bad_input(options: list[str], told: str, why: Any, bob: User) -> None:
    with pytest.raises(CommandError) as error:
        why(*options)
    assert (error.value.returncode, str(error.value)) == (2, told)
