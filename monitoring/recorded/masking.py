"""Hiding what is secret in the arguments and the result of a call, and bounding the rest. Pure.

Hidden is what a schema marks, what bears a name on the list, and every other place where a value that
was hidden stands again, as in a result that repeats a password. Text is looked into: JSON is masked as
JSON, of `name: value` the value goes. Bytes are told by their number.
"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

MASK = "[masked]"
DEPTH = 12
ITEMS = 200
"""Members kept of one object or list."""
VALUES = 2_000
"""Values kept of one side of a call."""
TEXT = 8_000
CHARACTERS = 32_000
"""Characters kept of one text, and of one side of a call."""
PARSED = 64_000
"""Characters of a text that is read as JSON; one that looks like JSON and is longer is left out."""
SHORTEST, MOST = 4, 100
"""Characters of a hidden value that is looked for elsewhere, and how many are."""
LOOKED_AT = 5_000
"""Values among which hidden ones are looked for; of what has more, nothing is kept."""
DEEPEST = 100
TOO_MUCH = "[not kept: too much to be masked]"
_NUMBER_BITS = 512
_NAME_KEPT = 200

_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\r\n]{512,}={0,2}\s?")
_BASE64_LOOK = 4_096
_DATA_URI = re.compile(r"data:[^,]{0,200}?;base64,[A-Za-z0-9+/_\-=]*")
_NAME = re.compile(
    r"""(?<![\w.\-])(?P<name>[\w.\-]{1,64}+(?:[ ][\w.\-]{1,64}+)?+)\\?["']?\s{0,4}(?:=>|[:=])\s{0,4}"""
)
_VALUE = re.compile(
    r"""\\?"(?:[^"\\]|\\.)*+"?|'[^']*'?|(?:(?:bearer|basic|digest|token)\s+)?[^\s,;&"'}\])]+""",
    re.IGNORECASE,
)
_TELLTALE = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END[^-]{0,40}-----|\Z)"
    r"|(?<![\w\-.])eyJ[\w\-]{8,}+\.[\w\-]++\.[\w\-]*+"
    r"|\b(?:bearer|basic)\s{1,4}[\w.~+/=\-]{8,}+"
    r"|(?<![\w\-])(?:mcphub_|gh[pousr]_|github_pat_|glpat-|sk-|xox[abpr]-|AKIA)[\w\-]{12,}+"
    r"|--?[\w\-]{0,32}(?:passw|secret|token|api-?key)[\w\-]{0,16}[ =]{1,4}[^\s,;&]{1,200}"
    r"|(?<=\s-u\s)[^\s:]{1,64}:[^\s]{1,200}"
    r"|(?<=://)[^/\s:@]{1,64}:[^@\s/]{1,200}@",
    re.DOTALL | re.IGNORECASE,
)
"""What shows by its form alone that it is secret: keys, tokens, passwords in addresses."""


