"""The versions of one entry as its page shows them."""

from typing import Any

from django.template.loader import render_to_string

from catalog.admin.deciding import buttons

SHOWN = 20


def history(row: Any) -> str:
    """Return the newest versions as HTML; `row` is an entry with `may_decide`, set for the reader."""
    versions = list(row.versions.order_by("-number")[: SHOWN + 1])
    for version in versions:
        version.entry = row  # its buttons ask for what is served
    shown = [(one, buttons(one) if row.may_decide else []) for one in versions[:SHOWN]]
    context = {
        "entry": row,
        "versions": shown,
        "more": len(versions) > SHOWN,
        "newest": versions[0] if versions else None,
    }
    return render_to_string("admin/catalog/versions.html", context)
