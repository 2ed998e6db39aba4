"""Results of jobs as they are kept: whole, or, where they are large, in pieces that clients read as a
resource, a page at a time (`pages.py`).

What is large is told as a text that says so, with its beginning, and a link to its first page. The pages
together are the text, the picture or the sound that the result is, or else all of it as JSON.
`structuredContent` stays in the answer for as long as it is of a size that programs take at once: a tool
with an `outputSchema` promised it. Beyond that an error is told, since nothing else may leave without it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from servers.jobs.addresses import address
from servers.protocol.jsonrpc import encode
from servers.protocol.outcome import ToolOutcome

LARGEST_TOLD = 256 * 1024
"""Bytes of a result that is told at once."""
LARGEST_STRUCTURED = 1024 * 1024
"""Bytes of a structured value that stays in the answer, however large the rest is."""
LARGEST_KEPT = 32 * 1024 * 1024
"""Bytes of a result that is kept at all."""
A_PIECE = 64 * 1024
"""Bytes of one piece; base64 of a multiple of 4 can be read piece by piece."""
AN_EXCERPT = 2_000
"""Characters of the beginning that are told."""
TOO_LARGE = "This result is too large to be told at once"
BESIDE = "structuredContent has the value of this result whole; its content is too large to be told beside it"
BROKEN = (
    "The tool did its work. This is told as an error only because structuredContent, which the tool promised,"
    " is too large for an answer. The whole result is kept"
)
"""How what is told in a result's place begins."""
PLAIN, JSON = "text/plain", "application/json"
MEDIA = frozenset({"image", "audio"})


class Client(NamedTuple):
    """What a job's client knows of structured values: at all, and as what its tool promised."""

    knows: bool = True
    promised: bool = False


class Kept(NamedTuple):
    """A result as its row has it, and the pieces beside it, each as JSON.

    `breaks`: it is told without the structured value that the tool promised, and so as an error.
    """

    result: str
    pieces: Sequence[str] = ()
    breaks: bool = False


class Document(NamedTuple):
    """What the pages of a result are together; `key` is where their contents have it."""

    mime: str
    key: str
    body: str
    beginning: str


def kept_result(
    name: str, outcome: ToolOutcome, client_of: Callable[[], Client] = Client
) -> Kept | None:
    """Return a job's result as it is kept, None if it is too large for that.

    `client_of` is asked for what is large alone. Raises ValueError for what has no JSON form.
    """
    whole = encode([outcome.content, outcome.structured])
    if len(whole) > LARGEST_KEPT:
        return None
    if len(whole) <= LARGEST_TOLD:
        return Kept(whole.decode())
    client, structured, opening = client_of(), outcome.structured, TOO_LARGE
    if structured is not None and len(encode(structured)) > LARGEST_STRUCTURED:
        structured = None
    elif structured is not None and client.knows:
        opening = BESIDE
    breaks = client.promised and structured is None and not outcome.is_error
    document = _document(outcome)
    pieces = [_piece(document, body) for body in _bodies(document)]
    sentence = _sentence(name, document, len(pieces), BROKEN if breaks else opening)
    told = [sentence, _link(name, document)]
    return Kept(encode([told, structured]).decode(), pieces, breaks)


# --- what the pages are together ---


def _document(outcome: ToolOutcome) -> Document:
    """Return a result as one document: the one block that it is, or else all of it as JSON."""
    content, structured, _is_error = outcome
    only = content[0] if len(content) == 1 else {}
    if only.get("type") == "text" and _says_all(only["text"], structured):
        mime = PLAIN if structured is None or structured == {"result": only["text"]} else JSON
        return Document(mime, "text", only["text"], only["text"][:AN_EXCERPT])
    if only.get("type") in MEDIA and structured is None:
        return Document(str(only["mimeType"]), "blob", only["data"], "")
    told = {"content": content}
    if structured is not None:
        told["structuredContent"] = structured
    return Document(JSON, "text", encode(told).decode(), _beginning(content))


def _says_all(text: str, structured: Any) -> bool:
    """Tell whether a text says what the structured value does."""
    if structured is None or structured == {"result": text}:
        return True
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return bool(structured in (said, {"result": said}))


def _beginning(content: Sequence[dict[str, Any]]) -> str:
    """Return how the first text of a result begins."""
    texts = (str(block["text"]) for block in content if block["type"] == "text")
    return next(texts, "")[:AN_EXCERPT]


# --- its pieces ---


def _bodies(document: Document) -> Iterator[str]:
    """Yield the pieces of a document: of text whole characters, of base64 whole groups."""
    if document.key == "blob":
        for start in range(0, len(document.body), A_PIECE):
            yield document.body[start : start + A_PIECE]
        return
    body, start = document.body.encode(), 0
    while start < len(body):
        end = min(start + A_PIECE, len(body))
        while end < len(body) and body[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        yield body[start:end].decode()
        start = end


def _piece(document: Document, body: str) -> str:
    """Return a piece as its row has it: JSON, in which every character may stand."""
    return encode({"mimeType": document.mime, document.key: body}).decode()


# --- what is told in its place ---


def _sentence(name: str, document: Document, pages: int, opening: str) -> dict[str, Any]:
    """Return the text that says how large a result is, where it is read, and how it begins."""
    text = (
        f"{opening}: {_size(document):,} bytes of {document.mime}, in {pages} pages. Read the first with"
        f" resources/read at {address(name, 0)}; each page says where the next is."
    )
    begins = f"\nIt begins:\n\n{document.beginning}" if document.beginning else ""
    return {"type": "text", "text": text + begins}


def _link(name: str, document: Document) -> dict[str, Any]:
    """Return a link to the first page."""
    return {
        "type": "resource_link",
        "uri": address(name, 0),
        "name": "result",
        "title": "The whole result",
        "mimeType": document.mime,
        "size": _size(document),
    }


def _size(document: Document) -> int:
    """Return how many bytes a document has."""
    body = document.body
    return (
        len(body) * 3 // 4 - body[-2:].count("=") if document.key == "blob" else len(body.encode())
    )
