"""Sources in the admin: problems first."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Source
from tests import make
from tests.admin_pages import changes, filled, text, url

PROBLEM = 'File "weather.py", line 3\nSyntaxError: <b>bad</b>'


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def edit(client: Client, source: Source, **said: Any) -> Any:
    address = url(Source, "change", source.pk)
    data = {**filled(client.get(address)), **said}
    return client.post(address, {name: value for name, value in data.items() if value is not None})


def test_a_problem_stands_on_the_list_and_on_the_page(page: Client) -> None:
    source = make.source("weather", problem=PROBLEM)
    make.source("untroubled")
    for address in (url(Source, "changelist"), url(Source, "change", source.pk)):
        html = text(page.get(address))
        assert "File &quot;weather.py&quot;, line 3" in html
        assert "&lt;b&gt;bad&lt;/b&gt;" in html
        assert 'role="alert"' in html
    assert "untroubled" not in text(page.get(url(Source, "changelist"), {"problem": "yes"}))


def test_a_source_without_a_problem_raises_no_alarm(page: Client) -> None:
    source = make.source("untroubled")
    for address in (url(Source, "changelist"), url(Source, "change", source.pk)):
        assert 'role="alert"' not in text(page.get(address))


def test_a_source_is_handed_over_and_switched_off(page: Client) -> None:
    source, team = make.source("weather"), make.team("data")
    edit(page, source, team=team.pk, enabled=None)
    team_change, switch = changes()
    assert (team_change["before"]["team"], team_change["after"]["team"]) == (None, "data")
    assert (switch["before"]["enabled"], switch["after"]["enabled"]) == (True, False)


@pytest.mark.parametrize(("action", "enabled"), [("switch_on", True), ("switch_off", False)])
def test_several_are_switched_at_once(action: str, enabled: bool, page: Client) -> None:
    rows = [make.source(enabled=not enabled) for _ in range(2)]
    order = {"action": action, "_selected_action": [row.pk for row in rows]}
    page.post(url(Source, "changelist"), order)
    assert set(Source.objects.values_list("enabled", flat=True)) == {enabled}
    assert len(changes("source.enabled")) == 2


def test_a_source_is_deleted_once_its_name_is_typed(page: Client) -> None:
    source = make.source("weather")
    make.entry(source)
    address = url(Source, "delete", source.pk)
    assert page.post(address, {"name": "Weather"}).status_code == 422
    page.post(address, {"name": "weather"})
    assert not Source.objects.exists()
    assert changes("source.delete")[0]["before"]["entries"] == ["add"]
