"""What the playground tries: the demo's things, one with a large form, and one that nothing publishes."""

from accounts.models import User
from catalog.models import Entry
from tests import make

GUEST = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "description": "As on the invitation."},
        "diet": {"enum": ["none", "vegan", "halal", "kosher"], "default": "none"},
        "age": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 130}, {"type": "null"}]},
        "mail": {"type": "string", "format": "email"},
    },
}
PLACE = {
    "oneOf": [
        {
            "title": "At home",
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"const": "home"}, "floor": {"type": "integer"}},
        },
        {
            "title": "In a restaurant",
            "type": "object",
            "required": ["kind", "name"],
            "properties": {"kind": {"const": "restaurant"}, "name": {"type": "string"}},
        },
    ]
}
DINNER = {
    "name": "plan_dinner",
    "title": "Plan a dinner",
    "description": "Plans a dinner: who comes, when and where, and what everybody eats.",
    "inputSchema": {
        "type": "object",
        "required": ["day", "guests", "place"],
        "properties": {
            "day": {"type": "string", "format": "date", "description": "The evening."},
            "guests": {"type": "array", "minItems": 1, "maxItems": 8, "items": GUEST},
            "place": PLACE,
            "quiet": {"type": "boolean", "default": False},
            "notes": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
}


def keys() -> dict[str, str]:
    """Make them, and return their keys as paths name them."""
    rows = Entry.objects.filter(published__server__slug="demo")
    lonely = make.entry(make.source("lonely"), "forecast_next_week")
    dinner = make.entry(make.source("kitchen"), "plan_dinner", body=DINNER)
    kitchen = make.server("kitchen", entries=[dinner])
    make.rule(kitchen, user=User.objects.get(username="admin"), effect="allow")
    found = {f"try_{row.name}": str(row.pk) for row in rows}
    return {**found, "try_lonely": str(lonely.pk), "try_dinner": str(dinner.pk)}
