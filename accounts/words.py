"""Scopes in people's words, for pages. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.scopes import DESTRUCTIVE, SCOPES


@dataclass(frozen=True, slots=True)
class ScopeWords:
    """A scope as a person reads it: "Read", and what that lets a client do."""

    scope: str
    title: str
    detail: str

    @property
    def danger(self) -> bool:
        """Whether it lets a client destroy."""
        return self.scope == DESTRUCTIVE

    def __str__(self) -> str:
        """Say both in one line."""
        return f"{self.title}: {self.detail}"


def every_word() -> tuple[ScopeWords, ...]:
    """Return all scopes of the hub in people's words, for pages that explain them."""
    return words_of(SCOPES)


def words_of(scopes: Iterable[str]) -> tuple[ScopeWords, ...]:
    """Return the scopes in people's words, in the hub's order; unknown ones are left out."""
    asked = set(scopes)
    pairs = ((scope, SCOPES[scope].partition(": ")) for scope in SCOPES if scope in asked)
    return tuple(ScopeWords(scope, title, detail) for scope, (title, _, detail) in pairs)
