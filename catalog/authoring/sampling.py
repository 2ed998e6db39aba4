"""Asking a client's model: messages and wishes in, one message of the model out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.authoring.asking import Question, worded
from catalog.authoring.contents import Block, block_of, clean, sendable
from catalog.authoring.errors import AuthoringError
from catalog.authoring.sampled import TOOL_BLOCKS, read_sampled

MESSAGES_LIMIT = 200
SIZE_LIMIT = 8 * 1024 * 1024
"""Characters of all data and texts that are sent: a few pictures in base64."""
SYSTEM_LIMIT = 64 * 1024
TOKENS_LIMIT = 1_000_000
STOPS_LIMIT, STOP_LENGTH, TOOLS_LIMIT = 16, 200, 128
MODES = ("auto", "required", "none")
PRIORITIES = ("costPriority", "speedPriority", "intelligencePriority")
_SENT = frozenset({"text", "image", "audio"}) | TOOL_BLOCKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an author may say of a sampling besides its messages; `tools` as MCP defines a tool."""

    max_tokens: int = 1000
    system: str | None = None
    temperature: float | None = None
    stop: Iterable[str] | None = None
    preferences: str | Mapping[str, Any] | None = None
    tools: Iterable[Mapping[str, Any]] | None = None
    tool_choice: str | None = None


def sampling_question(messages: Any, wishes: Wishes, key: str | None) -> Question:
    """Ask the client's model; AuthoringError names what cannot be sent.

    Messages are a text, or a list of texts, media and {"role", "content"}; who is not named is the
    user. A part that no schema of MCP knows is refused here, not by the client.
    """
    listed = _messages(messages)
    params = {"messages": listed, "maxTokens": _tokens(wishes.max_tokens), **_options(wishes)}
    blocks = [block for one in listed for block in _blocks(one)]
    tools = "tools" in params or any(block["type"] in TOOL_BLOCKS for block in blocks)
    _check_size(blocks)
    needs: Any = "sampling.tools" if tools else "sampling"
    return Question("sampling/createMessage", params, needs, read_sampled, key)


def _messages(messages: Any) -> list[Block]:
    values = messages if isinstance(messages, list | tuple) else [messages]
    if not 0 < len(values) <= MESSAGES_LIMIT:
        raise AuthoringError(f"sample takes 1 to {MESSAGES_LIMIT} messages")
    found = [_message(one) for one in values]
    _check_balance(found)
    return found


def _message(value: Any) -> Block:
    role, content = "user", value
    if isinstance(value, dict):
        if value.keys() - {"_meta"} != {"role", "content"}:
            raise AuthoringError('a sampling message as a dict has "role" and "content"')
        role, content = value["role"], value["content"]
    if role not in ("user", "assistant"):
        raise AuthoringError("a sampling message's role is neither 'user' nor 'assistant'")
    if isinstance(content, list | tuple):
        return {"role": role, "content": [_block(one) for one in content]}
    return {"role": role, "content": _block(content)}


def _block(value: Any) -> Block:
    """Write a value as a block that models take: text, image, audio, a tool's use or result."""
    if value is None:
        raise AuthoringError("a sampling message without content")
    ready = isinstance(value, dict) and isinstance(value.get("type"), str)
    block: Block = sendable(value) if ready else block_of(value)
    if block["type"] not in _SENT:
        raise AuthoringError(f"a block of type {block['type'][:40]!r} cannot be sampled")
    return block


def _blocks(message: Block) -> list[Block]:
    content = message["content"]
    return content if isinstance(content, list) else [content]


