"""How admin pages show the text of a definition: pretty, escaped, bounded."""

import json

from django.template.loader import render_to_string

from catalog.definitions import token_estimate
from catalog.models import Definition

SHOWN_LIMIT = 64 * 1024
"""Characters shown; a definition may have four times as many."""


def shown(definition: Definition | None) -> str:
    """Return the definition as a page shows it; none is said in words."""
    if definition is None:
        return render_to_string("admin/catalog/definition.html", {"text": ""})
    text = json.dumps(json.loads(definition.body), indent=2, ensure_ascii=False)
    context = {
        "text": text[:SHOWN_LIMIT],
        "cut": len(text) > SHOWN_LIMIT,
        "tokens": token_estimate(definition.body),
        "sha256": definition.sha256,
    }
    return render_to_string("admin/catalog/definition.html", context)
