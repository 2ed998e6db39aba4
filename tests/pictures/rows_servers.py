"""Rows of the table: the servers one may use, connecting to them, asking for them."""

from tests.pictures.table import Page

ROWS = (
    Page("home-anyone", "/"),
    Page("home-nothing", "/", "nobody"),
    Page("home-one", "/", "one"),
    Page("home-three", "/", "three"),
    Page("home-thirty", "/", "thirty"),
    Page("home-thirty-last", "/?page=2", "thirty"),
    Page("home-odd", "/?q=odd", "many"),
    Page("home-search", "/?q=invoice", "thirty"),
    Page("home-search-nothing", "/?q=nosuch", "thirty"),
    Page("home-sixty-tools", "/", "three", ("[aria-labelledby=s-warehouse] summary",)),
    Page("home-account", "/", "three", (".menu summary",)),
    Page("connect", "/connect/warehouse/", "three"),
    Page("connect-odd", "/connect/odd/", "many"),
    Page("connect-public", "/connect/demo/"),
    Page("connect-claude-code", "/connect/warehouse/claude-code/", "three"),
    Page("connect-claude-code-public", "/connect/demo/claude-code/"),
    Page("connect-token", "/connect/warehouse/claude-code/", "three", (".other-way summary",)),
    Page("connect-cursor", "/connect/warehouse/cursor/", "three"),
    Page("connect-claude-far", "/connect/warehouse/claude/", "three"),
    Page("connect-codex", "/connect/warehouse/codex/", "three"),
    Page("connect-vscode", "/connect/warehouse/vscode/", "three", ("details.other summary",)),
    Page("connect-openai", "/connect/warehouse/openai-responses/", "three"),
    Page("ask", "/ask/{finance}/", "three"),
    Page(
        "ask-asked", "/ask/{travel}/", "asking", ((r"#id_reason", "To plan trips."), "main button")
    ),
    Page("ask-waits", "/ask/{finance}/", "one"),
    Page("ask-declined", "/ask/{payroll}/", "one"),
)
