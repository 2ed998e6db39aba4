"""banner.py and its page: one sentence, by who may, recorded."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from monitoring import banner
from monitoring.errors import BannerRefused
from monitoring.models import Banner
from tests import make
from tests.admin_pages import changes, errors, text, url


def staff(*names: str) -> User:
    """Somebody with these permissions and no others."""
    person = make.user("", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return person


def test_one_sentence_is_put_up_changed_and_taken_down(alice: User) -> None:
    until = timezone.now() + timedelta(hours=1)
    banner.put_up(actor=alice, text="  Soon\n down. ")
    banner.put_up(actor=alice, text="Now down.", until=until)
    banner.put_up(actor=alice, text="Now down.", until=until)
    assert (Banner.objects.get().text, Banner.objects.get().until) == ("Now down.", until)
    banner.take_down(actor=alice)
    banner.take_down(actor=alice)
    first, second, third = changes()
    soon, now = (
        {"text": "Soon down.", "until": None},
        {"text": "Now down.", "until": until.isoformat()},
    )
    assert (first["before"], first["after"]) == (None, soon)
    assert (second["before"], second["after"]) == (soon, now)
    assert (third["action"], third["before"], third["after"]) == ("banner.take_down", now, None)


@pytest.mark.parametrize("said", ["", "  ", "x" * 301, "nul \0", "half \ud800"])
def test_what_cannot_be_shown_is_refused(said: str, alice: User) -> None:
    with pytest.raises(BannerRefused):
        banner.put_up(actor=alice, text=said)
    assert not Banner.objects.exists()


def test_each_act_has_a_permission_of_its_own(db: None) -> None:
    adds, changes_it, deletes = staff("add_banner"), staff("change_banner"), staff("delete_banner")
    for person in (changes_it, deletes):
        with pytest.raises(BannerRefused):
            banner.put_up(actor=person, text="Soon.")
    banner.put_up(actor=adds, text="Soon.")
    for person in (adds, deletes):
        with pytest.raises(BannerRefused):
            banner.put_up(actor=person, text="Now.")
    banner.put_up(actor=changes_it, text="Now.")
    for person in (adds, changes_it):
        with pytest.raises(BannerRefused):
            banner.take_down(actor=person)
    banner.take_down(actor=deletes)


def test_page_puts_up_changes_and_takes_down(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert "Tell everybody of a maintenance" in text(client.get(url(Banner, "changelist")))
    client.post(url(Banner, "add"), {"text": "Soon."})
    row = Banner.objects.get()
    later = {"text": "Now.", "until_0": "2031-01-02", "until_1": "03:04:05"}
    client.post(url(Banner, "change", row.pk), later)
    row.refresh_from_db()
    assert (row.text, row.until and row.until.year) == ("Now.", 2031)
    assert "Shown" in text(client.get(url(Banner, "changelist")))
    assert errors(client.post(url(Banner, "add"), {"text": " "}))
    client.post(url(Banner, "delete", row.pk), {"name": "banner"})
    assert not Banner.objects.exists()


def test_refusal_of_the_service_is_told_in_the_form(client: Client, db: None) -> None:
    banner.put_up(actor=staff("add_banner"), text="Soon.")
    client.force_login(staff("add_banner"))
    assert errors(client.post(url(Banner, "add"), {"text": "Now."})) == ["You may not do this."]
