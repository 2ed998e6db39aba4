"""authors.Arriving: files that another process published are loaded before a snapshot is served."""

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.importers.python.registry import Registry
from catalog.models import Entry
from mcphub import authors
from servers.snapshot import Snapshot, build
from servers.snapshot_rows import read_rows
from tests import make

TOOL = "from mcphub import tool\n\n@tool\ndef {name}() -> str:\n    return ''\n"
KEY = "file:tools/mine"


@pytest.fixture
def file(db, settings, tmp_path, monkeypatch):
    """A file that another process loaded and published; this one has run nothing."""
    path = tmp_path / "tools" / "mine.py"
    path.parent.mkdir()
    path.write_text(TOOL.format(name="one"))
    settings.TOOL_PATHS = [str(path)]
    authors.publish_new(None)
    monkeypatch.setattr(authors, "functions", Registry())
    monkeypatch.setattr(authors, "_arrived", {})
    return path


@pytest.fixture
def searched(monkeypatch):
    """How often the files of the hub were looked for."""
    found, possible = [], authors.possible
    monkeypatch.setattr(authors, "possible", lambda: found.append(1) or possible())
    return found


def snapshot():
    return build(read_rows(()), Snapshot(), "1")


def test_file_that_a_snapshot_names_is_loaded(file, caplog):
    with caplog.at_level(logging.INFO, logger=authors.log.name):
        authors.Arriving()(snapshot())
    assert authors.functions.get(KEY, "tool", "one") is not None
    assert f"tools loaded: {file}" in caplog.messages


def test_file_is_loaded_once_and_without_a_query(file, searched):
    arriving, served = authors.Arriving(), snapshot()
    with CaptureQueriesContext(connection) as queries:
        arriving(served)
        arriving(served)
    assert len(searched) == 1 and len(queries) == 0


def test_file_that_does_not_load_is_told_and_run_once(file, searched, caplog):
    file.write_text("def broken(:\n")
    arriving, served = authors.Arriving(), snapshot()
    arriving(served)
    arriving(served)
    assert len(searched) == 1
    (line,) = [line for line in caplog.messages if "SyntaxError" in line]
    assert "tools not loaded: " in line and "mine.py, line 1" in line


def test_file_that_failed_at_the_start_is_not_run_again(file, searched):
    file.write_text("def broken(:\n")
    authors.load()
    searched.clear()
    authors.Arriving()(snapshot())
    assert searched == []


def test_file_that_is_nowhere_is_searched_again_only_once_it_was_away(file, settings, searched):
    settings.TOOL_PATHS, there = [], settings.TOOL_PATHS
    arriving, served = authors.Arriving(), snapshot()
    arriving(served)
    arriving(served)
    assert len(searched) == 1
    arriving(Snapshot())
    settings.TOOL_PATHS = there
    arriving(served)
    assert len(searched) == 2 and authors.functions.keys == {KEY}


def test_what_is_no_file_is_not_searched(db, searched):
    source = make.source(kind="openapi")
    make.server(entries=[make.entry(source)])
    authors.Arriving()(snapshot())
    assert searched == []


def test_file_that_another_server_needs_is_left_alone(file):
    for slug, loaded in (("other", False), ("mine", True)):
        authors.Arriving(slug)(snapshot())
        assert (authors.functions.get(KEY, "tool", "one") is not None) == loaded


def test_file_that_is_saved_is_run_again_and_no_row_is_touched(file, caplog):
    authors.Arriving()(snapshot())
    reloading = authors.Reloading()
    file.write_text(TOOL.format(name="second"))
    caplog.clear()
    with (
        caplog.at_level(logging.INFO, logger=authors.log.name),
        CaptureQueriesContext(connection) as queries,
    ):
        reloading()
        reloading()
    assert authors.functions.get(KEY, "tool", "second") is not None
    assert caplog.messages == [f"tools loaded: {file}"] and len(queries) == 0


@pytest.fixture
def arrived(file, settings):
    """Let the file arrive in a hub that follows files, and did not know of this one yet."""

    def arrive():
        paths, settings.TOOL_PATHS = settings.TOOL_PATHS, []
        following = authors.Following()
        settings.TOOL_PATHS = paths
        authors.Arriving()(snapshot())
        return following

    return arrive


def test_file_that_arrived_is_not_taken_for_saved(file, arrived, caplog):
    with caplog.at_level(logging.INFO, logger=authors.log.name):
        following = arrived()
        following()
        assert caplog.messages == [f"tools loaded: {file}"]
        file.write_text(TOOL.format(name="second"))
        following()
        following()
    assert caplog.messages[1:] == [f"tools loaded again: {file}"]
    assert catalog_has("second") and authors.functions.get(KEY, "tool", "second") is not None


def test_file_that_was_saved_since_it_arrived_is_taken(file, arrived):
    following = arrived()
    file.write_text(TOOL.format(name="second"))
    following()
    assert catalog_has("second") and authors.functions.get(KEY, "tool", "second") is not None


def test_file_that_was_saved_before_it_arrived_is_brought_to_the_catalog(file, arrived):
    file.write_text(TOOL.format(name="second"))
    following = arrived()
    following()
    assert catalog_has("second")


def catalog_has(name):
    return Entry.objects.filter(name=name, state=Entry.State.ACTIVE).exists()


def test_file_that_arrives_in_a_process_without_a_catalog_is_run_once(file, caplog):
    reloading = authors.Reloading()
    with caplog.at_level(logging.INFO, logger=authors.log.name):
        authors.Arriving()(snapshot())
        reloading()
    assert caplog.messages == [f"tools loaded: {file}"]


def test_file_that_this_process_has_not_is_not_followed(file):
    reloading = authors.Reloading()
    file.write_text(TOOL.format(name="second"))
    reloading()
    assert authors.functions.keys == set()
