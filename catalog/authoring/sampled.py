"""What a client's model said, read from an answer that may be anything."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalog.authoring.answers import bounded, text_at
from catalog.authoring.contents import Block, sendable
from catalog.authoring.errors import AnswerError

BLOCKS_LIMIT = 100
ANSWER_LIMIT = 8 * 1024 * 1024
"""Characters of a whole answer: a few pictures in base64."""
NAME_LIMIT = 500
"""Characters of a model's name, a stop reason, a MIME type, or the name or id of a tool's use."""
TOOL_BLOCKS = frozenset({"tool_use", "tool_result"})


@dataclass(frozen=True, slots=True)
class Sampled:
    """One message of a client's model; `content` are MCP's blocks, `stop_reason` as the client says.

    `text` are its text blocks, a line break between them. A model's words are no more to be trusted
    than a person's.
    """

    role: str
    content: list[Block]
    model: str
    stop_reason: str | None = None

    @property
    def text(self) -> str:
        """The text blocks as one text, empty without any."""
        return "\n".join(block["text"] for block in self.content if block["type"] == "text")


def read_sampled(answer: Any) -> Sampled:
    """Return the message of an answer; AnswerError where it is no CreateMessageResult."""
    bounded(answer, ANSWER_LIMIT)
    if answer.get("role") not in ("user", "assistant"):
        raise AnswerError("role is neither 'user' nor 'assistant'")
    content = answer.get("content")
    blocks = content if isinstance(content, list) else [content]
    if len(blocks) > BLOCKS_LIMIT:
        raise AnswerError(f"content has more than {BLOCKS_LIMIT} blocks")
    reason = answer.get("stopReason")
    return Sampled(
        role=answer["role"],
        content=[_block(block) for block in blocks],
        model=text_at(answer, "model", NAME_LIMIT),
        stop_reason=None if reason is None else text_at(answer, "stopReason", NAME_LIMIT),
    )


def _block(block: Any) -> Block:
    check = BLOCKS.get(block.get("type")) if _has_type(block) else None
    if check is None:
        raise AnswerError(f"a block of content is none of {', '.join(BLOCKS)}")
    check(block)
    plain: Block = sendable(block)
    return plain


def _has_type(block: Any) -> bool:
    return isinstance(block, dict) and isinstance(block.get("type"), str)


def _check_text(block: Block) -> None:
    text_at(block, "text", ANSWER_LIMIT, "content/")


def _check_data(block: Block) -> None:
    text_at(block, "mimeType", NAME_LIMIT, "content/")
    data = text_at(block, "data", ANSWER_LIMIT, "content/")
    try:
        b64decode(data, validate=True)
    except ValueError:
        raise AnswerError("content/data is no base64") from None


def _check_use(block: Block) -> None:
    text_at(block, "id", NAME_LIMIT, "content/")
    text_at(block, "name", NAME_LIMIT, "content/")
    if not isinstance(block.get("input"), dict):
        raise AnswerError("content/input is not an object")


def _check_result(block: Block) -> None:
    text_at(block, "toolUseId", NAME_LIMIT, "content/")
    if not isinstance(block.get("content"), list):
        raise AnswerError("content/content is not a list")


BLOCKS: dict[str, Callable[[Block], None]] = {
    "text": _check_text,
    "image": _check_data,
    "audio": _check_data,
    "tool_use": _check_use,
    "tool_result": _check_result,
}
"""What a model's message may hold, and what each must have."""
