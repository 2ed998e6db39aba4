"""Rows of the table: calls as they come in, what was recorded of one, and the names that are masked."""

from tests.pictures.table import Page

EVENTS, NAMES = "/admin/monitoring/auditevent/", "/admin/monitoring/redactedname/"

ROWS = (
    Page("admin-live", f"{EVENTS}live/", "admin"),
    Page("admin-live-server", f"{EVENTS}live/?server=warehouse", "admin"),
    Page("admin-live-client", f"{EVENTS}live/?client={{client_public}}", "admin"),
    Page("admin-live-none", f"{EVENTS}live/?server=nosuch", "admin"),
    Page("admin-live-paused", f"{EVENTS}live/", "admin", ("[data-pause]",)),
    Page("admin-event-recorded", f"{EVENTS}{{event_recorded}}/change/", "admin"),
    Page("admin-event-not-recorded", f"{EVENTS}{{event_plain}}/change/", "admin"),
    Page("admin-masked-names", NAMES, "admin"),
    Page("admin-masked-name", f"{NAMES}{{masked_pk}}/change/", "admin"),
    Page("admin-masked-name-delete", f"{NAMES}{{masked_pk}}/delete/", "admin"),
    Page("admin-masked-name-add", f"{NAMES}add/", "admin"),
    Page("admin-masked-names-none", f"{NAMES}?q=nosuch", "admin"),
)
