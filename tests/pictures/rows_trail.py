"""Rows of the table: the audit trail, its verification, the system page."""

from tests.pictures.table import Page

TRAIL, CHECKS = "/admin/monitoring/auditevent/", "/admin/monitoring/trailcheck/"

ROWS = (
    Page("admin-trail", TRAIL, "admin"),
    Page("admin-trail-narrowed", f"{TRAIL}?outcome=wrong&span=week", "admin"),
    Page("admin-trail-filters", TRAIL, "admin", ("#hub-filters",)),
    Page("admin-trail-none", f"{TRAIL}?server=nosuch", "admin"),
    Page("admin-trail-no-moment", f"{TRAIL}?from=yesterday", "admin"),
    Page("admin-trail-older", TRAIL, "admin", ("nav a[rel=next]",)),
    Page("admin-trail-event", f"{TRAIL}{{trail_event}}/change/", "admin"),
    Page("admin-checks", CHECKS, "admin"),
    Page("admin-check", f"{CHECKS}{{check_pk}}/change/", "admin"),
    Page("admin-system", "/admin/system/", "admin"),
    Page("admin-system-forbidden", "/admin/system/", "staff", status=403),
)
