"""JSON Schema 2020-12: refused or bounded when a definition is made, quick when a call is checked.

Nothing is ever fetched, patterns match in linear time, and a refusal costs no more than the check.
"""

from catalog.schemas.checking import check
from catalog.schemas.compiling import Pair, Validator, validators
from catalog.schemas.secrets import Marked, Secrets, marked_by, marked_in

__all__ = [
    "Marked",
    "Pair",
    "Secrets",
    "Validator",
    "check",
    "marked_by",
    "marked_in",
    "validators",
]
