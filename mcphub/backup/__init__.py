"""All rows of a hub in a folder, and back: the same folder fits SQLite and PostgreSQL.

A backup is taken from one moment while the hub serves; it is put back into an empty database.
"""

from mcphub.backup.manifest import BackupError, Manifest
from mcphub.backup.restoring import restore
from mcphub.backup.taking import backup

__all__ = ["BackupError", "Manifest", "backup", "restore"]
