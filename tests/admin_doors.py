"""Every address of the admin and what opens it: a table, held against the resolver.

The six addresses that each model has follow from its page; every other one has a row here. An address
that is in neither is a hole that no test looks through, so it fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

PREFIX = "admin/"


@dataclass(frozen=True, slots=True)
class Door:
    """An address; `opens` are the ways to look behind it, each of permissions that it all takes.

    None stands for every member of staff, who then must see nothing of what the hub knows; `query`
    stands behind the address, where without it nothing of interest is answered.
    """

    name: str
    opens: tuple[str, ...] | None
    args: tuple[str, ...] = ()
    query: str = ""

    def url(self, args: dict[str, Any]) -> str:
        """Return the address, with these for its arguments."""
        return reverse(self.name, args=[args[name] for name in self.args]) + self.query


SEES = ("view", "change")


def either(app: str, model: str) -> tuple[str, ...]:
    """Who may view or change."""
    return tuple(f"{app}.{verb}_{model}" for verb in SEES)


def all_of(*parts: tuple[str, ...]) -> tuple[str, ...]:
    """Who has one of each."""
    return tuple(" ".join(way) for way in product(*parts))


SERVER, ENTRY = either("servers", "server"), either("catalog", "entry")
POLICY = either("accounts", "clientpolicy")
ENDS = ("accounts.delete_consent",)
PUTS = tuple(f"servers.change_server {name}" for name in ENTRY)
USAGE, TRAIL = ("monitoring.view_rollup",), either("monitoring", "auditevent")
RULES, PERSON = either("servers", "accessrule"), either("accounts", "user")
MATRIX = all_of(RULES, SERVER, either("accounts", "team"))
PEOPLE = all_of(MATRIX, PERSON)
WHY = all_of(RULES, SERVER, PERSON, ENTRY)
STOPS, JOB = ("servers.add_stop",), either("servers", "job")
CLIENT, SEES_CALLS = either("accounts", "oauthclient"), ("monitoring.view_auditevent",)
STAFF = None
KEY = ("object_id",)

ROWS = (
    # --- of the admin as a whole -----------------------------------------------------------------
    Door("overview", STAFF),
    Door("admin:index", STAFF),
    Door("admin:search", STAFF, query="?s=e&extended=1"),
    Door("admin:login", STAFF),
    Door("admin:logout", STAFF),
    Door("admin:password_change", STAFF),
    Door("admin:password_change_done", STAFF),
    Door("admin:jsi18n", STAFF),
    Door("admin:view_on_site", STAFF, ("content_type_id", "object_id")),
    Door("admin:app_list", STAFF, ("app_label",)),
    Door(
        "admin:autocomplete",
        either("accounts", "user"),
        query="?app_label=accounts&model_name=issuedtoken&field_name=user&term=p",
    ),
    # --- of what happens -------------------------------------------------------------------------
    Door("admin:system", USAGE),
    Door("admin:system_state", USAGE),
    Door("admin:monitoring_trailcheck_state", either("monitoring", "trailcheck")),
    Door("admin:monitoring_auditevent_export", TRAIL, ("form",)),
    Door("admin:monitoring_auditevent_live", TRAIL),
    Door("admin:monitoring_auditevent_live_rows", TRAIL),
    Door("admin:accounts_user_live_calls", all_of(SEES_CALLS, PERSON), KEY),
    Door("admin:accounts_oauthclient_live_calls", all_of(SEES_CALLS, CLIENT), KEY),
    Door("admin:servers_server_live_calls", all_of(SEES_CALLS, SERVER), KEY),
    # --- of access explained, and of versions ----------------------------------------------------
    Door("admin:servers_accessrule_why", WHY),
    Door("admin:servers_accessrule_explain", WHY, KEY),
    Door("admin:servers_accessrule_to_why", WHY),
    Door("admin:accounts_user_why", WHY, KEY),
    Door("admin:servers_accessrule_matrix", MATRIX),
    Door("admin:servers_accessrule_to_matrix", MATRIX),
    Door("admin:servers_accessrule_people", PEOPLE, query="?server=a-server0"),
    Door("admin:servers_server_definition", ENTRY, ("version",)),
    Door("admin:servers_server_try", ENTRY, ("kind", "pk")),
    Door("admin:servers_server_try_at", ENTRY),
    Door("admin:servers_server_try_token", ENTRY, ("kind", "pk")),
    Door("admin:catalog_entryversion_waiting", ENTRY),
    Door("admin:catalog_entryversion_approve_all", ("catalog.change_entry",), ("source",)),
    Door("admin:catalog_entryversion_decide", ("catalog.change_entry",), ("version", "verb")),
    Door(
        "admin:servers_accessrequest_answer", ("servers.change_accessrequest",), ("request", "said")
    ),
    Door("admin:monitoring_trailcheck_verify", ("monitoring.add_trailcheck",)),
    # --- of published servers --------------------------------------------------------------------
    Door("admin:servers_server_overview", SERVER, KEY),
    Door("admin:servers_server_contents", SERVER, KEY),
    Door("admin:servers_server_access", SERVER, KEY),
    Door("admin:servers_server_connect", SERVER, KEY),
    Door("admin:servers_server_connected", SERVER, KEY),
    Door("admin:servers_server_connect_client", SERVER, (*KEY, "client_id")),
    Door("admin:servers_server_arrival", SERVER, (*KEY, "client_id")),
    Door("admin:servers_server_publish", ("servers.change_server",), KEY),
    Door("admin:servers_server_withdraw_source", ("servers.change_server",), (*KEY, "followed")),
    Door("admin:servers_server_put", PUTS),
    Door("admin:servers_server_end_connections", all_of(ENDS, SERVER), KEY),
    # --- of jobs ---------------------------------------------------------------------------------
    Door("admin:servers_job_rows", JOB),
    Door("admin:servers_job_part", JOB, KEY),
    Door("admin:servers_job_cancel", ("servers.change_job",), KEY),
    Door("admin:servers_job_retry", ("servers.change_job",), KEY),
    # --- of people, clients and connections ------------------------------------------------------
    Door("admin:accounts_oauthclient_policy", POLICY),
    Door("admin:accounts_oauthclient_secret", ("accounts.change_oauthclient",), ("secret_id",)),
    Door("admin:accounts_oauthclient_end_connections", all_of(ENDS, CLIENT), KEY),
    Door("admin:accounts_user_mint", ("accounts.add_issuedtoken",), KEY),
    Door("admin:accounts_user_password", ("accounts.change_user",), KEY),
    Door("admin:accounts_user_sign_out", ("accounts.change_user",), KEY),
    Door("admin:accounts_user_end_connections", all_of(ENDS, PERSON), KEY),
    Door("admin:accounts_user_stop", STOPS, KEY),
    Door("admin:accounts_oauthclient_stop", STOPS, KEY),
    Door("admin:catalog_source_stop", STOPS, KEY),
    Door("admin:accounts_consent_end", ENDS, ("what", "public_id")),
    Door("admin:accounts_consent_everything", ENDS),
)

UNNAMED = {
    "admin/login/",
    "admin/logout/",
    "admin/password_change/",
    "admin/(?P<url>.*)$",  # what leads to an address with a slash at its end
}
"""Addresses without names of their own: each leads elsewhere, whoever asks."""

DEEDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "change": ((), KEY),
    "delete": (("delete",), KEY),
    "add": (("add",), ()),
    "changelist": ((), ()),
}
"""The pages of each model: the one permission each takes, none for who may view or change."""
SEEN_BY = {"stop": (*SEES, "delete")}
"""What a model is seen by beside: who lifts stops chooses one."""


def doors() -> Iterator[Door]:
    """Every address that has a row, those of each model among them."""
    yield from ROWS
    for model in admin.site._registry:
        yield from of_model(model)


def of_model(model: type[Model]) -> Iterator[Door]:
    """The addresses that a model's page has; those of its history lead whoever asks to the trail's."""
    app, name = model._meta.app_label, str(model._meta.model_name)
    whose = "entry" if model._meta.proxy or name == "entryversion" else name
    for page, (verbs, args) in DEEDS.items():
        opens = tuple(f"{app}.{verb}_{whose}" for verb in verbs or SEEN_BY.get(name, SEES))
        yield Door(f"admin:{app}_{name}_{page}", opens, args)
    yield Door(f"admin:{app}_{name}_history", STAFF, KEY)


def routes() -> set[str]:
    """Every address under /admin/ as the resolver has it: its name, or its route where it has none."""
    found = set(_walk(get_resolver(), "", ""))
    return {name for name in found if not name.endswith("/<path:object_id>/")}


def _walk(resolver: Any, before: str, space: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each, route, f"{each.namespace}:" if each.namespace else space)
        elif route.startswith(PREFIX):
            yield f"{space}{each.name}" if each.name else route
