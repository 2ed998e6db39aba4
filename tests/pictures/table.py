"""The pages that are looked at: name, path, who looks, and what is clicked first.

A path may name what `scene.py` made: `{finance}`. A new page is one more row; what it shows is made
in `scene.py`.
"""

from dataclasses import dataclass

ANYONE = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as one person sees it; `clicks` are selectors of what is clicked before the picture."""

    name: str
    path: str
    who: str = ANYONE
    clicks: tuple[str, ...] = ()
    status: int = 200


WIDTHS = (360, 1440)
SCHEMES = ("light", "dark")

PAGES = (
    Page("home-anyone", "/"),
    Page("home-nothing", "/", "nobody"),
    Page("home-one", "/", "one"),
    Page("home-three", "/", "three"),
    Page("home-thirty", "/", "thirty"),
    Page("home-thirty-last", "/?page=2", "thirty"),
    Page("home-search", "/?q=invoice", "thirty"),
    Page("home-search-nothing", "/?q=nosuch", "thirty"),
    Page("home-sixty-tools", "/", "three", ("[aria-labelledby=s-warehouse] summary",)),
    Page("connect", "/connect/warehouse/", "three"),
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
    Page("ask-waits", "/ask/{finance}/", "one"),
    Page("ask-declined", "/ask/{payroll}/", "one"),
    Page("attempts", "/me/connections/attempts/", "three"),
    Page("attempts-none", "/me/connections/attempts/", "thirty"),
    Page("attempt", "/me/connections/attempts/{attempt}/", "three"),
    Page("connections-troubles", "/me/connections/", "three"),
    Page("tokens", "/me/tokens/", "three"),
    Page("login", "/login/"),
    Page("nothing-here", "/connect/nosuch/", "three", status=404),
    Page("admin-requests", "/admin/servers/accessrequest/", "admin"),
    Page("admin-request", "/admin/servers/accessrequest/{request}/change/", "admin"),
    Page("admin-attempts", "/admin/accounts/connectionattempt/", "admin"),
    Page("admin-attempt", "/admin/accounts/connectionattempt/{attempt_row}/change/", "admin"),
)
