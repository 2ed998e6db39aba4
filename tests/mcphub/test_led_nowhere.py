"""What the admin offers opens: every link of its pages, for people with little to see."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.models import Team
from tests import make
from tests.admin_pages import text
from tests.mcphub.test_admin_doors import filled as filled
from tests.mcphub.test_admin_doors import may

LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"|\bdata-refresh="([^"]*)"')
LEAVES = ("/static/", "/logout", "/admin/logout")
MOST_NAMES = 2
"""Values that a followed address names; of lists with many filters there are thousands of others."""
FEW = (
    "accounts.change_clientpolicy",
    "accounts.view_team",
    "catalog.view_entry",
    "catalog.view_source",
    "monitoring.view_rollup",
    "servers.add_stop",
    "servers.change_server",
    "servers.delete_stop",
    "servers.view_accessrequest",
    "servers.view_accessrule",
)
"""Permissions whose pages name rows that others show."""


@pytest.mark.parametrize("name", FEW)
def test_one_permission_is_offered_no_page_that_refuses_it(
    name: str, filled: None, client: Client
) -> None:
    person = make.user("staff", is_staff=True)
    may(person, name)
    client.force_login(person)
    assert refused(client) == []


@pytest.mark.parametrize("role", ["admin", "curator", "auditor"])
def test_role_is_offered_no_page_that_refuses_it(role: str, filled: None, client: Client) -> None:
    team = Team.objects.order_by("pk")[0]
    client.force_login(make.member(team, make.user("working"), role).user)
    assert refused(client) == []


def refused(client: Client) -> list[tuple[str, str, int]]:
    """What was offered on which page, and then refused."""
    return [each for each in walk(client) if each[2] >= 400]


def walk(client: Client) -> Iterator[tuple[str, str, int]]:
    """Follow the links from the first page on: where each stood, where it leads, what it answers.

    Of addresses that only differ in a row or a value one is followed.
    """
    met: Counter[tuple[str, ...]] = Counter()
    ahead = [("", "/admin/")]
    while ahead:
        above, address = ahead.pop(0)
        answer = client.get(address)
        yield above, address, answer.status_code
        for link in links(answer):
            where = urlsplit(urljoin(address, link))
            kind = kind_of(where.path, where.query)
            if where.netloc or where.path.startswith(LEAVES) or met[kind]:
                continue
            if len(kind) > MOST_NAMES + 1:  # filters upon filters: each was followed by itself
                continue
            met[kind] += 1
            ahead.append((address, f"{where.path}?{where.query}"))


def links(answer: "object") -> list[str]:
    """Where a page leads."""
    if answer.status_code in (301, 302):  # type: ignore[attr-defined]
        return [answer["Location"]]  # type: ignore[index]
    if not answer.get("Content-Type", "").startswith("text/html"):  # type: ignore[attr-defined]
        return []
    return [unescape(one or other) for one, other in LINK.findall(text(answer))]  # type: ignore[arg-type]


def kind_of(path: str, query: str) -> tuple[str, ...]:
    """What addresses of one page have in common."""
    try:
        name = resolve(path).view_name
    except Resolver404:
        name = path
    return (name, *sorted(re.findall(r"(\w+)=", query)))
