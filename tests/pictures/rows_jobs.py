"""Rows of the table: jobs, what is done with them, and the switch that makes a tool one."""

from tests.pictures.table import Page

JOBS, TOOLS = "/admin/servers/job/", "/admin/catalog/tool/"
TICKED = tuple(f"#result_list tbody >> nth={row} >> input.action-select" for row in range(3))
GO = "button[name=index]"
STATES = ("done", "said_no", "failed", "lost", "cancelled", "waiting", "working", "plain", "queued")

ROWS = (
    Page("admin-jobs", JOBS, "admin"),
    Page("admin-jobs-open", f"{JOBS}?is=open", "admin"),
    Page("admin-jobs-filters", JOBS, "admin", ("#hub-filters",)),
    Page("admin-jobs-none", f"{JOBS}?q=nosuch", "admin"),
    Page("admin-jobs-paused", JOBS, "admin", ("[data-pause]",)),
    Page("admin-jobs-cancel", JOBS, "admin", (*TICKED, ("select[name=action]", "Cancel…"), GO)),
    Page("admin-jobs-delete", JOBS, "admin", (*TICKED, ("select[name=action]", "Delete…"), GO)),
    *(
        Page(f"admin-job-{state.replace('_', '-')}", f"{JOBS}{{job_{state}}}/change/", "admin")
        for state in STATES
    ),
    Page("admin-job-cancel", f"{JOBS}{{job_working}}/cancel/", "admin"),
    Page("admin-job-retry", f"{JOBS}{{job_failed}}/retry/", "admin"),
    Page("admin-job-retry-warns", f"{JOBS}{{job_lost}}/retry/", "admin"),
    Page("admin-job-delete", f"{JOBS}{{job_done}}/delete/", "admin"),
    Page(
        "admin-tools-runs",
        f"{TOOLS}?q=finance",
        "admin",
        (*TICKED, ("select[name=action]", "Say how they run…"), GO),
    ),
)
