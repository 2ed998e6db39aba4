"""Rows of the table: stops and the banner. Last of all: from then on both stand on top of every page."""

from tests.pictures.table import ANYONE, Page

STOPS, ADD = "/admin/servers/stop/", "/admin/servers/stop/add/"
BANNER = "/admin/monitoring/banner/"
REASON = "It books every order twice; we are looking into it."
STOP = (("#id_reason", REASON), "button:has-text('Stop it now')")
SENTENCE = "On Saturday from 8 to 10 the hub is away for an update of its database."
PUT_UP = (("#id_text", SENTENCE), "button[name=_save]")

ROWS = (
    Page("admin-stops-none", STOPS, "admin"),
    Page("admin-stop-kinds", ADD, "admin"),
    Page("admin-stop-search", f"{ADD}?kind=entry&q=stock", "admin"),
    Page("admin-stop-not-found", f"{ADD}?kind=user&q=zebra", "admin"),
    Page("admin-stop-reason", f"{ADD}?kind=server&server={{warehouse_pk}}", "admin"),
    Page("admin-stop-everything", f"{ADD}?kind=everything", "admin"),
    Page(
        "admin-stop-wrong-name",
        f"{ADD}?kind=everything",
        "admin",
        (("#id_reason", REASON), ("#id_name", "mcphub"), "button:has-text('Stop it now')"),
        status=422,
    ),
    Page("admin-banner-none", BANNER, "admin"),
    Page("admin-banner-add", f"{BANNER}add/", "admin"),
    Page("admin-stopped", f"{ADD}?kind=server&server={{warehouse_pk}}", "admin", STOP),
    Page("admin-stopped-person", f"{ADD}?kind=user&user=many", "admin", STOP),
    Page("admin-banner", f"{BANNER}add/", "admin", PUT_UP),
    Page("admin-stops", STOPS, "admin"),
    Page("admin-stop", f"{STOPS}1/change/", "admin"),
    Page("admin-stop-lift", f"{STOPS}1/delete/", "admin"),
    Page("admin-banner-change", f"{BANNER}1/change/", "admin"),
    Page("admin-banner-delete", f"{BANNER}1/delete/", "admin"),
    Page("admin-while-stopped", "/admin/", "admin"),
    Page("admin-while-stopped-staff", "/admin/", "staff"),
    Page("login-banner", "/login/", ANYONE),
    Page("home-banner", "/", "three"),
)
