from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from catalog.importers.python import LoadedFile, Problem, file_origin, load
from catalog.models import CatalogVersion, Definition, Entry, EntryVersion, Source
from catalog.selectors import catalog_number
from catalog.services import SyncResult, set_entry_enabled, set_entry_tags, sync_source
from catalog.signals import source_synced
from mcphub import tool
from monitoring import audit
from monitoring.models import AuditEvent
from tests import make

HEAD = "from typing import Annotated\nfrom mcphub import tool, prompt\nfrom pydantic import Field\n"
ADD = "@tool(tags=['Sums', 'safe'], durable=True)\ndef add(a: int) -> int:\n    return a\n"
SUB = "@tool\ndef sub(a: int) -> int:\n    return -a\n"
NEW_ADD = "@tool\ndef add(a: int, b: int) -> int:\n    return a + b\n"
BAD = "@tool\ndef bad(a: Annotated[str, Field(pattern='(a+)+')]) -> str:\n    return a\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    return folder / "sums.py"


@pytest.fixture
def told() -> Iterator[list[Source]]:
    """The sources that receivers were told of."""
    sources: list[Source] = []

    def receive(source: Source, **_: Any) -> None:
        sources.append(source)

    source_synced.connect(receive)
    yield sources
    source_synced.disconnect(receive)


def loaded(path: Path, *parts: str) -> LoadedFile:
    path.write_text(HEAD + "".join(parts))
    return load(file_origin(path))


def sync(path: Path, *parts: str) -> SyncResult:
    return sync_source(loaded=loaded(path, *parts), team=None)


def entry(name: str = "add") -> Entry:
    return Entry.objects.get(name=name)


def audit_rows() -> list[Any]:
    audit.flush()
    return list(AuditEvent.objects.order_by("id"))


def test_new_file_gives_source_entries_versions_and_tags(db: None, path: Path) -> None:
    team = make.team()
    result = sync_source(loaded=loaded(path, ADD, SUB), team=team)
    assert result.created == ("add", "sub")
    source = Source.objects.get()
    assert (source.key, source.name, source.team) == ("file:tools/sums", "sums", team)
    add = entry()
    assert (add.kind, add.durable, add.enabled, add.state) == ("tool", True, True, "active")
    assert {tag.name for tag in add.tags.all()} == {"sums", "safe"}
    assert add.current is not None
    assert (add.current.number, add.current.state) == (1, "approved")
    assert '"name":"add"' in add.current.definition.body


def test_second_sync_without_change_writes_and_tells_nothing(
    db: None, path: Path, told: list[Source], django_assert_num_queries: Any
) -> None:
    sync(path, ADD, SUB)
    again = loaded(path, ADD, SUB)
    before = (catalog_number(), len(audit_rows()), len(told))
    with django_assert_num_queries(4):  # savepoint, source, entries, release
        result = sync_source(loaded=again, team=None)
    assert not result.altered
    assert (catalog_number(), len(audit_rows()), len(told)) == before


def test_changed_definition_is_a_new_version_and_supersedes(db: None, path: Path) -> None:
    sync(path, ADD)
    assert sync(path, NEW_ADD).changed == ("add",)
    versions = EntryVersion.objects.filter(entry=entry()).values_list("number", "state")
    assert list(versions) == [(2, "approved"), (1, "superseded")]
    assert entry().current == EntryVersion.objects.get(number=2)


def test_definition_that_comes_back_is_one_text_and_a_third_version(db: None, path: Path) -> None:
    for text in (SUB, SUB.replace("a: int)", "a: str)"), SUB):
        sync(path, text)
    assert entry("sub").current.number == 3  # type: ignore[union-attr]
    assert Definition.objects.count() == 2


def test_change_is_announced_told_and_recorded_once(
    db: None, path: Path, told: list[Source]
) -> None:
    sync(path, ADD, SUB)
    assert catalog_number() == 1
    assert [source.name for source in told] == ["sums"]
    [row] = audit_rows()
    assert row.action == "source.sync"
    assert '"created"' in row.data


def test_curators_choices_outlive_a_sync(db: None, path: Path) -> None:
    sync(path, ADD)
    set_entry_tags(actor=None, entry=entry(), tags=["mine"])
    set_entry_enabled(actor=None, entry=entry(), enabled=False)
    sync(path, NEW_ADD)
    assert [tag.name for tag in entry().tags.all()] == ["mine"]
    assert (entry().enabled, entry().durable) == (False, True)


