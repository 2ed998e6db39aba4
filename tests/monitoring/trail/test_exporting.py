"""Parts of the trail as files."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync

from monitoring import audit
from monitoring.models import AuditPerson
from monitoring.trail import exporting
from monitoring.trail.exporting import COLUMNS, as_csv, export
from monitoring.trail.narrowing import Narrowed, narrowed

pytestmark = pytest.mark.django_db
PAYLOADS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1")


def exported(wanted: Narrowed, form: str, most: int = exporting.MOST) -> str:
    async def read() -> str:
        return "".join([part async for part in export(wanted, form, most)])

    return async_to_sync(read)()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("column", range(len(COLUMNS)))
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_is_a_formula(column: int, payload: str) -> None:
    row: list[Any] = ["x"] * len(COLUMNS)
    row[column] = payload
    (read,) = csv.reader(io.StringIO(as_csv([tuple(row)]), newline=""))
    assert read[column] == f"'{payload}"


def test_a_name_and_a_tool_that_are_formulas_are_texts(event: Callable[..., audit.Event]) -> None:
    person = uuid4()
    AuditPerson.objects.create(pk=person, label="=cmd|'/c calc'!A0")
    audit.record(event(user=person, entry="@evil", client="-1", duration_us=-5))
    audit.flush()
    (row,) = rows(exported(narrowed({}), "csv"))
    assert row["who"] == "'=cmd|'/c calc'!A0"
    assert (row["entry"], row["client"], row["duration_us"]) == ("'@evil", "'-1", "-5")


def test_what_fits_is_exported_newest_first_across_batches(
    event: Callable[..., audit.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    for number in range(5):
        audit.record(event(entry=f"e{number}", server="demo"))
    audit.record(event(entry="elsewhere"))
    audit.flush()
    wanted = narrowed({"server": "demo"})
    names = [json.loads(line)["entry"] for line in exported(wanted, "jsonl").splitlines()]
    assert names == ["e4", "e3", "e2", "e1", "e0"]
    assert [row["entry"] for row in rows(exported(wanted, "csv", 3))] == ["e4", "e3", "e2"]


def test_an_export_of_nothing_has_its_head(event: Callable[..., audit.Event]) -> None:
    assert exported(narrowed({}), "csv").strip() == ",".join(COLUMNS)
    assert exported(narrowed({}), "jsonl") == ""


def test_line_of_json_has_every_column_and_the_name(event: Callable[..., audit.Event]) -> None:
    person = UUID(int=5)
    AuditPerson.objects.create(pk=person, label="Zoë")
    audit.record(event(user=person))
    audit.flush()
    line = json.loads(exported(narrowed({}), "jsonl"))
    assert tuple(line) == COLUMNS
    assert (line["user"], line["who"]) == (str(person), "Zoë")
