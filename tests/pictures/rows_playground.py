"""Rows of the table: the playground."""

from tests.pictures.table import Page

TRY, CALL = "/admin/servers/server/try/", "[data-play=run]"
OPEN_ALL = ("summary:has-text('The exchange')", "summary:has-text('Copy as')")

ROWS = (
    Page("admin-try", f"{TRY}tool/{{try_dinner}}/", "admin", ("summary:has-text('Who asks')",)),
    Page("admin-try-wrong", f"{TRY}tool/{{try_dinner}}/", "admin", (CALL,)),
    Page(
        "admin-try-done",
        f"{TRY}tool/{{try_add}}/",
        "admin",
        (("[data-at=a] input", "2"), ("[data-at=b] input", "3"), CALL, *OPEN_ALL),
    ),
    Page("admin-try-image", f"{TRY}tool/{{try_picture}}/", "admin", (CALL,)),
    Page(
        "admin-try-progress",
        f"{TRY}tool/{{try_slow}}/",
        "admin",
        (("[data-at=steps] input", "90"), CALL),
    ),
    Page("admin-try-nowhere", f"{TRY}tool/{{try_lonely}}/", "admin"),
)