def test_vanished_function_is_missing_and_keeps_what_was_decided(db: None, path: Path) -> None:
    sync(path, ADD, SUB)
    set_entry_enabled(actor=None, entry=entry(), enabled=False)
    assert sync(path, SUB).missing == ("add",)
    assert (entry().state, entry().enabled, entry().tags.count()) == ("missing", False, 2)
    assert entry().current is not None


def test_function_that_returns_is_active_again(db: None, path: Path) -> None:
    sync(path, ADD, SUB)
    sync(path, SUB)
    result = sync(path, ADD, SUB)
    assert (result.returned, result.changed, result.created) == (("add",), (), ())
    assert entry().state == "active"


def test_broken_file_keeps_its_entries_and_tells_the_problem(db: None, path: Path) -> None:
    sync(path, ADD)
    number = catalog_number()
    sync(path, "1 / 0\n")
    source = Source.objects.get()
    assert f"{path}, line 4: ZeroDivisionError" in source.problem
    assert entry().state == "active"
    assert catalog_number() == number


def test_mended_file_has_no_problem(db: None, path: Path) -> None:
    sync(path, "1 / 0\n")
    sync(path, ADD)
    assert Source.objects.get().problem == ""


def test_what_its_publishers_said_outlives_a_sync(db: None, path: Path) -> None:
    said = 'Not published on "shop", where the name is taken: add.'
    sync(path, ADD)
    Source.objects.update(problem=said)
    sync(path, ADD)
    assert Source.objects.get().problem == said
    sync(path, "1 / 0\n")
    assert Source.objects.get().problem.splitlines()[1:] == [said]
    sync(path, ADD)
    assert Source.objects.get().problem == said


def test_refused_schema_takes_only_its_own_entry(
    db: None, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    result = sync(path, BAD, ADD)
    assert result.created == ("add",)
    problem = Source.objects.get().problem
    assert problem.startswith("tool bad: inputSchema: pattern")
    assert str(path) in caplog.text and "not offered" in caplog.text


def test_entry_whose_new_schema_is_refused_is_no_longer_offered(db: None, path: Path) -> None:
    sync(path, BAD.replace("(a+)+", "a+"))
    sync(path, BAD)
    assert entry("bad").state == "missing"


def test_problem_holds_what_every_database_takes(db: None, path: Path) -> None:
    problem = Problem("a.py", 1, "\0 \ud800" + "x" * 10_000)
    sync_source(loaded=LoadedFile("k", "k", path, problem=problem), team=None)
    text = Source.objects.get().problem
    assert text.encode()
    assert "\0" not in text
    assert len(text) == 4_000


def test_same_name_of_another_kind_is_another_entry(db: None, path: Path) -> None:
    result = sync(path, ADD, "@prompt(name='add')\ndef ask() -> str:\n    return '?'\n")
    assert result.created == ("add", "add")


def test_two_sources_share_a_definition(db: None, path: Path) -> None:
    sync(path, SUB)
    sync(path.with_name("more.py"), SUB)
    assert (Definition.objects.count(), EntryVersion.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_processes_that_sync_at_once_do_not_fail(path: Path) -> None:
    file, start = loaded(path, ADD, SUB), Barrier(4)

    def one(_: int) -> int:
        start.wait(10)
        try:
            return len(sync_source(loaded=file, team=None).created)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        created = sorted(pool.map(one, range(4)))
    assert created == [0, 0, 0, 2]
    assert (Entry.objects.count(), EntryVersion.objects.count()) == (2, 2)
    assert CatalogVersion.objects.get().number == 1


def test_thousands_of_entries_take_few_queries(
    db: None, path: Path, django_assert_max_num_queries: Any
) -> None:
    entries = []
    for number in range(1_000):

        def each(a: int) -> int:
            return a

        entries.append(tool(name=f"tool_{number}", tags=["many"])(each).__mcphub__)
    with django_assert_max_num_queries(60):
        sync_source(loaded=LoadedFile("k", "k", path, tuple(entries)), team=None)
    assert Entry.objects.filter(tags__name="many", current__number=1).count() == 1_000
