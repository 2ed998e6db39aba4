"""manage.py apply: the state of a hub from a file."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, Team, User
from catalog.models import Entry, Tag
from servers.errors import Conflict
from servers.management.commands import apply as command
from servers.models import AccessRule, AllowedOrigin, Server
from servers.state.doing import _DOINGS
from tests import make

EXAMPLE = Path(__file__).parents[2] / "examples" / "hub.yaml"


@pytest.fixture
def apply(db, tmp_path, capsys):
    """Apply this text; returns what stood on stdout."""

    def run(text, *options):
        file = tmp_path / "hub.yaml"
        file.write_text(text)
        capsys.readouterr()
        call_command("apply", str(file), *options)
        return capsys.readouterr().out.strip()

    return run


@pytest.fixture
def refused(apply):
    """Apply this text, which is refused; returns the exit code and the sentence."""

    def run(text, *options):
        with pytest.raises(CommandError) as error:
            apply(text, *options)
        return error.value.returncode, str(error.value).partition("hub.yaml, ")[2]

    return run


def names_on(slug):
    rows = Server.objects.get(slug=slug).entries.order_by("position", "exposed_name")
    return [row.exposed_name for row in rows]


def test_example_makes_a_hub_and_a_second_run_has_nothing_to_do(demo, apply):
    make.entry(demo, "echo")
    first = apply(EXAMPLE.read_text())
    assert "create server playground" in first
    assert {user.username for user in User.objects.all()} == {"ada", "grace"}
    roles = dict(Membership.objects.values_list("user__username", "role"))
    assert roles == {"ada": "member", "grace": "curator"}
    assert len(names_on("playground")) == 5
    assert names_on("data") == ["sum", "echo"]
    assert str(AccessRule.objects.get()) == "grace may not use echo on data"
    assert AllowedOrigin.objects.get().origin == "https://inspector.example.com"
    assert apply(EXAMPLE.read_text()) == "nothing to do"


def test_dry_run_prints_the_same_plan_and_changes_nothing(demo, apply, recorded, announced):
    make.entry(demo, "echo")
    planned = apply(EXAMPLE.read_text(), "--dry-run")
    assert not User.objects.exists()
    assert not Server.objects.exists()
    assert recorded() == []
    assert announced() == 0
    assert apply(EXAMPLE.read_text()) == planned


def test_plan_is_printed_as_json(apply):
    out = json.loads(apply("teams:\n- name: data\n", "--json", "--dry-run"))
    step = {"action": "create", "what": "team data", "line": 2}
    assert out == {"dry_run": True, "steps": [step]}
    out = json.loads(apply("{}", "--json"))
    assert out == {"dry_run": False, "steps": []}


def test_what_the_file_does_not_name_is_left_alone(demo, apply, bob):
    make.rule(make.server("old", entries=demo.entries.all(), title="Old"), user=bob)
    apply("servers:\n- slug: new\n- slug: old\n  description: Still here\nteams: [{name: data}]")
    old = Server.objects.get(slug="old")
    assert (old.title, old.description) == ("Old", "Still here")
    assert old.entries.count() == 4
    assert old.rules.count() == 1
    assert Membership.objects.filter(user=bob).exists()


def test_lists_of_named_things_are_complete(demo, apply, bob):
    server = make.server("old", entries=demo.entries.all())
    make.rule(server, user=bob)
    apply(
        "teams:\n- name: data\n  members: []\n"
        "servers:\n- slug: old\n  rules: []\n"
        "  entries: [{source: demo, name: add}]"
    )
    assert names_on("old") == ["add"]
    assert not AccessRule.objects.exists()
    assert not Membership.objects.exists()


def test_curators_words_are_said_and_given_back(demo, apply, recorded):
    one = "entries:\n- source: demo\n  name: add\n"
    said = f"{one}  title: Plus\n  description: |\n    Adds.\n    Exactly.\n"
    assert apply(said) == "update tool add of demo: title, description"
    add = Entry.objects.get(name="add")
    assert add.own_words == ("Plus", "Adds.\nExactly.", "")
    assert recorded() == ["entry.words"]
    assert apply(said) == apply(one) == "nothing to do"
    assert apply(f'{one}  title: ""\n') == "update tool add of demo: title"
    add.refresh_from_db()
    assert add.own_words == ("", "Adds.\nExactly.", "")


def test_words_that_are_too_long_or_of_nothing_are_refused(demo, refused):
    one = "entries:\n- source: demo\n  name: add\n"
    assert refused(f"{one}  title: {'x' * 201}") == (
        2,
        "line 2: own_title: Ensure this value has at most 200 characters (it has 201).",
    )
    assert refused(one.replace("add", "nothing")) == (2, "line 2: demo has no tool 'nothing'")
    assert Entry.objects.exclude(own_title="").count() == 0


def test_users_are_made_changed_shut_out_and_let_in(apply):
    apply("users:\n- username: ada\n  email: ada@example.com\n  staff: true\n  active: false")
    ada = User.objects.get()
    assert (ada.email, ada.is_staff, ada.is_active) == ("ada@example.com", True, False)
    assert not ada.has_usable_password()
    out = apply("users:\n- username: ada\n  first_name: Ada\n  active: true")
    assert out == "update user ada: first_name\nupdate user ada: active"
    ada = User.objects.get()
    assert (ada.first_name, ada.email, ada.is_staff, ada.is_active) == (
        "Ada",
        "ada@example.com",
        True,
        True,
    )


def test_password_is_set_when_it_differs_and_never_printed(apply, tmp_path):
    text = "users:\n- username: ada\n  password_file: secret"
    for password in ("correct horse", "battery staple"):
        (tmp_path / "secret").write_text(f"{password}\n")
        assert password not in apply(text)
        assert User.objects.get().check_password(password)
        assert apply(text) == "nothing to do"


def test_teams_are_made_changed_and_filled(apply):
    apply("users: [{username: ada}]\nteams: [{name: data, members: [ada]}]")
    out = apply("teams: [{name: data, description: Numbers, members: [{user: ada, role: admin}]}]")
    changed = ["update team data: description", "update member ada of team data as admin"]
    assert out.splitlines() == changed
    assert Team.objects.get().description == "Numbers"
    assert Membership.objects.get().role == "admin"


def test_server_is_changed_moved_to_a_team_and_switched_off(apply):
    make.server("demo")
    text = "teams: [{name: data}]\nservers:\n- slug: demo\n  team: data\n  enabled: false\n"
    apply(text + "  visibility: public")
    server = Server.objects.get()
    assert (server.team.name, server.enabled, server.visibility) == ("data", False, "public")
    assert apply(text) == "nothing to do"
    apply("servers:\n- slug: demo\n  team: ''\n  enabled: true")
    assert Server.objects.get().team is None


def test_server_is_made_discoverable_and_hidden_again(apply):
    row = "servers:\n- slug: demo\n"
    apply(f"{row}  discoverable: true\n")
    assert Server.objects.get().discoverable
    assert apply(row) == apply(f"{row}  discoverable: true\n") == "nothing to do"
    assert "update server demo: discoverable" in apply(f"{row}  discoverable: false\n")
    assert not Server.objects.get().discoverable


def test_limit_is_set_left_alone_and_taken_away(apply):
    row = "servers:\n- slug: demo\n"
    apply(f"{row}  calls_per_minute: 60\n  burst: 5\n")
    assert Server.objects.values_list("calls_per_minute", "burst").get() == (60, 5)
    assert apply(row) == apply(f"{row}  calls_per_minute: 60\n") == "nothing to do"
    out = apply(f"{row}  calls_per_minute: none\n  burst: none\n")
    assert "update server demo: calls_per_minute, burst" in out
    assert Server.objects.values_list("calls_per_minute", "burst").get() == (None, None)
    assert apply(f"{row}  calls_per_minute: none\n") == "nothing to do"


def test_listing_budget_and_recording_are_set_and_left_alone(apply):
    row = "servers:\n- slug: demo\n"
    said = "  listing: slim\n  token_budget: 900\n  recording: all\n  keep_days: 30\n"
    apply(row)
    assert "update server demo: listing, recording, keep_days, token_budget" in apply(row + said)
    facts = ("listing", "token_budget", "recording", "keep_days")
    assert Server.objects.values_list(*facts).get() == ("slim", 900, "all", 30)
    assert apply(row) == apply(row + said) == "nothing to do"
    apply(f"{row}  token_budget: none\n")
    assert Server.objects.get().token_budget is None


def test_entries_are_renamed_moved_and_replaced(demo, apply):
    make.entry(demo, "echo")
    head = "servers:\n- slug: s\n  entries:\n"
    apply(head + "  - {source: demo, name: add}\n  - {source: demo, name: echo}")
    apply(
        head + "  - {source: demo, name: echo}\n  - {source: demo, name: add, as: sum}\n"
        "  - {source: demo, name: about, kind: resource}"
    )
    assert names_on("s") == ["echo", "sum", "demo://about"]
    apply(head + "  - {source: demo, name: summarise, kind: prompt}")
    assert names_on("s") == ["summarise"]


def test_name_of_a_withdrawn_entry_is_free_for_another(demo, apply):
    make.entry(demo, "echo")
    head = "servers:\n- slug: s\n  entries:\n"
    apply(head + "  - {source: demo, name: add}")
    apply(head + "  - {source: demo, name: echo, as: add}")
    assert Server.objects.get().entries.get().entry.name == "echo"


def test_sources_are_published_and_withdrawn_with_single_entries_kept(demo, apply):
    both = "servers:\n- slug: s\n  sources: [demo]\n  entries: [{source: demo, name: add, as: sum}]"
    apply(both)
    assert sorted(names_on("s")) == ["demo://about", "demo://greeting/{name}", "sum", "summarise"]
    assert apply(both) == "nothing to do"
    assert apply("servers:\n- slug: s\n  sources: [demo]\n  entries: []") == "nothing to do"
    apply(both.replace("[demo]", "[]"))
    assert names_on("s") == ["sum"]


def test_entry_that_came_with_its_source_is_kept_when_the_source_goes(demo, apply):
    apply("servers:\n- slug: s\n  sources: [demo]")
    apply("servers:\n- slug: s\n  sources: []\n  entries: [{source: demo, name: add}]")
    assert names_on("s") == ["add"]


def test_rules_are_added_noted_and_taken_back(apply, bob):
    Tag.objects.create(name="danger")
    head = "servers:\n- slug: s\n  rules:\n"
    everyone = "  - {effect: deny, everyone: true, tag: danger}\n"
    apply(head + everyone + "  - {effect: allow, team: data, names: 'read_*'}\n")
    assert AccessRule.objects.count() == 2
    apply(head + everyone + "  - {effect: allow, team: data, names: 'read_*', note: why}\n")
    assert AccessRule.objects.get(effect="allow").note == "why"
    server = Server.objects.get()
    make.rule(server, effect="deny", tag=Tag.objects.get())
    assert apply(head + everyone).count("remove rule") == 2
    assert AccessRule.objects.get().tag.name == "danger"


def test_rule_may_name_people_the_file_makes(apply):
    apply(
        "users: [{username: ada}]\nteams: [{name: data}]\n"
        "servers:\n- slug: s\n  rules: [{effect: allow, user: ada}, {effect: allow, team: data}]"
    )
    assert AccessRule.objects.filter(user__username="ada").exists()
    assert AccessRule.objects.filter(team__name="data").exists()


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("line 1: there is no user 'x'", "teams: [{name: a, members: [x]}]"),
        ("line 2: there is no team 'x'", "servers:\n- slug: a\n  team: x"),
        ("line 3: there is no source 'x'", "servers:\n- slug: a\n  sources: [x]"),
        (
            "line 3: demo has no prompt 'add'",
            "servers:\n- slug: a\n  entries: [{source: demo, name: add, kind: prompt}]",
        ),
        (
            "line 3: 'a b' must be",
            "servers:\n- slug: a\n  entries: [{source: demo, name: add, as: a b}]",
        ),
        (
            "line 3: there is no user 'x'",
            "servers:\n- slug: a\n  rules: [{effect: deny, user: x}]",
        ),
        (
            "line 3: no entry has a tag 'x'",
            "servers:\n- slug: a\n  rules: [{effect: deny, everyone: true, tag: x}]",
        ),
        ("line 2: unknown key 'serves'", "users: []\nserves: []"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(demo, refused, sentence, text):
    code, told = refused(text)
    assert code == 2
    assert told.startswith(sentence)
    assert not Server.objects.exists()


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_what_a_service_refuses_undoes_everything(demo, refused, options):
    make.entry(make.source("other"), "add")
    code, told = refused(
        "users: [{username: ada}]\nservers:\n- slug: s\n  entries:\n"
        "  - {source: demo, name: add}\n  - {source: other, name: add}",
        *options,
    )
    assert code == 2
    assert told.startswith("line 6: The tool name add is taken on s.")
    assert not User.objects.exists()
    assert not Server.objects.exists()


def test_source_is_put_under_review_and_trusted_again(demo, apply):
    for changes in ("review", "trust"):
        text = f"sources:\n- source: {demo.name}\n  changes: {changes}\n"
        assert apply(text) == f"update source {demo.name}: changes: {changes}"
        demo.refresh_from_db()
        assert (demo.changes, apply(text)) == (changes, "nothing to do")
    assert apply(f"sources:\n- source: {demo.name}\n") == "nothing to do"


def test_source_is_named_by_its_key_where_names_are_not_enough(demo, apply, refused):
    make.source("other", name="demo")
    make.source("third", name="twice")
    make.source("fourth", name="twice")
    apply("servers:\n- slug: s\n  sources: [demo]")
    assert Server.objects.get().sources.get().source == demo
    _, told = refused("servers:\n- slug: s\n  sources: [twice]")
    assert "name one of third, fourth" in told


def test_file_that_cannot_be_read_is_bad_input(db):
    with pytest.raises(CommandError, match="cannot be read") as error:
        call_command("apply", "no such file")
    assert error.value.returncode == 2


def test_what_others_changed_meanwhile_fails(apply, monkeypatch):
    def lost(*args: object, **kwargs: object) -> None:
        raise Conflict("Somebody was faster.")

    monkeypatch.setattr(command, "apply", lost)
    with pytest.raises(CommandError, match="faster") as error:
        apply("{}")
    assert error.value.returncode == 1


def test_nothing_can_be_done_that_no_plan_asks_for():
    planned = set()
    folder = Path(command.__file__).parents[2] / "state"
    for file in ("people.py", "curating.py", "publishing.py", "access.py", "trust.py"):
        text = (folder / file).read_text()
        planned |= {verb for verb in _DOINGS if f'"{verb}"' in text}
    assert planned == set(_DOINGS)


def test_missing_entry_can_be_named(demo, apply):
    Entry.objects.filter(name="add").update(state=Entry.State.MISSING)
    apply("servers:\n- slug: s\n  entries: [{source: demo, name: add}]")
    assert names_on("s") == ["add"]
