"""The page that decides how clients become known."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import ClientPolicy, User
from accounts.selectors import client_policy
from tests import make
from tests.admin_pages import changes, text

ORDER = {"registration": "hosts", "redirect_hosts": "claude.ai", "client_documents": "on"}


def page_url() -> str:
    return reverse("admin:accounts_oauthclient_policy")


def staff_with(client: Client, *names: str) -> None:
    person = make.user("staff", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(person)


def test_defaults_are_shown_before_anybody_decided(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get(page_url())
    assert page.context["form"].initial["registration"] == "open"
    assert "Has no effect yet" in text(page) and not ClientPolicy.objects.exists()


def test_decision_is_kept_and_recorded(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.post(page_url(), ORDER)
    assert answer["Location"] == page_url()
    assert client_policy().registration == "hosts" and client_policy().hosts == {"claude.ai"}
    (change,) = changes("client.policy")
    assert (change["before"]["registration"], change["after"]["registration"]) == ("open", "hosts")
    client.post(page_url(), ORDER)
    assert len(changes()) == 1


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"redirect_hosts": ""}, "Name at least one host"),
        ({"redirect_hosts": "not a host!"}, "is no host"),
        ({"registration": "anybody"}, "valid choice"),
    ],
)
def test_decision_that_says_nothing_is_told(client: Client, alice: User, order, told) -> None:
    client.force_login(alice)
    page = client.post(page_url(), {**ORDER, **order})
    assert page.status_code == 422 and told in text(page)
    assert changes() == []


def test_who_may_only_see_decides_nothing(client: Client, db: None) -> None:
    staff_with(client, "view_clientpolicy")
    html = text(client.get(page_url()))
    assert "disabled" in html and "Save" not in html
    assert client.post(page_url(), ORDER).status_code == 403


def test_who_may_change_decides_without_anything_else(client: Client, db: None) -> None:
    staff_with(client, "change_clientpolicy")
    assert client.post(page_url(), ORDER).status_code == 302
    assert page_url() in text(client.get("/admin/"))


def test_others_do_not_see_it(client: Client, db: None) -> None:
    staff_with(client, "view_oauthclient")
    assert client.get(page_url()).status_code == 403
    assert page_url() not in text(client.get("/admin/"))


def test_sidebar_marks_this_page_and_not_the_list(client: Client, alice: User) -> None:
    client.force_login(alice)
    groups = client.get(page_url()).context["sidebar_navigation"]
    marked = [item["title"] for group in groups for item in group["items"] if item["active"]]
    assert marked == ["Client policy"]


def test_two_who_decide_at_once_are_told(client: Client, alice: User) -> None:
    client.force_login(alice)
    shown = client.get(page_url()).context["form"]
    mine = {"registration": "hosts", "edition": shown["edition"].value(), "redirect_hosts": ""}
    assert client.post(page_url(), {**mine, "redirect_hosts": "claude.ai"}).status_code == 302
    late = client.post(page_url(), {**mine, "redirect_hosts": "example.com"})
    assert late.status_code == 422
    assert "somebody else changed this" in late.content.decode()
    assert client_policy().hosts == {"claude.ai"}
    edition = late.context["form"]["edition"].value()
    again = client.post(page_url(), {**mine, "redirect_hosts": "example.com", "edition": edition})
    assert again.status_code == 302
