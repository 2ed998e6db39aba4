"""Values as the format of a snippet wants them: shell words, JSON, TOML, YAML, links."""

import base64
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import yaml

PLAIN_WORD = re.compile(r"[\w%+=:,./-][\w@%+=:,./-]*", re.ASCII)
FILLED_IN = re.compile(r'\{"expanded":"(\$\w+)"\}')
"""A variable as a value of JSON; no string of JSON holds this, as its quotes are escaped."""
SPECIAL_IN_QUOTES = re.compile(r'["$`\\!%^\r\n]')
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
CONTINUED = " \\\n "


def shell(commands: list[list[Any]]) -> str:
    """Return commands, one a line; a None in one breaks its line."""
    return "\n".join(
        " ".join(map(_word, command)).replace(f" {CONTINUED}", CONTINUED) for command in commands
    )


def _word(word: Any) -> str:
    if word is None:
        return CONTINUED
    if isinstance(word, Mapping):
        ((kind, value),) = word.items()
        return f'"{value}"' if kind == "expanded" else _json_word(value)
    return shell_word(str(word))


def _json_word(value: Any) -> str:
    """Return JSON as a word of a shell, which fills in its variables: {expanded: $NAME} as a value."""
    pieces = FILLED_IN.split(compact(value))
    for at in range(1, len(pieces), 2):
        pieces[at - 1] += '"'
        pieces[at + 1] = '"' + pieces[at + 1]
    return "".join(f'"{piece}"' if at % 2 else shell_word(piece) for at, piece in enumerate(pieces))


def shell_word(word: str) -> str:
    """Return a word quoted for a shell; in double quotes, which every shell knows, where they do."""
    if PLAIN_WORD.fullmatch(word):
        return word
    return shlex.quote(word) if SPECIAL_IN_QUOTES.search(word) or not word else f'"{word}"'


def compact(value: Any) -> str:
    """Return JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def indented(value: Any) -> str:
    """Return JSON to be read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_yaml(value: Any) -> str:
    """Return YAML in the order given."""
    return str(yaml.safe_dump(value, sort_keys=False, width=1000)).rstrip()


def toml(value: Mapping[str, Any]) -> str:
    """Return a TOML document of tables with text in them."""
    return "\n\n".join(_tables(value, ()))


def _tables(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield each table that holds values, with its header."""
    plain = {key: one for key, one in value.items() if not isinstance(one, Mapping)}
    if plain:
        header = [f"[{'.'.join(map(_key, path))}]"] if path else []
        yield "\n".join([*header, *(f"{_key(key)} = {_basic(one)}" for key, one in plain.items())])
    for key, one in value.items():
        if isinstance(one, Mapping):
            yield from _tables(one, (*path, key))


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _basic(key)


def _basic(text: str) -> str:
    """Return a basic string: JSON's, but that TOML wants the control character 7F escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def link(body: Mapping[str, Any]) -> str:
    """Return the address of a deep link with its configuration in it."""
    if "json" in body:
        return f"{body['to']}?{quote(compact(body['json']), safe='')}"
    query = {name: _parameter(value) for name, value in body["query"].items()}
    return f"{body['to']}?{urlencode(query, quote_via=quote, safe='')}"


def _parameter(value: Any) -> str:
    if isinstance(value, Mapping):
        return base64.b64encode(compact(value["base64"]).encode()).decode()
    return str(value)
