"""runtime.py: what was used is written when a minute is over, at the end, and after an outage."""

from django.db import OperationalError

from catalog.models import Entry
from monitoring import metrics, usage
from monitoring.models import EntryUse, Rollup
from tests.hub import Hub

ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}


def written(hub: Hub) -> None:
    """Let what was counted be written."""
    metrics.render()
    hub.run(hub.runtime._write_usage())


def test_calls_of_a_minute_are_written_with_what_they_were_of(hub: Hub) -> None:
    for params in (ADD, ADD, {"name": "fail"}, {"name": "nothing"}):
        hub.post("open", "tools/call", params)
    written(hub)
    row = Rollup.objects.get()
    assert (row.calls, row.errors, row.denials, sum(row.buckets)) == (3, 1, 1, 3)
    add = Entry.objects.get(name="add")
    use = EntryUse.objects.get(entry=add.public_id)
    assert (use.calls, use.errors) == (2, 0)
    assert [str(add.public_id), "tool", "open", "add", 2, 0] in [each[:6] for each in row.entries]


def test_a_name_that_stands_for_something_else_counts_as_that(hub: Hub) -> None:
    hub.post("open", "tools/call", ADD)
    first, other = Entry.objects.get(name="add"), Entry.objects.get(name="fail")
    first.published.all().delete()
    published = other.published.get(server__slug="open")
    published.exposed_name = "add"
    published.save()
    hub.refresh()
    hub.post("open", "tools/call", {"name": "add"})
    hub.refresh()
    hub.post("open", "tools/call", {"name": "add"})
    written(hub)
    calls = dict(EntryUse.objects.values_list("entry", "calls"))
    assert calls == {first.public_id: 1, other.public_id: 2}


def test_a_database_that_is_away_gets_it_later(hub: Hub, monkeypatch) -> None:
    hub.post("open", "tools/call", ADD)

    def away(process: str, minutes: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patched:
        patched.setattr(usage, "write", away)
        written(hub)
    assert not Rollup.objects.exists()
    hub.run(hub.runtime._write_usage())
    assert Rollup.objects.get().calls == 1
