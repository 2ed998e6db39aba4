"""Putting a backup back into an empty database, all of it or nothing.

Rows are written as they were: no service runs, no time is set anew, nothing is recorded. The trail goes
on in new chains once a hub starts.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction

from accounts.models import User
from catalog.services import announce
from mcphub.backup import manifest
from mcphub.backup.manifest import BackupError, Manifest, Table
from mcphub.databases import make_private
from monitoring.models import AuditEvent

CHUNK = 1_000
"""Rows written at once."""
UNREADABLE = (OSError, EOFError, ValueError, TypeError, KeyError, ValidationError)
"""What rows raise that are not what the manifest says."""


def restore(folder: Path) -> Manifest:
    """Put a backup back. Raises BackupError; the database is then as it was, migrated."""
    made = Manifest.read(folder)
    _check_files(folder, made)
    if settings.EMBEDDED:
        make_private(Path(settings.DATABASES["default"]["NAME"]))
    call_command("migrate", interactive=False, verbosity=0)
    _check_place(folder, made)
    tables = {table.model: table for table in made.tables}
    try:
        with transaction.atomic():
            _load(folder, tables)
            announce()
            _put_key_back(folder)
    except UNREADABLE as error:
        raise BackupError(f"the rows cannot be read: {error}") from error
    except DatabaseError as error:
        raise BackupError(f"the database refused the rows: {error}") from error
    return made


def _check_files(folder: Path, made: Manifest) -> None:
    """Look at everything before anything is written."""
    if made.form != manifest.FORM:
        raise BackupError(f"this hub reads backups of form {manifest.FORM}, not {made.form}.")
    known = {model._meta.label_lower for model in manifest.kept_models()}
    for table in made.tables:
        if table.model not in known:
            raise BackupError(f"{table.model} is not known to this hub.")
        path = folder / table.file
        if not path.is_file() or manifest.sha256(path) != table.sha256:
            raise BackupError(f"{path} is not the file that the backup was made with.")


def _check_place(folder: Path, made: Manifest) -> None:
    """See that this hub is empty, and of the version and with the key that the backup is of."""
    if User.objects.exists() or AuditEvent.objects.exists():
        raise BackupError("the database is not empty; a backup is put back into a new one.")
    if missing := sorted(set(made.migrations) ^ set(manifest.applied())):
        raise BackupError(
            f"the backup is of mcphub {made.version}, whose tables are others ({missing[0]}):"
            " put it back with that version, then upgrade."
        )
    brings_key = manifest.makes_its_key() and (folder / manifest.KEY).is_file()
    if not brings_key and not set(made.keys) <= set(manifest.key_names()):
        raise BackupError(
            "the backup was made with another MCPHUB_SECRET_KEY: the trail would not verify. Set the"
            " one it was made with, and put it back again."
        )


def _load(folder: Path, tables: dict[str, Table]) -> None:
    """Write all rows; foreign keys are checked at the end, so in any order."""
    kept = list(manifest.kept_models())
    for model in kept:
        model._base_manager.all()._raw_delete(connection.alias)  # what migrations have made
    for model in kept:
        table = tables.get(model._meta.label_lower)
        if table is not None:
            count = _write(model, table.columns, _rows(folder / table.file))
            if count != table.rows:
                raise BackupError(f"{table.file} has {count} rows, not {table.rows}.")
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), kept):
            cursor.execute(statement)


def _rows(path: Path) -> Iterator[list[Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _write(model: type[models.Model], columns: list[str], rows: Iterable[list[Any]]) -> int:
    """Write the rows of one model and return how many there were."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    into = [fields[name] for name in columns]
    statement = _statement(model, into)
    count, remaining = 0, iter(rows)
    with connection.cursor() as cursor:
        while some := list(islice(remaining, CHUNK)):
            cursor.executemany(statement, [_values(into, row) for row in some])
            count += len(some)
    return count


def _statement(model: type[models.Model], fields: list[Any]) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})"


def _values(fields: list[Any], row: list[Any]) -> list[Any]:
    """Return a row's values as the database takes them."""
    if len(row) != len(fields):
        raise ValueError("a row has another number of columns")
    return [
        field.get_db_prep_save(_read(field, value), connection)
        for field, value in zip(fields, row, strict=True)
    ]


def _read(field: Any, value: Any) -> Any:
    """Return a value as its field has it in Python."""
    target = field.target_field if field.is_relation else field
    return target.to_python(value)


def _put_key_back(folder: Path) -> None:
    """Have the hub sign with the key the backup was made with, where it made its key itself."""
    kept = folder / manifest.KEY
    if not manifest.makes_its_key() or not kept.is_file():
        return
    path = settings.DATA_DIR / manifest.KEY
    fresh = path.with_name(f"{manifest.KEY}.restored")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(kept.read_text(encoding="ascii").strip())
    fresh.replace(path)
