"""What a backup says of itself: its form, its tables, their hashes, the schema and the keys it fits."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder

from monitoring.audit.chain import known_keys

FORM = 1
NAME = "manifest.json"
KEY = "secret_key"
LEFT_OUT = frozenset({"monitoring.announcement", "admin.logentry"})
"""What is worth nothing later: messages between processes, and a log that is not kept."""
LARGEST_MANIFEST = 4 * 1024 * 1024


class BackupError(Exception):
    """A backup cannot be taken, or this one cannot be put back here."""


@dataclass(frozen=True, slots=True)
class Table:
    """One file of rows: whose, how many, and the SHA-256 of the file."""

    model: str
    columns: list[str]
    rows: int
    sha256: str

    @property
    def file(self) -> str:
        """Where its rows are."""
        return f"rows/{self.model}.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`taken_at` is ISO 8601; `keys` are the names of the keys that sign the trail."""

    form: int
    version: str
    taken_at: str
    migrations: list[str]
    keys: list[str]
    tables: list[Table]

    def write(self, folder: Path) -> None:
        """Write it last: a folder without one is no backup."""
        (folder / NAME).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Return what a folder says it is. Raises BackupError."""
        path = folder / NAME
        try:
            if path.stat().st_size > LARGEST_MANIFEST:
                raise BackupError(f"{path} is too large for a manifest.")
            facts = json.loads(path.read_text(encoding="utf-8"))
            tables = [Table(**each) for each in facts.pop("tables")]
            return cls(**facts, tables=tables)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupError(f"{folder} holds no backup: {error}") from error


def kept_models() -> Iterator[type[models.Model]]:
    """Yield every model with a table whose rows are kept."""
    for model in apps.get_models(include_auto_created=True):
        opts = model._meta
        if (
            opts.managed
            and not opts.proxy
            and not opts.swapped
            and opts.label_lower not in LEFT_OUT
        ):
            yield model


def columns(model: type[models.Model]) -> list[str]:
    """Return the names of a model's columns, as Python knows them."""
    return [field.attname for field in model._meta.concrete_fields]


def applied() -> list[str]:
    """Return the migrations this database has."""
    return sorted(".".join(each) for each in MigrationRecorder(connection).applied_migrations())


def key_names() -> list[str]:
    """Return the public names of the keys that this process knows."""
    return sorted(known_keys())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def makes_its_key() -> bool:
    """Tell whether the hub signs with a key that it made itself, and no other was given."""
    made = settings.DATA_DIR / KEY
    given = not made.is_file() or made.read_text(encoding="utf-8").strip() != settings.SECRET_KEY
    return bool(settings.EMBEDDED) and not given
