"""databases.py: the two modes."""

import stat

from mcphub.databases import sqlite


def test_sqlite_file_and_a_folder_made_for_it_are_the_owners_alone(tmp_path):
    path = tmp_path / "new" / "hub.sqlite3"
    assert sqlite(path)["NAME"] == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_file_that_is_there_keeps_its_mode_and_its_content(tmp_path):
    path = tmp_path / "hub.sqlite3"
    path.write_text("rows")
    path.chmod(0o640)
    sqlite(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and path.read_text() == "rows"
