"""oauth/directory.py."""

import pytest

from accounts.oauth import directory as directories


def test_installed_directory_answers(directory):
    assert directories.directory() is directory


def test_last_one_installed_counts(directory, monkeypatch):
    other = object()
    directories.install(other)
    assert directories.directory() is other


def test_none_installed_is_a_loud_mistake(monkeypatch):
    monkeypatch.setattr(directories, "_installed", [])
    with pytest.raises(directories.NoDirectory):
        directories.directory()


def test_resource_does_not_depend_on_the_address(directory):
    facts = directory.add("demo")
    assert facts.resource == f"urn:uuid:{facts.public_id}"
