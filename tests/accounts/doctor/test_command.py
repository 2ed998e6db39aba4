"""manage.py doctor: what it takes, before it asks anybody anything."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands import doctor
from accounts.management.commands.doctor import BAD_INPUT

URL = "http://127.0.0.1:9/mcp/demo"


@pytest.mark.parametrize(
    "words",
    [
        ["hub.example.com/mcp/demo"],
        ["ftp://hub.example.com/mcp/demo"],
        ["https:///mcp/demo"],
        ["https://hub:port/mcp/demo"],
        ["https://user:password@hub.example.com/mcp/demo"],
        ["https://hub.example.com/mcp/demo#x"],
        ["https://hub.example.com/mcp/a b"],
        ["https://hub.example.com/mcp/\nHost:x"],
        ["https://hüb.example.com/mcp/demo"],
        ["https://hub.example.com/" + "x" * 3_000],
        [URL, "--timeout", "0"],
        [URL, "--timeout", "1000"],
        [URL, "--timeout", "nan"],
        [URL, "--cafile", "no/such/file.pem"],
        [URL, "--token", ""],
        [URL, "--token", "a\nb"],
        [URL, "--token", "-"],
        [URL, "--user", "alice"],
    ],
)
def test_what_makes_no_sense_is_refused_before_anybody_is_asked(words, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.setattr(doctor, "examine", lambda case: pytest.fail("somebody was asked"))
    with pytest.raises(CommandError) as refused:
        call_command("doctor", *words)
    assert refused.value.returncode == BAD_INPUT


def test_token_and_user_exclude_each_other():
    with pytest.raises(CommandError):
        call_command("doctor", URL, "--token", "x", "--user", "alice")


def test_port_where_nothing_listens_ends_with_1_and_needs_no_database(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", URL)
    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert printed.startswith(
        "✗ address: Nothing listens there. [refused]\n    seen: 127.0.0.1 9\n"
    )
    assert printed.count("not reached") == 7
