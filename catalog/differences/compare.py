"""Two definitions -> their differences: each field by its name, schemas property by property.

Bounded: at most so many differences are told, and of each value only its beginning. Schemas are
walked by a list of what is left to do, so that no depth exhausts a stack.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple

from catalog.differences.cautions import (
    OF_CHANGES,
    REMOVED,
    REQUIRED,
    RESULT_REMOVED,
    Caution,
    of_hint,
    of_scope,
    of_text,
)
from catalog.differences.texts import LONGEST, Piece, visible, words_compared

MOST = 200
"""Differences told of one definition."""
MOST_BY_WORDS = 12
"""Texts of one definition that are compared word by word: that is what takes time."""
SCHEMAS = ("inputSchema", "outputSchema")
INNER = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
"""Keywords of a schema whose value is a schema."""
NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
"""Keywords of a schema whose value names schemas."""
FIRST = ("name", "title", "description", "annotations", "uri", "uriTemplate", "mimeType")
"""Fields told first, in this order; the rest follows by name."""
LONGEST_PATH = 400
ONE_LINE = 100
"""Characters of JSON that are not broken into lines."""
NOTHING: Any = object()

Mark = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what it was and what it is, both as text, and what to look at twice.

    `pieces` are both texts word by word, where both are text.
    """

    path: str
    mark: Mark
    before: str
    after: str
    pieces: tuple[Piece, ...] = ()
    cautions: tuple[Caution, ...] = ()

    @property
    def grave(self) -> bool:
        """Whether it opens something or breaks callers."""
        return any(caution.grave for caution in self.cautions)


