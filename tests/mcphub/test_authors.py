"""authors.py: what MCPHUB_TOOLS names is published on a server of its own, and told once."""

import logging

import pytest

from catalog.models import Entry, Source
from mcphub import authors, first_start
from servers import services as servers
from servers.models import Server
from tests import make

TOOL = "from mcphub import tool\n\n@tool\ndef {name}() -> str:\n    return ''\n"
BROKEN = "def broken(:\n"


def write(path, *names):
    """Write a file that offers tools of these names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(TOOL.format(name=name) for name in names))
    return path


@pytest.fixture
def named(db, settings):
    """Name paths in MCPHUB_TOOLS."""

    def name(*paths):
        settings.TOOL_PATHS = [str(path) for path in paths]

    return name


def shown(server):
    return set(server.entries.values_list("exposed_name", flat=True))


def start():
    """Start as the hub does; return what is printed."""
    lines = first_start.prepare()
    authors.load()
    return lines


# --- which server ---------------------------------------------------------------------------------


def test_file_is_never_published_on_a_server_of_its_name(named, tmp_path, caplog):
    team = make.team("finance")
    theirs = make.server("data", team=team, visibility="public")
    named(write(tmp_path / "data.py", "secret"))
    notes = []
    (server,) = authors.publish_new(None, notes)
    assert (server.slug, server.visibility, shown(server)) == ("data-2", "team", {"secret"})
    assert shown(theirs) == set() and not theirs.sources.exists()
    (note,) = notes
    assert "/mcp/data-2" in note and caplog.messages.count(note) == 1


def test_file_called_like_the_demo_stays_private_and_its_address_is_printed(named, tmp_path):
    named(write(tmp_path / "demo.py", "secret"))
    lines = start()
    assert "secret" not in shown(Server.objects.get(slug="demo"))
    assert shown(Server.objects.get(slug="demo-2")) == {"secret"}
    assert len([line for line in lines if line.startswith("Note") and "/mcp/demo-2" in line]) == 1
    assert len([line for line in lines if line.endswith("--server demo-2")]) == 1
    assert not [line for line in start() if line.startswith(("Note", "Token"))]


def test_file_with_the_demos_key_does_not_take_its_place(named, tmp_path):
    start()
    named(write(tmp_path / "examples" / "demo.py", "secret"))
    start()
    assert not Entry.objects.filter(name="secret").exists()
    assert (
        "same folder and file name"
        in Source.objects.get(key__startswith="file:", problem__gt="").problem
    )


def test_two_files_of_one_stem_become_two_servers(named, tmp_path):
    named(write(tmp_path / "a" / "x.py", "one"), write(tmp_path / "b" / "x.py", "two"))
    assert [(each.slug, shown(each)) for each in authors.publish_new(None)] == [
        ("x", {"one"}),
        ("x-2", {"two"}),
    ]
    assert authors.publish_new(None) == []


def test_every_token_line_is_printed_once(named, tmp_path):
    folder = write(tmp_path / "tools" / "a.py", "one").parent
    named(folder, write(folder / "b.py", "two"))
    tokens = [line for line in start() if line.startswith("Token")]
    assert len(tokens) == 1 and tokens[0].endswith("--server tools")


@pytest.mark.parametrize(
    "changes", [{"slug": "renamed", "title": "Renamed"}, {"visibility": "public"}]
)
def test_server_made_for_a_folder_is_found_again_however_an_admin_changed_it(
    named, tmp_path, alice, changes
):
    folder = write(tmp_path / "tools" / "a.py", "one").parent
    named(folder)
    (server,) = authors.publish_new(None)
    servers.update_server(actor=alice, server=server, **changes)
    write(folder / "b.py", "two")
    assert authors.publish_new(None) == [server]
    assert shown(server) == {"one", "two"} and Server.objects.count() == 1


def test_file_that_was_published_is_not_published_again_under_its_old_name(named, tmp_path, alice):
    file = write(tmp_path / "mine.py", "one")
    named(file)
    (server,) = authors.publish_new(None)
    servers.update_server(actor=alice, server=server, slug="renamed")
    write(file, "one", "two")
    assert authors.publish_new(None) == []
    authors.load()
    assert shown(server) == {"one", "two"} and Server.objects.count() == 1


def test_new_file_of_a_folder_is_kept_from_a_server_that_an_admin_made(named, tmp_path, alice):
    folder = write(tmp_path / "tools" / "a.py", "one").parent
    named(folder)
    (server,) = authors.publish_new(None)
    servers.delete_server(actor=alice, server=server)
    open_to_all = make.server("tools", visibility="public")
    servers.publish_source(actor=alice, server=open_to_all, source=Source.objects.get())
    write(folder / "b.py", "secret")
    (fresh,) = authors.publish_new(None)
    assert (fresh.slug, fresh.visibility, shown(fresh)) == ("tools-2", "team", {"secret"})
    assert shown(open_to_all) == {"one"}


def test_folders_of_one_name_have_servers_of_their_own(named, tmp_path):
    folders = [write(tmp_path / place / "tools" / f"{place}.py", place).parent for place in "ab"]
    named(*folders)
    first, second = authors.publish_new(None)
    assert (shown(first), shown(second)) == ({"a"}, {"b"})
    write(folders[1] / "c.py", "c")
    assert authors.publish_new(None) == [second]


def test_demo_is_never_published_on_a_server_of_its_name(db):
    theirs = make.server("demo", visibility="team")
    first_start.prepare()
    assert shown(theirs) == set()
    assert Server.objects.get(slug="demo-2").visibility == "public"


def test_longest_name_still_gets_a_number(named, tmp_path):
    make.server("n" * 63)
    named(write(tmp_path / f"{'n' * 200}.py", "one"))
    (server,) = authors.publish_new(None)
    assert server.slug == "n" * 61 + "-2"


# --- files that do not load -----------------------------------------------------------------------


def test_file_that_does_not_load_is_told_and_published_once_it_loads(named, tmp_path, caplog):
    file = tmp_path / "mine.py"
    file.write_text(BROKEN)
    named(file)
    assert authors.publish_new(None) == []
    assert not Server.objects.exists()
    assert "mine.py, line 1: SyntaxError" in Source.objects.get().problem
    assert any("mine.py, line 1: SyntaxError" in line for line in caplog.messages)
    write(file, "one")
    (server,) = authors.publish_new(None)
    assert shown(server) == {"one"} and Source.objects.get().problem == ""
    assert authors.publish_new(None) == []


def test_file_that_is_mended_while_the_hub_runs_is_published_for_the_admins(named, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(BROKEN)
    named(file)
    start()
    following = authors.Following()
    write(file, "one")
    following()
    server = Server.objects.get(slug="mine")
    assert shown(server) == {"one"}
    assert (server.visibility, server.team) == ("team", authors.admins())


def test_file_that_is_mended_between_the_start_and_its_loading_is_published(named, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(BROKEN)
    named(file)
    first_start.prepare()
    write(file, "one")
    authors.load()
    assert shown(Server.objects.get(slug="mine")) == {"one"}


def test_file_that_breaks_keeps_its_server_and_gets_no_other(named, tmp_path):
    file = write(tmp_path / "mine.py", "one")
    named(file)
    (server,) = authors.publish_new(None)
    file.write_text(BROKEN)
    start()
    write(file, "two")
    start()
    assert Source.objects.get(name="mine").problem == ""
    assert Server.objects.get(sources__source__name="mine") == server and "two" in shown(server)


# --- what is told at a start ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a": BROKEN}, "a.py, line 1: SyntaxError"),
        ({"a": TOOL.format(name="x") * 2}, "a.py, line 8: AuthoringError: two tools are named 'x'"),
        ({"a": TOOL.format(name="x"), "b": TOOL.format(name="x")}, "x"),
        (
            {
                "a": "from typing import Annotated\nfrom pydantic import Field\n"
                "from mcphub import tool\n\n@tool\n"
                "def deep(x: Annotated[str, Field(json_schema_extra={'$ref': 'http://a'})]): ...\n"
            },
            "not offered: ",
        ),
    ],
    ids=["does not load", "one name twice", "left out", "refused"],
)
def test_what_is_wrong_is_told_at_every_start_and_once(named, tmp_path, caplog, files, told):
    for name, text in files.items():
        write(tmp_path / "tools" / f"{name}.py").write_text(text)
    named(tmp_path / "tools")
    for _ in range(3):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            start()
        (line,) = caplog.messages
        assert told in line


def test_file_that_broke_while_the_hub_was_away_is_told_once(named, tmp_path, caplog):
    file = write(tmp_path / "mine.py", "one")
    named(file)
    start()
    file.write_text(BROKEN)
    caplog.clear()
    start()
    (line,) = [line for line in caplog.messages if "SyntaxError" in line]
    assert "mine.py, line 1" in line


def test_file_that_is_known_and_well_is_run_once_a_start(named, tmp_path):
    file = write(tmp_path / "mine.py", "one")
    named(file)
    start()
    ran = tmp_path / "ran"
    again = f"with open({str(ran)!r}, 'a') as told:\n    told.write('x')\n"
    file.write_text(f"{file.read_text()}\n{again}")
    start()
    assert ran.read_text() == "x"


ASKS = """\
from mcphub import Context, tool

@tool
async def book(ctx: Context) -> str:
    return (await ctx.elicit("Go on?")).action
"""


@pytest.mark.filterwarnings("default")
def test_file_that_works_but_for_a_caution_is_served_and_the_caution_logged(
    named, tmp_path, caplog
):
    path = tmp_path / "booking.py"
    path.write_text(ASKS)
    named(path)
    start()
    assert shown(Server.objects.get(slug="booking")) == {"book"}
    (line,) = [each for each in caplog.messages if "book asks the client" in each]
    assert line.startswith(f"tools loaded, but: {path}, line 3: ")
    assert Source.objects.get(name="booking").problem == ""