class Hides(Protocol):
    """What is hidden of one side of a call: by names, or all of it."""

    everything: bool

    def hide(self, name: str) -> bool:
        """Tell whether what bears this name is hidden."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """Masked arguments as JSON, and the values that were hidden, to be found again in the result.

    `hidden` is None where there was too much to look at: of the result nothing can be kept then.
    """

    text: str
    hidden: frozenset[str] | None = frozenset()


def mask_arguments(arguments: dict[str, Any], hides: Hides) -> Given:
    """Return arguments as they may be kept."""
    hidden = _hidden(arguments, hides)
    if hidden is None:
        return Given(json.dumps(TOO_MUCH), None)
    return Given(_Mask(hides, hidden).written(arguments), hidden)


def mask_result(result: Any, hides: Hides, given: Given) -> str:
    """Return a result as it may be kept: as JSON, without what was hidden of the arguments."""
    hidden = _hidden(result, hides)
    if hidden is None or given.hidden is None:
        return json.dumps(TOO_MUCH)
    return _Mask(hides, given.hidden | hidden).written(result)


class _TooMuch(Exception):
    """There is more than is looked at."""


@dataclass(slots=True)
class _Search:
    """One walk that finds what names hide."""

    hides: Hides
    found: list[str] = field(default_factory=list)
    left: int = LOOKED_AT

    def of(self, value: Any, inside: bool, depth: int) -> None:
        """Find the texts and numbers below hidden names; raises _TooMuch."""
        self.left -= 1
        if isinstance(value, dict):
            if depth > DEEPEST:
                raise _TooMuch
            for key, part in value.items():
                self.of(part, inside or self.hides.hide(_name(key)), depth + 1)
        elif isinstance(value, list | tuple):
            if depth > DEEPEST:
                raise _TooMuch
            for part in value:
                self.of(part, inside, depth + 1)
        elif inside and isinstance(value, str):
            self.found.append(str.__str__(value))
        elif inside and isinstance(value, int | float) and not isinstance(value, bool):
            self.found.append(str(_number(value)))
        if self.left < 0 or len(self.found) > MOST:
            raise _TooMuch


def _hidden(value: Any, hides: Hides) -> frozenset[str] | None:
    """Return the values that names hide, as they may stand in a text; None if there is too much."""
    search = _Search(hides)
    try:
        search.of(value, hides.everything, 0)
    except _TooMuch:
        return None
    long = [text for text in search.found if len(text.strip()) >= SHORTEST]
    return frozenset(form for text in long for form in _forms(text))


def _forms(text: str) -> tuple[str, ...]:
    """Return a value as it may stand elsewhere: as it is, in JSON, in an address."""
    return text, text.strip(), json.dumps(text)[1:-1], quote(text, errors="replace")


@dataclass(slots=True)
class _Mask:
    """One walk over one side of a call, with what may still be kept."""

    hides: Hides
    hidden: frozenset[str]
    values: int = VALUES
    characters: int = CHARACTERS
    longest: int = 0
    wanted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wanted = sorted(self.hidden, key=len, reverse=True)
        self.longest = len(self.wanted[0]) if self.wanted else 0

    def written(self, value: Any) -> str:
        """Return the value as JSON in ASCII, which every database takes."""
        return json.dumps(MASK if self.hides.everything else self.of(value, 0))

    def of(self, value: Any, depth: int) -> Any:
        """Return the value as it may be kept."""
        self.values -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value, depth) if type(value) is str else MASK
        if isinstance(value, int | float):
            return self.number(_number(value))
        if isinstance(value, dict | list | tuple):
            return self.inside(value, depth)
        return f"[{type(value).__name__}]"

    def inside(self, value: Any, depth: int) -> Any:
        """Return an object or a list, as far as there is room."""
        if depth >= DEPTH or self.values <= 0 or self.characters <= 0:
            return f"[{len(value)} more inside]"
        return self.object(value, depth) if isinstance(value, dict) else self.list(value, depth)

    def object(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        sized = _bytes_told(value)
        for key, part in value.items():
            if len(kept) >= ITEMS or self.values <= 0:
                kept["..."] = f"[{len(value) - len(kept)} more]"
                break
            whole = _name(key)
            name = whole[: _NAME_KEPT + self.longest]
            if self.hides.hide(whole):
                self.values -= 1
                told = MASK
            else:
                told = sized.get(name) or self.of(part, depth + 1)
            kept[self.replaced(name)[:_NAME_KEPT]] = told
            self.characters -= len(name)
        return kept

    def list(self, value: Any, depth: int) -> list[Any]:
        kept: list[Any] = []
        for part in value:
            if len(kept) >= ITEMS or self.values <= 0:
                kept.append(f"[{len(value) - len(kept)} more]")
                break
            kept.append(self.of(part, depth + 1))
        return kept

    def text(self, text: str, depth: int) -> str:
        """Return a text as it may be kept."""
        if text.lstrip()[:1] in ("{", "["):
            if len(text) > PARSED:
                return f"[{len(text)} characters that look like JSON, too many to be masked]"
            read = _read(text)
            if read is not None and depth < DEPTH:
                return json.dumps(self.of(read, depth + 1), ensure_ascii=False)
        if _BASE64.fullmatch(text[:_BASE64_LOOK]):
            return f"[{len(text)} characters of base64]"
        return self.cut(text)

    def cut(self, text: str) -> str:
        """Return a plain text without what is hidden, up to what is kept of one."""
        most = max(0, min(TEXT, self.characters))
        kept = self.replaced(_DATA_URI.sub(_size_told, text[: most + self.longest]))
        kept = _TELLTALE.sub(MASK, self.named(kept))
        more = len(text) > most
        kept = kept[:most]
        self.characters -= len(kept)
        return f"{kept}... [{len(text)} characters in all]" if more else kept

    def named(self, text: str) -> str:
        """Return a text with `name: value` without the value, where the name hides it."""
        parts, end = [], 0
        for found in _NAME.finditer(text):
            if found.start() < end or not self.hides.hide(found["name"]):
                continue
            value = _VALUE.match(text, found.end())
            if value is not None:
                parts += [text[end : found.end()], MASK]
                end = value.end()
        return "".join([*parts, text[end:]]) if parts else text

    def number(self, number: Any) -> Any:
        """Return a number, unless it is a value that is hidden elsewhere."""
        text = str(number)
        return number if self.replaced(text) == text else MASK

    def replaced(self, text: str) -> str:
        """Return a text without the values that are hidden elsewhere."""
        for one in self.wanted:
            if one in text:
                text = text.replace(one, MASK)
        return text


def _name(key: object) -> str:
    """Return a key as JSON would have it."""
    if isinstance(key, str):
        return key
    return str(_number(key)) if isinstance(key, int | float) else type(key).__name__


def _number(value: int | float) -> Any:
    """Return a number that JSON can hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    bits = value.bit_length()
    return value if bits <= _NUMBER_BITS else f"[a number of {bits} bits]"


def _read(text: str) -> Any:
    """Return the object or list a text is, None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _bytes_told(value: dict[Any, Any]) -> dict[str, str]:
    """Return what stands for the bytes of a content block or of a resource."""
    kind = value.get("mimeType")
    kind = kind[:64] if isinstance(kind, str) else "an unknown type"
    fields = [name for name in ("blob", "data") if isinstance(value.get(name), str)]
    if "data" in fields and value.get("type") not in ("image", "audio"):
        fields.remove("data")
    return {name: f"[{len(value[name]) * 3 // 4} bytes of {kind}]" for name in fields}


def _size_told(found: re.Match[str]) -> str:
    """Return a data URI with the size of what it holds."""
    head, _, body = found[0].partition(",")
    return f"{head},[{len(body) * 3 // 4} bytes]"
