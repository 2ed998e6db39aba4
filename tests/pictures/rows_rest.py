"""Rows of the table: the lists and forms of the admin that no other file is about."""

from tests.pictures.table import Page

LISTED = (
    "accounts/team",
    "catalog/source",
    "catalog/tag",
    "catalog/template",
    "catalog/entryversion",
    "servers/accessrule",
    "servers/allowedorigin",
    "servers/endedsession",
    "monitoring/auditevent",
    "monitoring/auditperson",
    "monitoring/auditseal",
)
CHANGED = (*LISTED, "catalog/resource", "catalog/prompt")
ADDED = (
    "accounts/user",
    "accounts/team",
    "catalog/tag",
    "servers/accessrule",
    "servers/allowedorigin",
)
DELETED = (
    "accounts/connectionattempt",
    "accounts/user",
    "accounts/team",
    "catalog/source",
    "catalog/tag",
    "servers/accessrule",
    "servers/allowedorigin",
    "servers/server",
    "monitoring/auditperson",
)


def key_of(model: str) -> str:
    """What the scene calls the key of a row of it."""
    return f"row_{model.replace('/', '_')}"


def _page(model: str, what: str, path: str) -> Page:
    return Page(f"rest-{model.partition('/')[2]}-{what}", f"/admin/{model}/{path}", "admin")


def _row(model: str, what: str) -> Page:
    return _page(model, what, f"{{{key_of(model)}}}/{what}/")


ROWS = (
    *(_page(model, "list", "") for model in LISTED),
    *(_row(model, "change") for model in CHANGED),
    *(_page(model, "add", "add/") for model in ADDED),
    *(_row(model, "delete") for model in DELETED),
)
