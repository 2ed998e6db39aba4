"""keys.py: the secret key, given, in a file, or made once."""

import stat

import pytest

from mcphub.environment import BadSetting
from mcphub.keys import SHORTEST_KEY, secret_keys

GOOD, OTHER = "g" * SHORTEST_KEY, "o" * SHORTEST_KEY


def test_given_keys_come_first_and_in_order(tmp_path):
    assert secret_keys(given=[GOOD, OTHER], file="", made_in=tmp_path) == [GOOD, OTHER]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [f"{GOOD}\n{OTHER}\n", f"{GOOD},{OTHER}", f" {GOOD} ,\n\n{OTHER}"])
def test_keys_are_read_from_a_file(tmp_path, text):
    path = tmp_path / "keys"
    path.write_text(text)
    assert secret_keys(given=[], file=str(path), made_in=None) == [GOOD, OTHER]


def test_key_is_made_once_and_for_its_owner_alone(tmp_path):
    folder = tmp_path / "new" / "folder"
    first = secret_keys(given=[], file="", made_in=folder)
    assert secret_keys(given=[], file="", made_in=folder) == first
    path = folder / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first[0]) >= SHORTEST_KEY


def test_two_hubs_make_two_keys(tmp_path):
    made = [secret_keys(given=[], file="", made_in=tmp_path / name) for name in "ab"]
    assert made[0] != made[1]


@pytest.mark.parametrize("given", [["short"], [GOOD, "short"], [""]])
def test_short_key_is_refused(given, tmp_path):
    with pytest.raises(BadSetting, match="at least"):
        secret_keys(given=given, file="", made_in=tmp_path)


def test_key_is_required_where_none_may_be_made():
    with pytest.raises(BadSetting, match="required"):
        secret_keys(given=[], file="", made_in=None)


def test_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(BadSetting, match="cannot be read"):
        secret_keys(given=[], file=str(tmp_path / "none"), made_in=tmp_path)
    with pytest.raises(BadSetting, match="cannot be read"):
        secret_keys(given=[], file=str(tmp_path), made_in=tmp_path)


def test_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "keys"
    path.write_bytes(b"\xff" * 64)
    with pytest.raises(BadSetting, match="cannot be read"):
        secret_keys(given=[], file=str(path), made_in=tmp_path)


def test_file_without_keys_is_told_instead_of_making_one(tmp_path):
    path = tmp_path / "keys"
    path.write_text("\n")
    with pytest.raises(BadSetting):
        secret_keys(given=[], file=str(path), made_in=tmp_path)


def test_made_key_that_was_emptied_is_told(tmp_path):
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(BadSetting):
        secret_keys(given=[], file="", made_in=tmp_path)
