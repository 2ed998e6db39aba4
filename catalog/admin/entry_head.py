"""What stands on top of the page of one tool, resource, template or prompt."""

from typing import Any

from catalog.admin import entry_columns


def head(row: Any) -> dict[str, Any]:
    """Return the facts of a row that was completed: what it is, and how it is used."""
    return {
        "title": row.shelved.told.title or row.name,
        "kind": row.get_kind_display(),
        "state": entry_columns.state(row),
        "hints": entry_columns.hints_of(row),
        "figures": [
            ("Calls in 30 days", entry_columns.calls(row)),
            ("Errors", entry_columns.errors(row)),
            ("95 % took at most", entry_columns.p95(row)),
            ("Last used", entry_columns.last_used(row)),
            ("Tokens in a list (estimate)", entry_columns.tokens(row)),
        ],
    }
