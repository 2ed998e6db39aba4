"""What this room refuses. Every message is a sentence that a person may read.

CatalogError
    DefinitionRefused        a definition cannot be published
        DefinitionTooLarge   it is too long or too deep
        SchemaRefused        one of its JSON Schemas cannot be checked safely
    NotAllowed               the acting user may not do this
    InvalidValue             a value does not fit its field
    TagInUse                 a tag cannot go while something depends on it
    Decided                  a version is no longer one of which this can be decided
"""


class CatalogError(Exception):
    """Anything this room refuses."""


class DefinitionRefused(CatalogError):
    """A definition cannot be published."""


class DefinitionTooLarge(DefinitionRefused):
    """A definition is too long or too deep."""


class SchemaRefused(DefinitionRefused):
    """A JSON Schema cannot be checked safely; the text says where and why."""


class NotAllowed(CatalogError):
    """The acting user may not do this."""


class InvalidValue(CatalogError):
    """A value does not fit its field."""


class TagInUse(CatalogError):
    """A tag cannot go while something depends on it."""


class Decided(CatalogError):
    """A version is no longer one of which this can be decided."""