def _check_balance(messages: list[Block]) -> None:
    """Demand MCP's order: each use of a tool is followed by its result, and by nothing else."""
    waiting: set[Any] = set()
    for message in messages:
        blocks = _blocks(message)
        results = {block.get("toolUseId") for block in blocks if block["type"] == "tool_result"}
        if results and (message["role"] != "user" or len(results) != len(blocks)):
            raise AuthoringError("results of tools stand in a user's message of their own")
        if results != waiting:
            raise AuthoringError("each use of a tool needs its result in the next message")
        waiting = {block.get("id") for block in blocks if block["type"] == "tool_use"}
        if waiting and message["role"] != "assistant":
            raise AuthoringError("only the assistant uses tools")
    if waiting:
        raise AuthoringError("each use of a tool needs its result in the next message")


def _check_size(blocks: list[Block]) -> None:
    size = sum(len(value) for block in blocks for value in _texts(block))
    if size > SIZE_LIMIT:
        raise AuthoringError(f"sampling messages have more than {SIZE_LIMIT} characters")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _tokens(number: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= TOKENS_LIMIT:
        raise AuthoringError(f"max_tokens is a whole number from 1 to {TOKENS_LIMIT}")
    return number


def _options(wishes: Wishes) -> dict[str, Any]:
    """Write what was wished for, in the names of MCP; what was not said is left out."""
    said: dict[str, Any] = {}
    if wishes.system is not None:
        said["systemPrompt"] = worded(wishes.system, SYSTEM_LIMIT, "system")
    if wishes.temperature is not None:
        said["temperature"] = _number(wishes.temperature, 0, 10, "temperature")
    if wishes.stop is not None:
        said["stopSequences"] = _stops(wishes.stop)
    if wishes.preferences is not None:
        said["modelPreferences"] = _preferences(wishes.preferences)
    if wishes.tools is not None:
        said["tools"] = _tools(wishes.tools)
    if wishes.tool_choice is not None:
        said["toolChoice"] = _choice(wishes)
    return said


def _number(value: float, least: float, most: float, what: str) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not math.isfinite(value) or not least <= value <= most:
        raise AuthoringError(f"{what} is a number from {least} to {most}")
    return value


def _stops(stop: Iterable[str]) -> list[str]:
    if isinstance(stop, str):
        raise AuthoringError("stop is a list of texts, not one text")
    stops = list(stop)
    if len(stops) > STOPS_LIMIT or not all(map(_is_stop, stops)):
        raise AuthoringError(
            f"stop takes at most {STOPS_LIMIT} texts of 1 to {STOP_LENGTH} characters"
        )
    return [clean(one) for one in stops]


def _is_stop(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) <= STOP_LENGTH


def _preferences(preferences: str | Mapping[str, Any]) -> dict[str, Any]:
    """Write preferences as MCP has them; a text is a hint at a model's name."""
    if isinstance(preferences, str):
        return {"hints": [{"name": worded(preferences, 200, "preferences")}]}
    plain: dict[str, Any] = sendable(dict(preferences))
    if unknown := plain.keys() - {"hints", *PRIORITIES}:
        raise AuthoringError(f"preferences do not know {min(unknown)!r}")
    for name in PRIORITIES:
        if name in plain:
            _number(plain[name], 0, 1, name)
    hints = plain.get("hints", [])
    if not isinstance(hints, list) or not all(_is_hint(one) for one in hints):
        raise AuthoringError('hints are a list of {"name": text}')
    return plain


def _is_hint(hint: Any) -> bool:
    return isinstance(hint, dict) and isinstance(hint.get("name", ""), str)


def _tools(tools: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = [sendable(dict(one)) for one in tools]
    if len(plain) > TOOLS_LIMIT:
        raise AuthoringError(f"sample takes at most {TOOLS_LIMIT} tools")
    for one in plain:
        if not isinstance(one.get("name"), str) or not isinstance(one.get("inputSchema"), dict):
            raise AuthoringError('each of tools has a "name" and an "inputSchema"')
    return plain


def _choice(wishes: Wishes) -> dict[str, str]:
    if wishes.tools is None or wishes.tool_choice not in MODES:
        raise AuthoringError(f"tool_choice is one of {', '.join(MODES)}, and tools are given")
    return {"mode": wishes.tool_choice}
