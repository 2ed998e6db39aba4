"""The pages that are looked at: what a row says, and all rows together.

A path may name what the scene made: `{finance}`. A new page is one more row in one of the files beside;
what it shows is made in `scene.py` and the files beside that.
"""

from dataclasses import dataclass

ANYONE = ""

Act = str | tuple[str, str]
"""A selector to click, or one to fill and the text; of a `select` the choice as it is labelled."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as one person sees it, after what they do there; `status` is that of the last answer."""

    name: str
    path: str
    who: str = ANYONE
    acts: tuple[Act, ...] = ()
    status: int = 200


WIDTHS = (360, 1440)
SCHEMES = ("light", "dark")
