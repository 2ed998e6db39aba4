"""URI templates match what they would have written, and nothing else."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.authoring.errors import AuthoringError
from catalog.authoring.uri_template import UriTemplate


@pytest.mark.parametrize(
    ("template", "uri", "found"),
    [
        ("w://{city}", "w://Oslo", {"city": "Oslo"}),
        ("w://{city}", "w://S%C3%A3o%20Paulo", {"city": "São Paulo"}),
        ("w://{city}", "w://a%2Fb", {"city": "a/b"}),
        ("w://{city}", "w://a/b", None),
        ("w://{city}", "w://", None),
        ("w://{city}", "x://Oslo", None),
        ("w://{city}", "w://Oslo\n", None),
        ("w://{city}", "w://%FF", None),
        ("w://{city}", "w://a%00b", None),
        ("f://{+path}", "f://a/b.txt", {"path": "a/b.txt"}),
        ("f://{path*}", "f://a%2Fb.txt", {"path": "a/b.txt"}),
        ("f://{+path}", "f://", None),
        ("f://{name}.txt", "f://a.b.txt", {"name": "a.b"}),
        ("d://{a}-{b}/{c}", "d://1-2-3/4", {"a": "1", "b": "2-3", "c": "4"}),
        ("q://s?x={x}&y={y}", "q://s?x=1&y=2", {"x": "1", "y": "2"}),
        ("d://a.b/{x}", "d://acb/1", None),
    ],
)
def test_matching(template: str, uri: str, found: dict[str, str] | None) -> None:
    assert UriTemplate.parse(template).match(uri) == found


@given(st.text(min_size=1).filter(lambda text: "\0" not in text and len(text) < 300))
def test_what_is_encoded_comes_back(text: str) -> None:
    try:
        uri = f"w://x/{quote(text, safe='')}/end"
    except UnicodeEncodeError:
        return
    assert UriTemplate.parse("w://x/{value}/end").match(uri) == {"value": text}


@pytest.mark.parametrize(
    "text",
    [
        "{scheme}://x",
        "no scheme {x}",
        "w://{a}{b}",
        "w://{a}/{a}",
        "w://{+rest}/x",
        "w://{?x}",
        "w://{}",
        "w://{a",
        "w://a}",
        "w://{{a}}",
        "w://a b/{x}",
        "w://" + "/".join(f"{{v{n}}}" for n in range(17)),
    ],
)
def test_ambiguous_template_is_refused(text: str) -> None:
    with pytest.raises(AuthoringError):
        UriTemplate.parse(text)


def test_first_variable_of_a_segment_never_gives_back() -> None:
    """What makes hostile URIs cheap: one way to split, so no search among many."""
    template = UriTemplate.parse("d://" + "-".join(f"{{v{n}}}" for n in range(16)) + "/end")
    assert template.pattern.pattern.count("]++") == 15
    assert template.match("d://" + "-" * 4000) is None
    assert template.match("d://" + "a-" * 2000) is None


def test_endless_uri_is_no_match() -> None:
    assert UriTemplate.parse("w://{x}").match("w://" + "a" * 5000) is None
