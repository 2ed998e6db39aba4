"""Rows of the table: the admin's lists and pages of tools, resources, templates and prompts."""

from tests.pictures.table import Page

TOOLS, PUT = "/admin/catalog/tool/", "/admin/servers/server/put/"
FINANCE = f"{TOOLS}?q=finance"
TICKED = tuple(f"#result_list tbody >> nth={row} >> input.action-select" for row in range(6))
ADD, REMOVE = ("select[name=action]", "Add tags…"), ("select[name=action]", "Remove tags…")
GO = "button[name=index]"
CHOSEN = (("select#server", "Accounting (/mcp/accounting)"), "button:has-text('Put on the server')")
THREE = f"{PUT}?entry={{tool_words_pk}}&entry={{tool_other_pk}}&entry={{tool_alone_pk}}"

ROWS = (
    Page("admin-tools", FINANCE, "admin"),
    Page("admin-tools-many", f"{TOOLS}?o=-6", "admin"),
    Page("admin-tools-filters", TOOLS, "admin", ("#hub-filters",)),
    Page("admin-tools-none", f"{TOOLS}?q=nosuch", "admin"),
    Page("admin-tools-add-tags", FINANCE, "admin", (*TICKED, ADD, GO)),
    Page("admin-tools-remove-tags", FINANCE, "admin", (*TICKED, REMOVE, GO)),
    Page("admin-tool", f"{TOOLS}{{tool_pk}}/change/", "admin"),
    Page("admin-tool-words", f"{TOOLS}{{tool_words_pk}}/change/", "admin"),
    Page("admin-tool-alone", f"{TOOLS}{{tool_alone_pk}}/change/", "admin"),
    Page("admin-resources", "/admin/catalog/resource/", "admin"),
    Page("admin-prompts", "/admin/catalog/prompt/", "admin"),
    Page("admin-put", THREE, "admin"),
    Page("admin-put-taken", THREE, "admin", CHOSEN, status=422),
    Page("admin-put-nothing", PUT, "admin"),
)
