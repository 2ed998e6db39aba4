"""monitoring/admin/editions.py: two people at one form, on the page of a team."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Team
from tests import make
from tests.admin_pages import errors, filled, text, url


@pytest.fixture
def team() -> Team:
    return make.team("Data", description="First")


def opened(client: Client, row: Any) -> tuple[str, dict[str, Any]]:
    """A row's page, and what a browser would send from it."""
    address = url(type(row), "change", row.pk)
    return address, filled(client.get(address))


def test_a_form_saves_what_nobody_else_touched(admin_client: Client, team: Team) -> None:
    address, posted = opened(admin_client, team)
    response = admin_client.post(address, {**posted, "description": "Mine"})
    assert response.status_code == 302
    assert Team.objects.get().description == "Mine"


def test_what_was_changed_meanwhile_is_told_and_not_overwritten(
    admin_client: Client, team: Team
) -> None:
    address, posted = opened(admin_client, team)
    Team.objects.update(description="Theirs <b>")
    response = admin_client.post(address, {**posted, "description": "Mine"})
    assert response.status_code == 200
    (told,) = errors(response)
    assert "somebody else changed this" in told and "Description is now “Theirs <b>”" in told
    assert "Theirs &lt;b&gt;" in text(response)
    assert Team.objects.get().description == "Theirs <b>"


def test_saved_once_more_it_holds(admin_client: Client, team: Team) -> None:
    address, posted = opened(admin_client, team)
    Team.objects.update(description="Theirs")
    told = admin_client.post(address, {**posted, "description": "Mine"})
    assert admin_client.post(address, filled(told)).status_code == 302
    assert Team.objects.get().description == "Mine"


def test_a_change_of_the_same_value_by_both_is_told_too(admin_client: Client, team: Team) -> None:
    address, posted = opened(admin_client, team)
    Team.objects.update(description="Same")
    assert errors(admin_client.post(address, {**posted, "description": "Same"}))


@pytest.mark.parametrize("edition", ["", "no json", "[]", "7", '{"description": 3}', "{" * 99_999])
def test_an_edition_that_is_none_harms_nothing(
    admin_client: Client, team: Team, edition: str
) -> None:
    address, posted = opened(admin_client, team)
    response = admin_client.post(address, {**posted, "edition": edition, "name": "Data 2"})
    assert response.status_code in (200, 302)


def test_a_new_row_has_no_edition(admin_client: Client) -> None:
    assert "edition" not in filled(admin_client.get(url(Team, "add")))


@pytest.fixture
def membership(team: Team) -> Membership:
    make.member(team, make.user("bob"))
    return make.member(team, make.user("ann"))


def promoted(posted: dict[str, Any], row: Membership, role: str) -> dict[str, Any]:
    """The form with that row's role changed."""
    prefix = next(
        key.removesuffix("-id")
        for key, value in posted.items()
        if key.endswith("-id") and str(value) == str(row.pk)
    )
    return {**posted, f"{prefix}-role": role}


def test_a_row_of_a_page_that_was_changed_meanwhile_is_told(
    admin_client: Client, membership: Membership
) -> None:
    address, posted = opened(admin_client, membership.team)
    Membership.objects.filter(pk=membership.pk).update(role="auditor")
    response = admin_client.post(address, promoted(posted, membership, "curator"))
    assert any("Role is now “Auditor”" in error for error in formset_errors(response))
    assert "somebody else changed this" in text(response)
    assert Membership.objects.get(pk=membership.pk).role == "auditor"
    again = promoted(filled(response), membership, "curator")
    assert admin_client.post(address, again).status_code == 302
    assert Membership.objects.get(pk=membership.pk).role == "curator"


def test_another_row_that_was_changed_meanwhile_hinders_nobody(
    admin_client: Client, membership: Membership
) -> None:
    address, posted = opened(admin_client, membership.team)
    others = Membership.objects.exclude(pk=membership.pk)
    others.update(role="auditor")
    assert admin_client.post(address, promoted(posted, membership, "curator")).status_code == 302
    assert Membership.objects.get(pk=membership.pk).role == "curator"
    assert others.get().role == "auditor"


def formset_errors(response: Any) -> list[str]:
    formsets = [each.formset for each in response.context["inline_admin_formsets"]]
    return [str(error) for formset in formsets for error in formset.non_form_errors()]
