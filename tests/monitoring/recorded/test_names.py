"""The list of masked names: compared by letters and digits, changed by who may, heard everywhere."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from monitoring import bus
from monitoring.errors import MaskRefused
from monitoring.models import RedactedName
from monitoring.recorded import names
from monitoring.recorded.editing import mask_name, unmask_name
from tests import make
from tests.admin_pages import changes


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        *[("password", True), ("newPassword2", True), ("X-API-Key", True), ("SetCookie", True)],
        *[("city", False), ("key", False), ("", False), ("n" * 1_000, True)],
    ],
)
def test_built_in_words(name: str, hidden: bool) -> None:
    assert names.Words().hide(name) is hidden


def test_memory_of_answers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_REMEMBERED", 10)
    words = names.Words()
    for number in range(100):
        words.hide(f"n{number}")
    assert len(words._answers) <= 10


def test_word_is_added_recorded_and_heard(
    alice: User, django_capture_on_commit_callbacks: object
) -> None:
    heard: list[str] = []
    end = bus.subscribe(names.TOPIC, heard.append)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        made = mask_name(actor=alice, name="Badge-No.")
    end()
    assert (made.name, heard) == ("badgeno", [""])
    names.refresh()
    known = names.known()
    assert known is not None and known.hide("badge_no") and known.hide("the BadgeNo")
    (change,) = changes("mask.add")
    assert change["after"] == {"name": "badgeno"} and change["user"] == alice.public_id


def test_word_is_taken_away(alice: User) -> None:
    made = mask_name(actor=alice, name="badge")
    names.refresh()
    before = names.known()
    unmask_name(actor=alice, masked=made)
    names.refresh()
    known = names.known()
    assert known is not None and known is not before and not known.hide("badge")


def test_words_stay_one_object_while_nothing_changes(db: None) -> None:
    names.refresh()
    before = names.known()
    names.refresh()
    assert names.known() is before


@pytest.mark.parametrize("name", ["", "ab", "--", "x" * 65, "my password", "TOKEN"])
def test_word_that_makes_no_sense_is_refused(name: str, alice: User) -> None:
    with pytest.raises(MaskRefused):
        mask_name(actor=alice, name=name)


def test_word_is_added_once(alice: User) -> None:
    mask_name(actor=alice, name="badge")
    with pytest.raises(MaskRefused, match="already"):
        mask_name(actor=alice, name="BADGE")


def test_who_may_not_changes_no_word(db: None) -> None:
    staff = make.user("staff", is_staff=True)
    with pytest.raises(PermissionDenied):
        mask_name(actor=staff, name="badge")
    with pytest.raises(PermissionDenied):
        unmask_name(actor=staff, masked=RedactedName.objects.create(name="badge"))
    assert RedactedName.objects.count() == 1
