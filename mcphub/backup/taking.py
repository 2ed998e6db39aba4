"""Taking a backup: every table from one moment, as lines of JSON, compressed."""

import contextlib
import errno
import gzip
import json
import os
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from mcphub.backup import manifest
from mcphub.backup.manifest import BackupError, Manifest, Table
from mcphub.version import VERSION

CHUNK = 2_000
"""Rows read at once."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def backup(folder: Path) -> Manifest:
    """Write a backup into a folder that is not there yet, or empty.

    Raises BackupError where that folder will not do, OSError where the disk is full or fails.
    """
    _prepare(folder)
    with _one_moment():
        tables = [_table(folder, model) for model in manifest.kept_models()]
        migrations = manifest.applied()
    _keep_key(folder)
    made = Manifest(
        form=manifest.FORM,
        version=VERSION,
        taken_at=timezone.now().isoformat(),
        migrations=migrations,
        keys=manifest.key_names(),
        tables=tables,
    )
    made.write(folder)
    return made


def _prepare(folder: Path) -> None:
    """Make the folder. Raises BackupError where it will not do, OSError where there is no room for it."""
    try:
        if folder.exists() and any(folder.iterdir()):
            raise BackupError(f"{folder} is not empty.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # it holds password hashes and whatever was recorded
        (folder / "rows").mkdir(mode=0o700)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        raise BackupError(str(error)) from error


@contextlib.contextmanager
def _one_moment() -> Iterator[None]:
    """Let all reads see the same moment, without holding up anybody who writes."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            yield
            return
        cursor.execute("BEGIN DEFERRED")  # atomic() would keep writers out
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _table(folder: Path, model: type[models.Model]) -> Table:
    """Write the rows of one model."""
    label, columns, count = model._meta.label_lower, manifest.columns(model), 0
    path = folder / "rows" / f"{label}.jsonl.gz"
    rows = model._base_manager.order_by("pk").values_list(*columns)
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=5) as file:
        for row in rows.iterator(chunk_size=CHUNK):
            file.write(json.dumps(row, default=_plain, ensure_ascii=False) + "\n")
            count += 1
    return Table(label, columns, count, manifest.sha256(path))


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, which its field reads back."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise BackupError(f"a {type(value).__name__} cannot be kept")


def _keep_key(folder: Path) -> None:
    """Keep the key that the hub made for itself; one from the environment is its operator's to keep."""
    if not manifest.makes_its_key():
        return
    handle = os.open(folder / manifest.KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(settings.SECRET_KEY)
