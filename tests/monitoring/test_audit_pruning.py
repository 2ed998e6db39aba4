"""Old events are let go of, and what is left verifies."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from monitoring import audit
from monitoring.audit import pruning, trail, verify
from monitoring.audit.seals import write_seal
from monitoring.models import AuditEvent, AuditSeal

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DAY = 86_400


@pytest.fixture
def chains(event: Callable[..., audit.Event]) -> list[str]:
    """Two chains of six days, sealed; in the second the third day's event was late."""
    found = []
    for late in (0, 4):
        for day in range(6):
            at = BEGIN.timestamp() + DAY * (day + (late if day == 2 else 0))
            audit.record(event(entry=f"d{day}", at=at))
        audit.flush()
        write_seal(trail._trail.writer.head, force=True)
        found.append(trail._trail.writer.head.chain)
        audit.restart()
    return found


def left(chain: str) -> list[str]:
    return [row.entry for row in AuditEvent.objects.filter(chain=chain).order_by("seq")]


@pytest.mark.parametrize("piece", [1, 2, 100])
def test_each_chain_loses_its_beginning_and_the_rest_verifies(
    piece: int, chains: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "PIECE", piece)
    before = BEGIN.replace(day=5)
    assert pruning.prunable(before) == 6
    assert pruning.prune(before) == 6
    assert [left(chain) for chain in chains] == [["d4", "d5"], ["d2", "d3", "d4", "d5"]]
    assert verify().problems == []
    assert pruning.prune(before) == 0


def test_a_chain_that_is_pruned_whole_is_not_missed(chains: list[str]) -> None:
    pruning.prune(BEGIN.replace(month=4))
    assert [left(chain) for chain in chains] == [[], []]
    assert verify().problems == []


def test_what_is_removed_otherwise_is_still_found(chains: list[str]) -> None:
    pruning.prune(BEGIN.replace(day=3))
    AuditEvent.objects.filter(chain=chains[0]).order_by("seq")[0].delete()
    assert [item.why for item in verify().problems] == ["removed"]


def test_a_seal_that_says_so_cannot_be_forged(chains: list[str]) -> None:
    pruning.prune(BEGIN.replace(day=3))
    seal = AuditSeal.objects.exclude(pruned_below=None).latest("id")
    AuditSeal.objects.filter(pk=seal.pk).update(pruned_below=None)
    assert "seal broken" in [item.why for item in verify().problems]


def test_that_it_was_done_is_in_the_trail(chains: list[str]) -> None:
    pruning.prune(BEGIN.replace(day=3))
    audit.flush()
    (row,) = AuditEvent.objects.filter(action="trail.prune")
    assert json.loads(row.data)["after"]["events"] == 4


def test_the_command_asks_for_yes(chains: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_prune", "--before", "2026-03-03")
    assert capsys.readouterr().out == "4 events would go\n"
    assert AuditEvent.objects.count() == 12
    call_command("audit_prune", "--before", "2026-03-03", "--yes", "--json")
    assert json.loads(capsys.readouterr().out) == {"events": 4, "removed": True}


@pytest.mark.parametrize("text", ["soon", "2999-01-01"])
def test_the_command_takes_a_moment_that_was(text: str) -> None:
    with pytest.raises(CommandError) as told:
        call_command("audit_prune", "--before", text)
    assert told.value.returncode == 2


def test_the_command_leaves_a_broken_trail_alone(chains: list[str]) -> None:
    AuditEvent.objects.filter(entry="d1").update(detail="forged")
    with pytest.raises(CommandError, match="nothing is removed"):
        call_command("audit_prune", "--before", "2026-03-03", "--yes")
    assert AuditEvent.objects.count() == 12
