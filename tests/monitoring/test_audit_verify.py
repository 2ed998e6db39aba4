import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from monitoring import audit
from monitoring.audit import trail, verify
from monitoring.audit.chain import signing_key
from monitoring.audit.event import FIELDS
from monitoring.audit.seals import read_heads, seal_mac, write_seal
from monitoring.models import AuditEvent, AuditSeal

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(event):
    """Eight events and a seal over all of them."""
    for number in range(8):
        audit.record(event(entry=f"e{number}", detail="as it was"))
    audit.flush()
    write_seal(trail._trail.writer.head)
    return trail._trail.writer.head.chain


def problems():
    return [(item.chain, item.seq, item.why) for item in verify().problems]


def at(seq):
    return AuditEvent.objects.filter(seq=seq)


def swap(one, two, names):
    """Exchange these columns of two rows, by way of an unused place where they are unique."""
    first, second = at(one).values(*names).get(), at(two).values(*names).get()
    key_one, key_two = at(one).get().pk, at(two).get().pk
    if "seq" in names:
        AuditEvent.objects.filter(pk=key_one).update(seq=10**6)
    AuditEvent.objects.filter(pk=key_two).update(**first)
    AuditEvent.objects.filter(pk=key_one).update(**second)


def test_an_untouched_trail_holds(chain):
    report = verify()
    assert (report.ok, report.events, report.chains, report.seals) == (True, 8, 1, 1)


def test_an_empty_trail_holds():
    assert verify().ok


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("detail", "something else"),
        ("at", "2026-01-01T00:00:00Z"),
        ("user", "6f4e0f52-9f0c-4f6c-9d40-0a6ff3a0a001"),
        ("duration_us", 5),
        ("verdict", "allow"),
        ("data", "{}"),
        ("kind", "read"),
    ],
)
def test_a_changed_row_is_named(chain, name, value):
    at(4).update(**{name: value})
    assert problems() == [(chain, 4, "changed")]


def test_a_changed_mac_is_named(chain):
    at(4).update(mac="0" * 64)
    assert (chain, 4, "changed") in problems()


def test_a_mac_that_is_no_ascii_is_named(chain):
    at(4).update(mac="é" * 64)
    assert (chain, 4, "changed") in problems()


def test_two_changed_rows_are_both_named(chain):
    at(4).update(detail="x")
    at(5).update(detail="x")
    assert problems() == [(chain, 4, "changed"), (chain, 5, "changed")]


def test_a_removed_row_is_named(chain):
    at(4).delete()
    assert problems() == [(chain, 4, "removed")]


def test_a_removed_first_row_is_named(chain):
    at(1).delete()
    assert problems() == [(chain, 1, "removed")]


@pytest.mark.parametrize(("one", "two"), [(3, 4), (2, 6), (1, 2), (1, 5), (7, 8)])
def test_two_rows_with_swapped_places_are_named(chain, one, two):
    swap(one, two, ["seq"])
    found = {seq: why for _chain, seq, why in problems()}
    assert found[one] == f"swapped with event {two}"
    if two > one + 1:  # next to each other they are one finding
        assert found[two] == f"swapped with event {one}"


def test_two_rows_with_swapped_contents_are_named(chain):
    swap(3, 6, FIELDS)
    assert problems() == [(chain, 3, "swapped with event 6"), (chain, 6, "swapped with event 3")]


def test_a_cut_tail_is_named_by_the_seal(chain):
    AuditEvent.objects.filter(seq__gte=6).delete()
    assert problems() == [(chain, 6, "truncated: a seal names event 8")]


def test_a_whole_chain_that_is_gone_is_named_by_the_seal(chain):
    AuditEvent.objects.all().delete()
    assert problems() == [(chain, 8, "truncated: the whole chain is gone, a seal names its head")]


def test_another_event_than_the_sealed_one_is_named(chain):
    key, last = signing_key(), AuditSeal.objects.get()
    seal = AuditSeal(at=last.at, heads=json.dumps({chain: [8, "another"]}), key_id=key.id)
    seal.mac = seal_mac(seal, key.secret)
    last.delete()
    seal.save()
    assert problems() == [(chain, 8, "changed: a seal names another event here")]


def test_a_changed_seal_is_named(chain):
    AuditSeal.objects.update(heads=json.dumps({chain: [2, "x"]}))
    assert any(why == "seal broken" for _chain, _seq, why in problems())


def test_a_removed_seal_is_named(chain, event):
    first = AuditSeal.objects.get()
    audit.record(event())
    audit.flush()
    write_seal(trail._trail.writer.head, force=True)
    first.delete()
    last = AuditSeal.objects.get()
    assert problems() == [("seal", last.pk, "a seal before it was removed")]


def test_a_tail_cut_together_with_its_seals_is_found_by_an_anchor(chain, event):
    audit.record(event())
    audit.flush()
    write_seal(trail._trail.writer.head, force=True)
    anchor = verify().anchor
    assert verify(anchor).ok
    AuditSeal.objects.order_by("-id").first().delete()
    at(9).delete()
    assert verify().ok
    assert [item.why for item in verify(anchor).problems] == [
        "truncated: the anchor is not among the seals"
    ]


def test_events_newer_than_the_last_seal_hold(chain, event):
    audit.record(event())
    audit.flush()
    assert verify().ok


def test_a_forged_row_needs_the_key(chain, settings):
    settings.SECRET_KEY = "of somebody else"
    assert {why for _chain, _seq, why in problems()} == {"signed with an unknown key"}


def test_rows_of_a_former_key_still_hold(chain, settings, event):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    audit.restart()
    audit.record(event())
    audit.flush()
    write_seal(trail._trail.writer.head)
    assert verify().ok
    assert AuditEvent.objects.values("key_id").distinct().count() == 2


def test_pruned_events_are_not_missed(chain):
    cut = at(5).get()
    write_seal(trail._trail.writer.head, force=True, pruned={chain: (5, cut.mac)})
    AuditEvent.objects.filter(seq__lte=5).delete()
    assert verify().ok
    at(6).delete()
    assert problems() == [(chain, 6, "removed")]


def test_findings_are_bounded(event):
    for _ in range(150):
        audit.record(event())
    audit.flush()
    AuditEvent.objects.update(detail="x")
    assert len(verify().problems) == 100


def run(*options):
    out = StringIO()
    call_command("audit_verify", *options, stdout=out)
    return out.getvalue()


def test_the_command_says_ok_in_one_line(chain):
    assert run() == "ok: 8 events, 1 chains, 1 seals\n"


def test_the_command_exits_1_and_names_the_row(chain):
    at(4).update(detail="x")
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("audit_verify", stdout=out)
    assert failed.value.returncode == 1
    assert out.getvalue() == f"broken: {chain} 4: changed\n"


def test_the_command_speaks_json(chain):
    answer = json.loads(run("--json"))
    assert (answer["ok"], answer["events"], answer["problems"]) == (True, 8, [])
    assert answer["anchor"] == AuditSeal.objects.get().mac
    assert chain in read_heads(AuditSeal.objects.get().heads)


@pytest.mark.parametrize(
    ("column", "value"),
    [("at", "x"), ("at", 7), ("user", "zz"), ("mac", b"blob"), ("data", b"\xff")],
)
def test_a_value_of_a_kind_that_was_never_stored_is_found(chain, column, value):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its columns' kinds")
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE monitoring_auditevent SET "{column}" = %s WHERE seq = 4', [value])
    found = problems()
    assert found and found[0][0] in {chain, ""} and found[0][2].startswith("changed")
