"""Media finds out what it is, and Secret keeps to itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.authoring import Audio, File, Image, Secret
from catalog.authoring.errors import ResultError

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("media", "mime_type"),
    [
        (Image(PNG), "image/png"),
        (Image(b"RIFF\0\0\0\0WEBP"), "image/webp"),
        (Image(b"?", "jpg"), "image/jpeg"),
        (Image(b"?", ".PNG"), "image/png"),
        (Image(PNG, "image/x-own"), "image/x-own"),
        (Audio(b"RIFF\0\0\0\0WAVE"), "audio/wav"),
        (Audio(b"?", "mp3"), "audio/mpeg"),
        (File(b"x", "a.csv"), "text/csv"),
        (File(b"%PDF-1.7", "report"), "application/pdf"),
        (File(b"x", "a.csv", "text/plain"), "text/plain"),
        (File(b"x"), "application/octet-stream"),
    ],
)
def test_mime_type(media: Any, mime_type: str) -> None:
    assert media.mime_type == mime_type


def test_path_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "dot.png"
    path.write_bytes(PNG)
    media = Image(path), File(str(path))
    path.unlink()
    assert media == (Image(PNG), File(PNG, "dot.png"))


def test_name_tells_what_the_bytes_do_not(tmp_path: Path) -> None:
    path = tmp_path / "dot.bmp"
    path.write_bytes(b"?")
    assert Image(path).mime_type == "image/bmp"


@pytest.mark.parametrize("data", [b"what?", b"RIFF\0\0\0\0WAVE"])
def test_picture_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ResultError, match="Image: its format is unknown"):
        Image(data)


@pytest.mark.parametrize("uri", ["no scheme", "", "test://a b"])
def test_address_that_is_none_is_refused(uri: str) -> None:
    with pytest.raises(ResultError, match="File: its address needs a scheme, and no blanks"):
        File(b"x", uri=uri)


def test_media_is_frozen_and_its_repr_short() -> None:
    picture = Image(PNG * 1000)
    with pytest.raises(AttributeError):
        picture.data = b""  # type: ignore[misc]
    assert repr(picture) == "Image(mime_type='image/png')"


def test_secret_shows_only_when_asked() -> None:
    key = Secret("hush")
    shown = f"{key} {key:>6} {key!r} %s {[key]}" % key
    assert "hush" not in shown
    assert key.reveal() == "hush"
    assert type(key.reveal()) is str
    assert key == "hush"
    assert json.dumps(str(key)) == '"***"'