class Found(NamedTuple):
    """A difference as it is found, its values as the definitions have them."""

    path: str
    mark: Mark
    old: Any
    new: Any
    cautions: tuple[Caution, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether there are words on both sides."""
        return isinstance(self.old, str) and isinstance(self.new, str)


def compare(
    kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> tuple[tuple[Difference, ...], str]:
    """Return the differences, no more than MOST, and the sentence on a scope that changed.

    None stands for no definition: all that the new one has is added, and its texts are new.
    """
    found = list(islice(_fields(before or {}, after), MOST))
    by_words = {id(one) for one in [one for one in found if one.is_text][:MOST_BY_WORDS]}
    dropped = OF_CHANGES if before is None else frozenset()
    told = tuple(_told(one, id(one) in by_words, dropped) for one in found)
    return told, of_scope(kind, before, after) if before is not None else ""


def _told(one: Found, by_words: bool, dropped: frozenset[Caution]) -> Difference:
    """Return a difference as a page shows it."""
    return Difference(
        visible(one.path[:LONGEST_PATH]),
        one.mark,
        _shown(_text(one.old)),
        _shown(_text(one.new)),
        words_compared(one.old, one.new) if by_words else (),
        tuple(caution for caution in one.cautions if caution not in dropped),
    )


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Found]:
    for name in sorted({*before, *after}, key=_place):
        old, new = before.get(name, NOTHING), after.get(name, NOTHING)
        if name == "annotations":
            yield from _annotations(old, new)
        elif name in SCHEMAS:
            yield from _schemas(name, old, new)
        elif name == "arguments":
            yield from _arguments(old, new)
        else:
            yield from _value(name, old, new, of_text(name, new))


def _place(name: str) -> tuple[int, str]:
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def _annotations(old: Any, new: Any) -> Iterator[Found]:
    """Tell each hint, with what it means that it is lost or gained."""
    was, now = _mapping(old), _mapping(new)
    for name in sorted({*was, *now}):
        before, after = was.get(name, NOTHING), now.get(name, NOTHING)
        cautions = (*of_hint(name, before, after), *of_text(name, after))
        yield from _value(f"annotations.{name}", before, after, cautions)


def _arguments(old: Any, new: Any) -> Iterator[Found]:
    """Tell a prompt's arguments by their names."""
    was, now = _by_name(old), _by_name(new)
    for name in dict.fromkeys((*was, *now)):
        path = f"arguments.{name}"
        if name not in now:
            yield from _value(path, was[name], NOTHING, (REMOVED,))
        elif name not in was:
            needed = (REQUIRED,) if was and now[name].get("required") is True else ()
            yield from _value(path, NOTHING, now[name], (*needed, *_steering(now[name])))
        else:
            for key in sorted({*was[name], *now[name]} - {"name"}):
                yield from _argument(f"{path}.{key}", key, was[name], now[name])


def _argument(
    path: str, key: str, was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Found]:
    old, new = was.get(key, NOTHING), now.get(key, NOTHING)
    needed = (REQUIRED,) if key == "required" and new is True else ()
    yield from _value(path, old, new, (*needed, *of_text(key, new)))


def _schemas(path: str, old: Any, new: Any) -> Iterator[Found]:
    """Tell what differs between two schemas, nearest to the root first."""
    todo: deque[tuple[str, Any, Any]] = deque([(path, *_both(old, new))])
    output = path == "outputSchema"
    while todo:
        at, was, now = todo.popleft()
        if not isinstance(was, Mapping) or not isinstance(now, Mapping):
            yield from _value(at, was, now, _steering(now))
            continue
        yield from _keywords(at, was, now)
        yield from _requirements(at, was, now, output)
        todo.extend(_inside(at, was, now))
        yield from _come_and_gone(at, was, now, output)


def _both(old: Any, new: Any) -> tuple[Any, Any]:
    """Return both, an empty schema for one that is not there: its parts are then told singly."""
    return ({} if old is NOTHING else old), ({} if new is NOTHING else new)


def _keywords(at: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Found]:
    """Tell the keywords of one schema that hold no schemas by name."""
    for name in sorted({*was, *now} - {"required", *NAMED}):
        old, new = was.get(name, NOTHING), now.get(name, NOTHING)
        if not _walked(name, old, new):
            yield from _value(f"{at}.{name}", old, new, of_text(name, new))


def _walked(name: str, old: Any, new: Any) -> bool:
    return name in INNER and isinstance(old, Mapping) and isinstance(new, Mapping)


def _inside(
    at: str, was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the pairs of schemas inside two schemas that both have."""
    for name in INNER:
        if _walked(name, was.get(name), now.get(name)):
            yield f"{at}.{name}", was[name], now[name]
    for group in NAMED:
        old, new = _mapping(was.get(group)), _mapping(now.get(group))
        for name in old:
            if name in new:
                yield _inner_path(at, group, name), old[name], new[name]


def _come_and_gone(
    at: str, was: Mapping[str, Any], now: Mapping[str, Any], output: bool
) -> Iterator[Found]:
    """Tell the named schemas that only one of two schemas has."""
    required = _names(now.get("required"))
    for group in NAMED:
        old, new = _mapping(was.get(group)), _mapping(now.get(group))
        is_property = group == "properties"
        gone = (RESULT_REMOVED if output else REMOVED,) if is_property else ()
        for name in old:
            if name not in new:
                yield from _value(_inner_path(at, group, name), old[name], NOTHING, gone)
        for name in new:
            if name not in old:
                needed = is_property and name in required
                path = _inner_path(at, group, name) + (" (required)" if needed else "")
                breaks = (REQUIRED,) if needed and not output else ()
                yield from _value(path, NOTHING, new[name], (*breaks, *_steering(new[name])))


def _requirements(
    at: str, was: Mapping[str, Any], now: Mapping[str, Any], output: bool
) -> Iterator[Found]:
    """Tell which properties became required, or optional; those that come or go tell it themselves."""
    old, new = _names(was.get("required")), _names(now.get("required"))
    one_sided = _mapping(was.get("properties")).keys() ^ _mapping(now.get("properties")).keys()
    for name in sorted((old ^ new) - one_sided):
        path = _inner_path(at, "properties", name)
        words = ("optional", "required") if name in new else ("required", "optional")
        yield Found(path, "changed", *words, (REQUIRED,) if name in new and not output else ())


def _inner_path(at: str, group: str, name: str) -> str:
    return f"{at}.{name}" if group == "properties" else f"{at}.{group}.{name}"


def _steering(value: Any) -> tuple[Caution, ...]:
    """Return what to look at in the texts of something that is new as a whole."""
    if not isinstance(value, Mapping):
        return of_text("", value)
    text = json.dumps(value, ensure_ascii=False)
    return of_text("description" if '"description"' in text else "", text)


def _value(path: str, old: Any, new: Any, cautions: tuple[Caution, ...]) -> Iterator[Found]:
    """Tell one field, unless it is the same: by JSON's notion of that, where 1 is not true."""
    if _text(old) == _text(new) and type(old) is type(new):
        return
    mark: Mark = "added" if old is NOTHING else "removed" if new is NOTHING else "changed"
    yield Found(path, mark, old, new, cautions)


def _text(value: Any) -> str:
    if value is NOTHING:
        return ""
    if isinstance(value, str):
        return value
    line = json.dumps(value, ensure_ascii=False)
    return line if len(line) <= ONE_LINE else json.dumps(value, ensure_ascii=False, indent=1)


def _shown(text: str) -> str:
    return visible(text[:LONGEST]) + ("…" if len(text) > LONGEST else "")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _names(value: Any) -> set[str]:
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()


def _by_name(value: Any) -> dict[str, Mapping[str, Any]]:
    found = value if isinstance(value, list) else []
    return {str(one.get("name", "")): one for one in found if isinstance(one, Mapping)}
