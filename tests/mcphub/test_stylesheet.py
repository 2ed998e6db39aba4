"""The admin's own stylesheet: one class means one thing, however many pages share the file."""

import re

from django.conf import settings

SHEET = settings.BASE_DIR / "static" / "mcphub" / "admin.css"
WITHIN = re.compile(
    r"@(?:media|keyframes)[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|/\*.*?\*/", re.DOTALL
)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def test_nothing_is_said_twice_of_the_same_thing() -> None:
    """Two pages that take one name for different parts would break each other's."""
    said: dict[tuple[str, str], str] = {}
    twice = []
    for selectors, body in RULE.findall(WITHIN.sub("", SHEET.read_text())):
        for each in body.split(";"):
            name, _, value = (part.strip() for part in each.partition(":"))
            for selector in selectors.split(",") if name else ():
                key = (selector.strip(), name)
                if key in said:
                    twice.append((*key, said[key], value))
                said[key] = value
    assert not twice
