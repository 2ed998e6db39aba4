"""labels.py: what ids of the trail are called."""

from uuid import uuid4

import pytest

from monitoring import labels


@pytest.fixture
def namers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "_namers", {})


def test_id_is_named_and_told_apart_by_its_beginning(namers: None) -> None:
    labels.register("team", {"c4a6892d-f40c": "Admins"}.__getitem__)
    assert labels.label("team", "c4a6892d-f40c") == "Admins (c4a6892d)"


def test_id_of_what_is_gone_stays_an_id(namers: None) -> None:
    labels.register("team", lambda _: "")
    gone = str(uuid4())
    assert labels.label("team", gone) == gone


def test_field_that_nobody_names_stays_as_it_is(namers: None) -> None:
    assert labels.label("client", "abc") == "abc"
    assert labels.label("client", "") == ""
