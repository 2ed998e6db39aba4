"""Image, Audio and File: bytes with a MIME type, ready to be put into an answer.

The type is taken from what the author says, else from the file's name, else from the first bytes.
Bytes that nothing is known about are refused for images and audio: clients cannot show them.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from catalog.authoring.errors import AuthoringError, ResultError
from catalog.authoring.uri_template import check_uri

Content = bytes | bytearray | memoryview | str | Path  # text is a path
UNKNOWN = "application/octet-stream"

# (offset, bytes found there, MIME type): the formats that clients show.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"<svg", "image/svg+xml"),
    (4, b"ftypavif", "image/avif"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (4, b"ftypM4A", "audio/mp4"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)
_FORMATS = {"jpg": "jpeg", "svg": "svg+xml", "mp3": "mpeg", "m4a": "mp4"}


def sniffed(data: bytes) -> str | None:
    """Tell the MIME type from the first bytes, or None: names can lie, and bytes have none."""
    for offset, signature, mime_type in _SIGNATURES:
        if data.startswith(signature, offset):
            return mime_type
    return None


def named(name: str) -> str | None:
    """Tell the MIME type from a file name's ending, or None."""
    return mimetypes.guess_type(name, strict=False)[0]


def _read(data: Content) -> tuple[bytes, str]:
    """Give (bytes, file name): a path is read now, so that the value never changes later."""
    if isinstance(data, str | Path):
        return Path(data).read_bytes(), Path(data).name
    return bytes(data), ""


def _refused(cls: type[Any], source: Any, handler: Any) -> NoReturn:
    """Stop pydantic from describing media as JSON: it has a block of its own instead."""
    raise AuthoringError(f"{cls.__name__} can only be returned: alone, or in a list")


@dataclass(frozen=True, slots=True, init=False)
class _Shown:
    """Bytes that a client shows; `family` is the first half of their MIME type."""

    family: ClassVar[str] = ""
    data: bytes = field(repr=False)
    mime_type: str

    def __init__(self, data: Content, mime_type: str | None = None) -> None:
        """Raise ResultError when the MIME type is neither given nor recognisable."""
        content, name = _read(data)
        found = _spelled(self.family, mime_type) if mime_type else sniffed(content) or named(name)
        if not found or not found.startswith(f"{self.family}/"):
            kind = type(self).__name__
            raise ResultError(f"{kind}: its format is unknown; say it, as {kind}(data, mime_type)")
        object.__setattr__(self, "data", content)
        object.__setattr__(self, "mime_type", found)

    __get_pydantic_core_schema__ = classmethod(_refused)


class Image(_Shown):
    """A picture; from bytes or a path, its type found out or given ("image/png" or just "png")."""

    __slots__ = ()
    family = "image"


class Audio(_Shown):
    """A sound; from bytes or a path, its type found out or given ("audio/wav" or just "wav")."""

    __slots__ = ()
    family = "audio"


@dataclass(frozen=True, slots=True, init=False)
class File:
    """Any other file, with the name it should be saved under, and its own address if it has one."""

    data: bytes = field(repr=False)
    name: str
    mime_type: str
    uri: str | None = None

    def __init__(
        self,
        data: Content,
        name: str | None = None,
        mime_type: str | None = None,
        *,
        uri: str | None = None,
    ) -> None:
        """Fall back on the path's name, and on a type that says nothing: a file may be anything.

        Raises ResultError for an address that is none.
        """
        content, path_name = _read(data)
        label = name or path_name or "file"
        object.__setattr__(self, "data", content)
        object.__setattr__(self, "name", label)
        found = mime_type or named(label) or sniffed(content) or UNKNOWN
        object.__setattr__(self, "mime_type", found)
        object.__setattr__(self, "uri", _checked(uri))

    __get_pydantic_core_schema__ = classmethod(_refused)


Media = Image | Audio | File


def _checked(uri: str | None) -> str | None:
    """Give the address back; it may be made while a call runs, so the fault is the result's."""
    if uri is not None:
        try:
            check_uri(uri)
        except AuthoringError as error:
            raise ResultError("File: its address needs a scheme, and no blanks") from error
    return uri


def _spelled(family: str, given: str) -> str:
    """Write "png" or ".png" as "image/png"; a full MIME type stays as it is."""
    if "/" in given:
        return given
    ending = given.lower().lstrip(".")
    return f"{family}/{_FORMATS.get(ending, ending)}"
