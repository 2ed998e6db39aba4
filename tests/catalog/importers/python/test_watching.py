import os
from pathlib import Path

import pytest

from catalog.importers.python import Watcher


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_text("1")
    return path


def watcher(folder: Path) -> Watcher:
    return Watcher(lambda: folder.glob("*.py"))


def test_nothing_saved_is_nothing_changed(path: Path) -> None:
    assert watcher(path.parent).changed() == []


def test_saved_file_is_told_once(path: Path) -> None:
    watched = watcher(path.parent)
    path.write_text("12")
    assert watched.changed() == [path]
    assert watched.changed() == []


def test_save_of_the_same_size_is_told_by_its_time(path: Path) -> None:
    watched = watcher(path.parent)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert watched.changed() == [path]


def test_new_and_removed_files_are_told(path: Path) -> None:
    watched = watcher(path.parent)
    new = path.with_name("b.py")
    new.write_text("")
    path.unlink()
    assert watched.changed() == [path, new]


def test_named_file_that_goes_and_comes_back_is_told_each_time(path: Path) -> None:
    watched = Watcher(lambda: [path])
    path.unlink()
    assert watched.changed() == [path]
    path.write_text("1")
    assert watched.changed() == [path]
