"""manage.py mint_token."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from oauth2_provider.models import get_access_token_model

from accounts import services
from accounts.models import IssuedToken
from monitoring import health

AccessToken = get_access_token_model()


@pytest.fixture
def demo(bob, directory):
    return directory.add("demo", "bob")


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("mint_token", "--user", "bob", "--server", "demo", *options, stdout=out)
    return out.getvalue()


def test_token_and_nothing_else_is_printed(demo):
    printed = run()
    assert printed.startswith("mcphub_") and printed.count("\n") == 1
    row = IssuedToken.objects.get()
    assert row.access_token.scope == "mcp:read mcp:write mcp:prompts"
    assert (row.origin, row.name) == ("command", "command line")
    assert (row.access_token.expires - row.access_token.created).days in {29, 30}


def test_options_are_kept(demo):
    run("--scope", "mcp:read", "--scope", "mcp:destructive", "--days", "7", "--name", "nightly")
    row = IssuedToken.objects.get()
    assert row.access_token.scope == "mcp:read mcp:destructive"
    assert row.name == "nightly"


def test_json_tells_everything_about_it(demo):
    told = json.loads(run("--json"))
    assert told["token"].startswith("mcphub_")
    assert (told["user"], told["server"]) == ("bob", "demo")
    assert told["scopes"] == ["mcp:read", "mcp:write", "mcp:prompts"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--scope", "mcp:everything"], "There is no scope 'mcp:everything'."),
        (["--days", "0"], "A token lives 1 to 365 days."),
        (["--days", "400"], "A token lives 1 to 365 days."),
        (["--user", "nobody"], "There is no user 'nobody'."),
        (["--server", "nowhere"], "There is no server 'nowhere'."),
        (["--user", "charlie"], "charlie may not use a server 'demo'."),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence(demo, charlie, capsys, options, told):
    with pytest.raises(CommandError) as end:
        run(*options)
    assert (end.value.returncode, str(end.value)) == (2, told)
    assert capsys.readouterr().out == ""
    assert not AccessToken.objects.exists()


def test_database_that_is_not_ready_is_told(demo, monkeypatch):
    def missing(**_named):
        raise DatabaseError("no such table")

    monkeypatch.setattr(services, "mint_token", missing)
    with pytest.raises(CommandError) as caught:
        run()
    assert (caught.value.returncode, str(caught.value)) == (1, health.not_ready())
