"""The steps of a plan, carried out through services as one change: all of them, or none."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Model

from accounts import services as accounts
from accounts.errors import AccountsError
from accounts.models import Team, User
from catalog import services as curating
from catalog.errors import CatalogError
from catalog.models import Source
from servers import services
from servers.errors import Conflict, ServersError, StateRefused
from servers.models import Server
from servers.services.writing import write
from servers.state.desired import LIMITS, Desired
from servers.state.plan import plan
from servers.state.steps import Step

Args = Mapping[str, Any]


@write
def apply(desired: Desired, *, show: Callable[[list[Step]], None], dry_run: bool) -> None:
    """Plan, `show` the plan, and carry it out; a dry run is carried out too, and undone.

    So a dry run also refuses what only a service refuses. Raises StateRefused, Conflict.
    """
    _lock()
    steps = plan(desired)
    show(steps)
    for step in steps:
        _carry_out(step)
    if dry_run:
        transaction.set_rollback(True)


def _lock() -> None:
    """Keep others from publishing meanwhile, in the order in which services take these locks."""
    tables: tuple[type[Model], ...] = (Source, Server)
    for table in tables:
        list(table._default_manager.select_for_update().order_by("pk").values_list("pk"))


def _carry_out(step: Step) -> None:
    try:
        _DOINGS[step.verb](step.args)
    except Conflict:
        raise
    except (ServersError, CatalogError, AccountsError) as error:
        raise StateRefused(step.line, str(error)) from error


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _team(name: str | None) -> Team | None:
    return Team.objects.get(name=name) if name else None


def _server(slug: str) -> Server:
    return Server.objects.get(slug=slug)


def _create_user(args: Args) -> None:
    accounts.create_user(actor=None, **args)


def _update_user(args: Args) -> None:
    accounts.update_user(actor=None, user=_user(args["user"]), person=args["person"])


def _set_password(args: Args) -> None:
    accounts.set_password(actor=None, user=_user(args["user"]), password=args["password"])


def _enable_user(args: Args) -> None:
    accounts.enable_user(actor=None, user=_user(args["user"]))


def _disable_user(args: Args) -> None:
    accounts.disable_user(actor=None, user=_user(args["user"]))


def _create_team(args: Args) -> None:
    accounts.create_team(actor=None, **args)


def _update_team(args: Args) -> None:
    accounts.update_team(actor=None, team=Team.objects.get(name=args["name"]), **args)


def _add_member(args: Args) -> None:
    accounts.add_member(actor=None, **_member(args), role=args["role"])


def _change_role(args: Args) -> None:
    accounts.change_role(actor=None, **_member(args), role=args["role"])


def _remove_member(args: Args) -> None:
    accounts.remove_member(actor=None, **_member(args))


def _member(args: Args) -> dict[str, Any]:
    return {"team": Team.objects.get(name=args["team"]), "user": _user(args["user"])}


def _set_words(args: Args) -> None:
    curating.set_entry_words(actor=None, entry=args["entry"], **args["words"])


def _set_source_changes(args: Args) -> None:
    curating.set_source_changes(actor=None, **args)


def _publish_server(args: Args) -> None:
    services.publish_server(actor=None, slug=args["slug"], **_fields(args))


def _update_server(args: Args) -> None:
    services.update_server(actor=None, server=_server(args["slug"]), **_fields(args))


def _fields(args: Args) -> Any:
    """Return a server's fields, with the team's row, and None for no limit."""
    fields = dict(args["fields"])
    fields |= {name: fields[name] or None for name in LIMITS if name in fields}
    if "team" in fields:
        fields["team"] = _team(fields["team"])
    return fields


def _set_server_enabled(args: Args) -> None:
    server = _server(args["slug"])
    services.set_server_enabled(actor=None, server=server, enabled=args["enabled"])


def _publish_source(args: Args) -> None:
    services.publish_source(actor=None, server=_server(args["slug"]), source=args["source"])


def _unpublish_source(args: Args) -> None:
    services.unpublish_source(actor=None, **args)


def _publish_entry(args: Args) -> None:
    rest = {name: value for name, value in args.items() if name != "slug"}
    services.publish_entry(actor=None, server=_server(args["slug"]), **rest)


def _update_published_entry(args: Args) -> None:
    services.update_published_entry(actor=None, **args)


def _unpublish_entry(args: Args) -> None:
    services.unpublish_entry(actor=None, **args)


def _add_rule(args: Args) -> None:
    rest: Any = {name: value for name, value in args.items() if name != "slug"}
    rest["team"] = _team(args["team"])
    rest["user"] = _user(args["user"]) if args["user"] else None
    services.add_rule(actor=None, server=_server(args["slug"]), **rest)


def _update_rule(args: Args) -> None:
    services.update_rule(actor=None, rule=args["rule"], note=args["note"])


def _delete_rule(args: Args) -> None:
    services.delete_rule(actor=None, **args)


def _allow_origin(args: Args) -> None:
    services.allow_origin(actor=None, **args)


_DOINGS: dict[str, Callable[[Args], None]] = {
    "create_user": _create_user,
    "update_user": _update_user,
    "set_password": _set_password,
    "enable_user": _enable_user,
    "disable_user": _disable_user,
    "create_team": _create_team,
    "update_team": _update_team,
    "add_member": _add_member,
    "change_role": _change_role,
    "remove_member": _remove_member,
    "set_words": _set_words,
    "set_source_changes": _set_source_changes,
    "publish_server": _publish_server,
    "update_server": _update_server,
    "set_server_enabled": _set_server_enabled,
    "publish_source": _publish_source,
    "unpublish_source": _unpublish_source,
    "publish_entry": _publish_entry,
    "update_published_entry": _update_published_entry,
    "unpublish_entry": _unpublish_entry,
    "add_rule": _add_rule,
    "update_rule": _update_rule,
    "delete_rule": _delete_rule,
    "allow_origin": _allow_origin,
}
