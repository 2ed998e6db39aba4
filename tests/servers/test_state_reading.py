"""A state file is read strictly: every refusal has its line."""

from pathlib import Path

import pytest

from servers.errors import StateRefused
from servers.state.document import LONGEST
from servers.state.reading import read_state


def read(text, folder="."):
    return read_state(text.encode() if isinstance(text, str) else text, Path(folder))


def refusal(text, folder="."):
    with pytest.raises(StateRefused) as refused:
        read(text, folder)
    return refused.value.line, refused.value.reason


def test_what_is_left_out_is_not_said():
    (server,) = read("servers:\n  - slug: demo\n").servers
    assert (server.slug, server.title, server.entries, server.enabled) == ("demo", None, None, None)


def test_members_are_names_or_mappings():
    (team,) = read("teams:\n- name: data\n  members: [ada, {user: bob, role: admin}]").teams
    members = [(member.user, member.role) for member in team.members]
    assert members == [("ada", "member"), ("bob", "admin")]


def test_text_loses_the_blanks_around_it():
    (team,) = read("teams:\n- name: data\n  description: |\n    Two\n    lines\n").teams
    assert team.description == "Two\nlines"


def test_names_and_addresses_are_read_as_they_are_stored():
    state = read("users:\n- username: ﬁona\n  email: Ada@EXAMPLE.com\norigins: ['https://X.de/']")
    assert (state.users[0].username, state.users[0].email) == ("fiona", "Ada@example.com")
    assert state.origins[0].origin == "https://x.de"


@pytest.mark.parametrize(("said", "calls"), [("60", 60), ("none", 0), ("1000000000", 10**9)])
def test_limit_is_a_number_or_none(said, calls):
    (server,) = read(f"servers:\n- slug: a\n  calls_per_minute: {said}\n  burst: {said}").servers
    assert (server.calls_per_minute, server.burst) == (calls, calls)


@pytest.mark.parametrize(
    "said",
    ["0", "-1", "1.5", "1_000", "060", "1000000001", "9" * 5000, "'60'", "null", "", "yes", "[60]"],
)
def test_limit_that_is_neither_is_refused_with_its_line(said):
    wanted = "a whole number from 1 to 1,000,000,000, or none, is wanted here"
    assert refusal(f"servers:\n- slug: a\n  burst: {said}") == (3, wanted)


@pytest.mark.parametrize(
    ("line", "reason", "text"),
    [
        (1, "the file is empty", ""),
        (1, "a mapping is wanted", "- a"),
        (2, "unknown key 'serves'; known are users", "users: []\nserves: []"),
        (3, "unknown key 'titel'", "servers:\n- slug: demo\n  titel: Demo"),
        (3, "unknown key 'rulez'", "servers:\n- slug: demo\n  rulez:\n  - effect: deny"),
        (3, "the key 'slug' stands here a second time", "servers:\n- slug: a\n  slug: b"),
        (2, "'slug' is missing", "servers:\n- title: Demo"),
        (2, "Lower-case letters", "servers:\n- slug: Demo!"),
        (3, "in the list of servers already", "servers:\n- slug: a\n- slug: a"),
        (3, "in the list of users already", "users:\n- username: a\n- username: a"),
        (2, "a list of members", "teams: [{name: a,\n  members: ada}]"),
        (3, "one of admin, curator", "teams:\n- name: a\n  members: [{user: x, role: king}]"),
        (2, "YAML reads true or false; put it in quotes", "teams:\n- name: no"),
        (2, "YAML reads a number", "teams:\n- name: 1.10"),
        (2, "YAML reads a date", "teams:\n- name: 2026-01-01"),
        (2, "YAML reads nothing", "teams:\n- name:"),
        (2, "YAML reads a list", "teams:\n- name: [a]"),
        (2, "YAML reads a mapping", "teams:\n- name: {a: b}"),
        (2, "this may not be empty", "teams:\n- name: ''"),
        (3, "true or false is wanted", "users:\n- username: a\n  staff: 'yes'"),
        (3, "a rule is for one of", "servers:\n- slug: a\n  rules: [{effect: deny}]"),
        (
            3,
            "a rule is for one of",
            "servers:\n- slug: a\n  rules: [{effect: deny, team: x, user: y}]",
        ),
        (
            3,
            "a rule that allows names",
            "servers:\n- slug: a\n  rules: [{effect: allow, everyone: true}]",
        ),
        (1, "An origin such as", "origins: [null.example]"),
        (1, "a key must be text", "1: a"),
        (1, "a key must be text", "[a]: b"),
        (1, "a key must be text", "<<: {users: []}"),
        (2, "anchors and aliases", "users: []\nteams: &a []"),
        (1, "anchors and aliases", "users: *a"),
        (2, "tags (!) have no place", "users: []\nteams: !!python/object/apply:os.system [ls]"),
        (1, "nests deeper", "a: " + "[" * 5000),
        (2, "not UTF-8", b"users: []\n\xff"),
        (2, "a character that YAML does not allow", "users: []\n\x07: a"),
        (2, "a character that no database takes", 'teams:\n- name: "\\ud800"'),
        (2, "a character that no database takes", 'teams:\n- name: "a\\0b"'),
        (1, f"more than {LONGEST} bytes", "#" * (LONGEST + 1)),
        (2, "another document", "users: []\n---\nusers: []"),
        (2, "", "users: [\n"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(line, reason, text):
    found_line, found_reason = refusal(text)
    assert (found_line, reason in found_reason) == (line, True), found_reason


def test_password_stands_in_a_file_beside(tmp_path):
    (tmp_path / "ada").write_text("correct horse\nnot this\n")
    state = "users:\n- username: ada\n  password_file: ada"
    (user,) = read(state, tmp_path).users
    assert user.password == "correct horse"
    assert "correct" not in repr(user)


@pytest.mark.parametrize("content", [None, b"", b"\nlater", b"\xff", b"x" * 1025])
def test_password_file_that_holds_none_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "ada").write_bytes(content)
    line, reason = refusal("users:\n- username: ada\n  password_file: ada", tmp_path)
    assert line == 3
    assert "password file" in reason
