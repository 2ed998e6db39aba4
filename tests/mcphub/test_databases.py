"""databases.py: the two modes."""

import stat
from pathlib import Path

from mcphub.databases import make_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_sqlite_file_and_a_folder_made_for_it_are_the_owners_alone(tmp_path):
    path = tmp_path / "new" / "hub.sqlite3"
    make_private(path)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_file_that_is_there_keeps_its_mode_and_its_content(tmp_path):
    path = tmp_path / "hub.sqlite3"
    path.write_text("rows")
    path.chmod(0o640)
    make_private(path)
    assert mode(path) == 0o640 and path.read_text() == "rows"


def test_a_hub_that_runs_keeps_its_rows_from_others(live_hub):
    folder = Path(live_hub.environ["MCPHUB_DATA"])
    files = sorted(folder.glob("mcphub.sqlite3*"))
    assert files and {mode(path) for path in files} == {0o600}
