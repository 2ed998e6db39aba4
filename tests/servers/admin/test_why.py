"""The pages that tell who may use what, and why."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import IssuedToken, Membership, Team, User
from catalog.models import Source
from monitoring import audit
from monitoring.models import AuditEvent
from servers.models import AccessRule, Server
from tests import make
from tests.admin_pages import filled, text, url

WHY = "/admin/servers/accessrule/why/"
MATRIX = "/admin/servers/accessrule/matrix/"
PEOPLE = "/admin/servers/accessrule/people/"
SCRIPT = "<script>alert(1)</script>"
SEES = ("view_accessrule", "view_server", "view_user", "view_entry", "view_team")


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def server(demo: Source, bob: User) -> Server:
    return make.server("demo", entries=list(demo.entries.all()), team=bob.teams.get())


def staff(*names: str) -> User:
    """Somebody with these permissions and no others."""
    person = make.user("clerk", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return person


def leads(answer: Any) -> list[str]:
    """Where the smallest change leads."""
    return [lead.url for _, lead in answer.context["shown"].way if lead]


def test_names_of_the_pages_are_those_that_others_link_to(db: None) -> None:
    assert reverse("admin:servers_accessrule_why") == WHY
    assert reverse("admin:servers_accessrule_matrix") == MATRIX


def test_before_a_server_is_picked_the_page_says_what_it_is_for(page: Client) -> None:
    assert "Pick a server" in text(page.get(WHY))


def test_denied_call_is_traced_to_its_rule_and_repaired(
    page: Client, server: Server, bob: User
) -> None:
    rule = make.rule(server, effect="deny", user=bob, pattern="ad*")
    said = {"user": "bob", "server": "demo", "kind": "tool", "name": "add"}
    answer = page.get(WHY, said)
    assert "bob may not call add on demo." in text(answer)
    assert text(answer).count("This decides") == 1
    (form,) = leads(answer)
    assert form.startswith(f"{url(AccessRule, 'delete', rule.pk)}?why=")
    back = page.post(form, {"name": "demo"}, follow=True)
    where = urlsplit(back.redirect_chain[-1][0])
    assert where.path == WHY
    assert parse_qs(where.query) == {name: [value] for name, value in said.items()}
    assert "bob may call add on demo." in text(back)


def test_rule_that_would_let_in_is_filled_in_and_leads_back(
    page: Client, server: Server, charlie: User
) -> None:
    said = {"user": "charlie", "server": "demo", "kind": "tool", "name": "add"}
    (form,) = leads(page.get(WHY, said))
    shown = page.get(form)
    sent = filled(shown)
    assert (sent["effect"], sent["pattern"], str(sent["user"])) == ("allow", "add", str(charlie.pk))
    answer = page.post(form, sent)
    assert answer.status_code == 302
    back = urlsplit(answer["Location"])
    assert back.path == WHY
    assert parse_qs(back.query) == {name: [value] for name, value in said.items()}
    assert "charlie may call add on demo." in text(page.get(answer["Location"]))


def test_way_back_stays_on_this_page(page: Client, server: Server, charlie: User) -> None:
    form = url(AccessRule, "add") + "?why=//evil.example/"
    sent = {"server": server.pk, "effect": "allow", "user": charlie.pk, "pattern": "*"}
    assert page.post(form, sent)["Location"].startswith(f"{WHY}?")


def test_team_is_joined_by_a_form_that_is_filled_in(
    page: Client, server: Server, bob: User, charlie: User
) -> None:
    said = {"user": "charlie", "server": "demo", "name": "add"}
    ways = page.get(WHY, said).context["shown"].other_ways
    form = ways[0][0][1].url
    team = bob.teams.get()
    assert form == f"{url(Team, 'change', team.pk)}?join={charlie.pk}"
    page.post(form, filled(page.get(form)))
    assert Membership.objects.get(team=team, user=charlie).role == "member"


@pytest.mark.parametrize("join", ["x", "99999999", "-1", "²"])
def test_who_is_not_there_is_not_filled_in(join: str, page: Client, bob: User) -> None:
    assert page.get(url(Team, "change", bob.teams.get().pk), {"join": join}).status_code == 200


def test_scope_is_looked_at_once_a_token_is_picked(page: Client, server: Server, bob: User) -> None:
    make.token(bob, server, scopes=["mcp:read"])
    issued = IssuedToken.objects.get()
    said = {"user": "bob", "server": "demo", "name": "add"}
    offered = page.get(WHY, said).context["clients"]
    assert offered == [(str(issued.public_id), "the token “made for a test”")]
    answer = page.get(WHY, {**said, "client": str(issued.public_id)})
    assert "It needs the scope mcp:write; the token has mcp:read." in text(answer)


def test_without_a_name_it_tells_how_far_somebody_reaches(
    page: Client, server: Server, bob: User
) -> None:
    make.rule(server, effect="deny", pattern="ad*")
    answer = page.get(WHY, {"user": "bob", "server": "demo"})
    assert "bob on demo: everything but ad*" in text(answer)
    things = answer.context["shelf"].things
    (add,) = [each for each in things if each.name == "add"]
    assert add.allowed is False
    assert "bob may not call add on demo." in text(page.get(add.url))


def test_what_was_typed_in_part_is_searched(page: Client, server: Server, bob: User) -> None:
    answer = text(page.get(WHY, {"user": "bo", "server": "dem", "name": "ad"}))
    assert "Nothing is called “bo”." in answer
    assert "user=bob&amp;server=dem&amp;name=ad" in answer
    assert "server=demo" in answer
    answer = text(page.get(WHY, {"user": "bob", "server": "demo", "name": "ad"}))
    assert "name=add" in answer


def test_what_people_typed_stays_text(page: Client, server: Server, demo: Source) -> None:
    odd = make.entry(demo, SCRIPT)
    server.entries.create(entry=odd, kind="tool", exposed_name=SCRIPT)
    make.user("<b>odd", first_name=SCRIPT)
    for said in (
        {"user": SCRIPT, "server": SCRIPT, "name": SCRIPT, "kind": SCRIPT, "client": SCRIPT},
        {"server": "demo", "name": SCRIPT, "user": "\0"},
        {"server": "demo"},
    ):
        answer = page.get(WHY, said)
        assert answer.status_code == 200
        assert SCRIPT not in text(answer)


@pytest.mark.parametrize("address", [WHY, MATRIX, f"{PEOPLE}?server=demo"])
@pytest.mark.parametrize("lacking", SEES[:2])
def test_who_may_not_see_all_of_it_is_refused(
    address: str, lacking: str, client: Client, server: Server
) -> None:
    client.force_login(staff(*(name for name in SEES if name != lacking)))
    assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    ("address", "needed"), [(WHY, "view_entry"), (WHY, "view_user"), (MATRIX, "view_team"),
                            (f"{PEOPLE}?server=demo", "view_user")]
)  # fmt: skip
def test_each_page_needs_what_it_shows(
    address: str, needed: str, client: Client, server: Server
) -> None:
    clerk = staff(*SEES)
    client.force_login(clerk)
    assert client.get(address).status_code == 200
    clerk.user_permissions.remove(Permission.objects.get(codename=needed))
    assert client.get(address).status_code == 403
    assert address.partition("?")[0] not in text(client.get("/admin/"))


def test_who_may_only_see_gets_no_button_and_no_clients(
    client: Client, server: Server, charlie: User
) -> None:
    make.token(charlie, server)
    issued = str(IssuedToken.objects.get().public_id)
    client.force_login(staff(*SEES))
    said = {"user": "charlie", "server": "demo", "name": "add", "client": issued}
    answer = client.get(WHY, said)
    assert "Somebody else has to do this" in text(answer)
    assert "made for a test" not in text(answer)
    assert url(AccessRule, "add") not in text(answer)


def test_longer_lists_ask_the_database_no_more(page: Client, server: Server, bob: User) -> None:
    pages = (f"{WHY}?server=demo&user=bob&name=add", MATRIX, f"{PEOPLE}?server=demo")

    def asked() -> list[int]:
        counts = []
        for address in pages:
            page.get(address)
            with CaptureQueriesContext(connection) as seen:
                assert page.get(address).status_code == 200
            counts.append(len(seen))
        return counts

    few = asked()
    for number in range(12):
        team = make.team(f"t{number}")
        make.member(team, make.user(f"p{number}"))
        make.rule(make.server(f"s{number}", team=team), team=team)
        make.rule(server, team=team)
    assert asked() == few


def test_matrix_is_paged_searched_and_leads_to_the_members(
    page: Client, server: Server, bob: User
) -> None:
    for number in range(30):
        make.team(f"t{number:02}")
        make.server(f"s{number:02}")
    first = page.get(MATRIX)
    assert (len(first.context["rows"]), len(first.context["columns"])) == (26, 8)
    assert "Servers: page 1 of 4" in text(first)
    narrowed = page.get(MATRIX, {"team": "data", "server": "demo"})
    team = bob.teams.get()
    assert [row.team for row in narrowed.context["rows"]] == [None, team]
    members = f"{PEOPLE}?server=demo&amp;team={team.pk}"
    assert members in text(narrowed)
    shown = page.get(PEOPLE, {"server": "demo", "team": team.pk})
    assert [row.user for row, _ in shown.context["rows"]] == [bob]
    assert "everything" in text(shown)
    assert page.get(MATRIX, {"p": "x", "s": "99"}).status_code == 200


def test_people_of_a_server_that_is_not_there_are_not_found(page: Client) -> None:
    assert page.get(PEOPLE, {"server": "nosuch"}).status_code == 404


def test_empty_matrix_says_what_to_do(page: Client) -> None:
    assert "There is no server yet" in text(page.get(MATRIX))


def test_person_and_rule_lead_to_why(page: Client, server: Server, bob: User) -> None:
    rule = make.rule(server, user=bob)
    assert page.get(f"/admin/accounts/user/{bob.pk}/why/")["Location"] == f"{WHY}?user=bob"
    answer = page.get(f"/admin/servers/accessrule/{rule.pk}/why/")
    assert answer["Location"] == f"{WHY}?server=demo&user=bob"
    assert page.get("/admin/servers/accessrule/to-why/")["Location"] == WHY
    assert page.get("/admin/servers/accessrule/to-matrix/")["Location"] == MATRIX


def test_denial_in_the_trail_leads_to_why(page: Client, server: Server, bob: User) -> None:
    denied = audit.Event("call", "tools/call", user=bob.public_id, server="demo", entry="add")
    audit.record(denied._replace(verdict="deny", reason="no_access"))
    audit.record(denied._replace(verdict="allow", reason="team"))
    audit.flush()
    refused, allowed = AuditEvent.objects.order_by("id")
    shown = text(page.get(url(AuditEvent, "change", refused.pk)))
    address = f"{WHY}?user={bob.public_id}&server=demo&kind=tool&name=add"
    assert address.replace("&", "&amp;") in shown
    assert WHY + "?" not in text(page.get(url(AuditEvent, "change", allowed.pk)))
    assert text(page.get(url(AuditEvent, "changelist"))).count(f"{WHY}?user=") == 1
    assert "bob may call add on demo." in text(page.get(address))


def test_who_may_not_ask_gets_no_link_from_the_trail(client: Client, bob: User) -> None:
    audit.record(audit.Event("call", "tools/call", server="demo", entry="add", verdict="deny"))
    audit.flush()
    event = AuditEvent.objects.get()
    client.force_login(staff("view_auditevent"))
    for address in (url(AuditEvent, "changelist"), url(AuditEvent, "change", event.pk)):
        assert WHY not in text(client.get(address))
