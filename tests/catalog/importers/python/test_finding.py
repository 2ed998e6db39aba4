from pathlib import Path
from types import SimpleNamespace
from typing import Any

from catalog.importers.python import app_origins, file_origin, tool_origins


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def app(folder: Path, label: str) -> Any:
    return SimpleNamespace(path=str(folder), label=label, name=f"site.{label}")


def test_file_is_named_by_its_stem_and_keyed_with_its_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "tools" / "weather.py")
    [origin] = tool_origins([str(path)])
    assert (origin.key, origin.name, origin.path) == ("file:tools/weather", "weather", path)


def test_key_survives_a_move_of_the_project(tmp_path: Path) -> None:
    here, there = (file_origin(tmp_path / place / "tools" / "weather.py") for place in "ab")
    assert here.key == there.key


def test_folder_gives_each_of_its_own_public_files(tmp_path: Path) -> None:
    for name in (
        "b.py",
        "a.py",
        "_private.py",
        "notes.txt",
        "deeper/c.py",
        "test_a.py",
        "conftest.py",
    ):
        write(tmp_path / name)
    assert [origin.name for origin in tool_origins([str(tmp_path)])] == ["a", "b"]


def test_path_named_twice_is_one_source(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    assert len(tool_origins([str(path), str(tmp_path), str(path)])) == 1


def test_second_file_of_a_key_is_refused_and_names_the_first(tmp_path: Path) -> None:
    paths = [write(tmp_path / place / "tools" / "weather.py") for place in "ab"]
    first, second = tool_origins(map(str, paths))
    assert not first.refusal
    assert str(paths[0]) in second.refusal
    assert second.key != first.key


def test_source_knows_what_was_named_for_it(tmp_path: Path) -> None:
    alone = write(tmp_path / "alone.py")
    write(tmp_path / "tools" / "a.py")
    found = tool_origins([str(alone), str(tmp_path / "tools")])
    assert [origin.home for origin in found] == [alone, tmp_path / "tools"]
    assert file_origin(alone).home is None


def test_reserved_key_belongs_to_its_own_file(tmp_path: Path) -> None:
    own, other = (write(tmp_path / place / "examples" / "demo.py") for place in "ab")
    [refused] = tool_origins([str(other)], reserved=[file_origin(own)])
    assert str(own) in refused.refusal and refused.key != file_origin(own).key
    [kept] = tool_origins([str(own)], reserved=[file_origin(own)])
    assert not kept.refusal and kept.key == file_origin(own).key


def test_path_that_does_not_exist_stays_for_its_loading_to_tell(tmp_path: Path) -> None:
    [origin] = tool_origins([str(tmp_path / "gone.py")])
    assert origin.name == "gone"


def test_names_too_long_for_a_row_are_cut(tmp_path: Path) -> None:
    origin = file_origin(tmp_path / ("f" * 200) / ("n" * 200 + ".py"))
    assert (len(origin.key), len(origin.name)) == (240, 80)


def test_app_with_a_file_is_a_source_and_the_hubs_rooms_are_not(tmp_path: Path) -> None:
    for label in ("shop", "servers"):
        write(tmp_path / label / "mcp.py")
    (tmp_path / "plain").mkdir()
    apps = [app(tmp_path / label, label) for label in ("shop", "servers", "plain")]
    [origin] = app_origins(apps)
    assert (origin.key, origin.name, origin.package) == ("app:shop", "shop", "site.shop")
