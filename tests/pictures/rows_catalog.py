"""Rows of the table: what waits for approval, and the versions of a tool."""

from tests.pictures.table import Page

VERSIONS = "/admin/catalog/entryversion/"

ROWS = (
    Page("admin-waiting", f"{VERSIONS}waiting/", "admin"),
    Page("admin-waiting-source", f"{VERSIONS}waiting/?source={{ledger}}", "admin"),
    Page("admin-waiting-curator", f"{VERSIONS}waiting/", "curator"),
    Page("admin-waiting-none", f"{VERSIONS}waiting/", "idle"),
    Page("admin-waiting-all", f"{VERSIONS}waiting/{{ledger}}/?last={{last}}", "admin"),
    Page("admin-versions", VERSIONS, "admin"),
    Page("admin-version", f"{VERSIONS}{{declined}}/change/", "admin"),
    Page("admin-version-history", "/admin/catalog/tool/{rolled}/change/", "admin"),
    Page("admin-definition", "/admin/servers/server/definition/{last}/", "admin"),
    Page(
        "admin-definition-oldest",
        "/admin/servers/server/definition/{last}/?revision=2024-11-05",
        "admin",
    ),
    Page("admin-source", "/admin/catalog/source/{ledger}/change/", "admin"),
    Page("admin-sources", "/admin/catalog/source/", "admin"),
)
