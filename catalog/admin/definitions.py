"""How admin pages show the text of a definition: pretty, escaped, bounded."""

import json

from django.template.loader import render_to_string

from catalog.definitions import canonical, token_estimate
from catalog.differences.texts import escaped
from catalog.models import Definition
from catalog.overlay import Words, overlaid

SHOWN_LIMIT = 64 * 1024
"""Characters shown; a definition may have four times as many."""


def shown(definition: Definition | None, words: Words | None = None) -> str:
    """Return the definition as a page shows it, under a curator's words; none is said in words."""
    if definition is None:
        return render_to_string("admin/catalog/definition.html", {"text": ""})
    body = overlaid(json.loads(definition.body), words or Words())
    text = escaped(json.dumps(body, indent=2, ensure_ascii=False))
    context = {
        "text": text[:SHOWN_LIMIT],
        "cut": len(text) > SHOWN_LIMIT,
        "tokens": token_estimate(canonical(body)),
        "own": any(words or ()),
        "sha256": definition.sha256,
    }
    return render_to_string("admin/catalog/definition.html", context)
