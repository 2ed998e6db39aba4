"""All rows of the table."""

from tests.pictures import rows_accounts, rows_admin, rows_errors, rows_servers

PAGES = (*rows_servers.ROWS, *rows_accounts.ROWS, *rows_errors.ROWS, *rows_admin.ROWS)
