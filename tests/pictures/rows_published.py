"""Rows of the table: published servers in the admin, each area of their pages."""

from tests.pictures.table import Page

SERVERS = "/admin/servers/server/"
DESK, BARE, WAREHOUSE = (f"{SERVERS}{{{name}_pk}}" for name in ("desk", "bare", "warehouse"))

ROWS = (
    Page("admin-servers", SERVERS, "admin"),
    Page("admin-server-add", f"{SERVERS}add/", "admin", (("#id_title", "Crème & Sons: orders"),)),
    Page("admin-server", f"{DESK}/overview/", "admin"),
    Page("admin-server-bare", f"{BARE}/overview/", "admin"),
    Page("admin-server-within", f"{WAREHOUSE}/overview/", "admin"),
    Page("admin-server-contents", f"{DESK}/contents/", "admin"),
    Page("admin-server-contents-found", f"{DESK}/contents/?kind=tool&q=refund", "admin"),
    Page("admin-server-contents-none", f"{BARE}/contents/", "admin"),
    Page("admin-server-withdraw", f"{DESK}/contents/source/{{desk_source}}/withdraw/", "admin"),
    Page(
        "admin-server-withdraw-ticked",
        f"{DESK}/contents/",
        "admin",
        ("input[name=entry] >> nth=0", "input[name=entry] >> nth=1", "button[name=withdraw]"),
    ),
    Page("admin-server-choose", f"{DESK}/publish/", "admin"),
    Page("admin-server-choose-source", f"{BARE}/publish/?source={{desk_source_id}}", "admin"),
    Page("admin-server-choose-none", f"{DESK}/publish/?q=nosuch", "admin"),
    Page("admin-server-access", f"{DESK}/access/", "admin"),
    Page("admin-server-connect", f"{DESK}/connect/", "admin"),
    Page("admin-server-client", f"{DESK}/connect/claude-code/", "admin"),
    Page("admin-server-settings", f"{DESK}/change/", "admin"),
    Page("connect-called", "/connect/desk/", "three"),
    Page("connect-client-called", "/connect/desk/claude-code/", "three"),
)
