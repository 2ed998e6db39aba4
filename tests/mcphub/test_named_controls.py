"""Controls of the admin's frame: each has words, each is there only where it means something."""

import pytest
from django.db.models import Model
from django.test import Client

from accounts.models import Team, User
from catalog.models import Tool
from monitoring.models import Banner
from servers.models import AccessRule
from tests.admin_pages import text, url
from tests.mcphub.test_admin_pages import fill


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    fill(1, alice)
    client.force_login(alice)
    return client


def test_add_and_search_are_named_in_words(page: Client) -> None:
    shown = text(page.get(url(Team, "changelist")))
    assert 'aria-label="Add team"' in shown and 'id="searchbar-submit" aria-label="Search"' in shown
    assert '<span class="material-symbols-outlined text-white">add' not in shown


def test_list_offers_all_only_where_not_all_are_shown(page: Client) -> None:
    shown = text(page.get(url(Team, "changelist")))
    assert "result" in shown and "Show all" not in shown
    for query in ({"q": "nothing-has-this"}, {"role": "x"}):
        found = page.get(url(Team, "changelist"), query)
        assert found.status_code == 302 or "Show all" in text(found)


@pytest.mark.parametrize("model", [Team, User, AccessRule, Tool], ids=lambda one: one.__name__)
def test_form_of_a_row_does_not_offer_to_add_another(page: Client, model: type[Model]) -> None:
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    shown = text(page.get(url(model, "change", row.pk)))
    assert 'name="_save"' in shown and "_addanother" not in shown


def test_form_of_a_new_row_offers_another_where_there_may_be_one(page: Client) -> None:
    assert 'name="_addanother"' in text(page.get(url(Team, "add")))
    Banner.objects.all().delete()
    assert "_addanother" not in text(page.get(url(Banner, "add")))


def test_many_acts_are_in_a_menu_and_few_are_not(page: Client) -> None:
    row = User.objects.order_by("pk")[0]
    shown = text(page.get(url(User, "change", row.pk)))
    assert 'class="hub-acts hub-acts-many"' in shown and 'aria-label="More acts"' in shown
    rule = AccessRule.objects.order_by("pk")[0]
    assert "hub-acts-many" not in text(page.get(url(AccessRule, "change", rule.pk)))
