"""oauth/directory.py."""

import uuid

import pytest

from accounts.oauth import directory as directories
from accounts.oauth.directory import ServerFacts, server_of


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


def test_stored_resource_is_one_server_or_none():
    facts = ServerFacts(uuid.uuid4(), "demo", "Demo", "/mcp/demo")
    assert server_of([facts.resource]) == facts.public_id
    for other in ([], [facts.resource] * 2, ["urn:uuid:demo"], ["http://localhost/mcp/demo"]):
        assert server_of(other) is None
