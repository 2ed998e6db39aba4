"""All rows of the table."""

from tests.pictures import (
    rows_accounts,
    rows_admin,
    rows_catalog,
    rows_control,
    rows_errors,
    rows_jobs,
    rows_live,
    rows_playground,
    rows_published,
    rows_rest,
    rows_servers,
    rows_shelves,
    rows_trail,
    rows_why,
)

PAGES = (
    *rows_servers.ROWS,
    *rows_accounts.ROWS,
    *rows_errors.ROWS,
    *rows_jobs.ROWS,
    *rows_admin.ROWS,
    *rows_catalog.ROWS,
    *rows_published.ROWS,
    *rows_shelves.ROWS,
    *rows_rest.ROWS,
    *rows_why.ROWS,
    *rows_control.ROWS,
    *rows_trail.ROWS,
    *rows_playground.ROWS,
    *rows_live.ROWS,
)
