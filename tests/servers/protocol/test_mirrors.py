"""mirrors.py: what a header says must be what its argument says (2026-07-28, Custom Headers)."""

import base64

import pytest

from servers.protocol.errors import ProtocolError
from servers.protocol.mirrors import Mirror, check_mirrors, mirrors_of

REGION = {"type": "string", "x-mcp-header": "Region"}
COUNT = {"type": "integer", "x-mcp-header": "Count"}
DRY = {"type": "boolean", "x-mcp-header": "Dry-Run"}
NESTED = {"type": "object", "properties": {"region": REGION}}
MIRRORS = (
    Mirror("Mcp-Param-Region", ("region",)),
    Mirror("Mcp-Param-Count", ("count",)),
    Mirror("Mcp-Param-Dry-Run", ("options", "dry")),
)


def sentinel(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return b"=?base64?" + base64.b64encode(data) + b"?="


def check(arguments, headers) -> None:
    check_mirrors(MIRRORS, arguments, headers)


def refused(arguments, headers) -> str:
    with pytest.raises(ProtocolError) as caught:
        check(arguments, headers)
    assert (caught.value.code, caught.value.status) == (-32020, 400)
    return caught.value.message


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({}, []),
        ({"properties": {"region": REGION}}, [("Mcp-Param-Region", ("region",))]),
        ({"properties": {"a": NESTED}}, [("Mcp-Param-Region", ("a", "region"))]),
        (
            {"properties": {"n": COUNT, "d": DRY}},
            [("Mcp-Param-Count", ("n",)), ("Mcp-Param-Dry-Run", ("d",))],
        ),
        ({"properties": {"n": {"type": "number", "x-mcp-header": "N"}}}, []),
        ({"properties": {"n": {"type": ["string"], "x-mcp-header": "N"}}}, []),
        ({"properties": {"n": {"type": "string", "x-mcp-header": 7}}}, []),
        ({"properties": {"n": True, "m": "x"}}, []),
        ({"properties": []}, []),
        ({"properties": {"n": True, "region": REGION}}, [("Mcp-Param-Region", ("region",))]),
        ({"items": {"properties": {"region": REGION}}}, []),
        ({"anyOf": [{"properties": {"region": REGION}}]}, []),
    ],
)
def test_annotated_parameters_are_found_through_properties_alone(schema, found):
    assert list(mirrors_of(schema)) == [Mirror(*each) for each in found]


@pytest.mark.behaviour("E13", "E14")
@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({}, {}),
        ({"region": None}, {}),
        ({"region": "us"}, {b"mcp-param-region": b"us"}),
        ({"region": "us"}, {b"mcp-param-region": b" us\t"}),
        ({"region": " us"}, {b"mcp-param-region": sentinel(" us")}),
        ({"region": "us"}, {b"mcp-param-region": sentinel("us")}),
        ({"region": "世界\n"}, {b"mcp-param-region": sentinel("世界\n")}),
        ({"region": ""}, {b"mcp-param-region": b""}),
        ({"region": ""}, {b"mcp-param-region": b" "}),
        ({"region": ""}, {b"mcp-param-region": sentinel("")}),
        ({"region": "=?base64?eA==?="}, {b"mcp-param-region": sentinel("=?base64?eA==?=")}),
        ({"region": "=?base64?eA=="}, {b"mcp-param-region": b"=?base64?eA=="}),
        ({"region": "eA=="}, {b"mcp-param-region": b"eA=="}),
        ({"count": 7}, {b"mcp-param-count": b"7"}),
        ({"count": -7}, {b"mcp-param-count": b"-7"}),
        ({"count": 7}, {b"mcp-param-count": b"7.0"}),
        ({"count": 7.0}, {b"mcp-param-count": b"7"}),
        ({"count": 0}, {b"mcp-param-count": b"0"}),
        ({"count": 2**53 - 1}, {b"mcp-param-count": b"9007199254740991"}),
        ({"options": {"dry": True}}, {b"mcp-param-dry-run": b"true"}),
        ({"options": {"dry": False}}, {b"mcp-param-dry-run": b"false"}),
        ({"options": {}}, {}),
        ({"options": "none"}, {}),
        ({"other": 1}, {b"mcp-param-unknown": b"x"}),
    ],
)
def test_header_that_says_what_its_argument_says_passes(arguments, headers):
    check(arguments, headers)


@pytest.mark.behaviour("E12", "E13", "E15")
@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, "missing or malformed."),
        ({b"mcp-param-region": b""}, "missing or malformed."),
        ({b"mcp-param-region": "世".encode()}, "missing or malformed."),
        ({b"mcp-param-region": b"u\x01s"}, "missing or malformed."),
        ({b"mcp-param-region": b"u" * 8193}, "missing or malformed."),
        ({b"mcp-param-region": b"=?base64?dXM?="}, "missing or malformed."),
        ({b"mcp-param-region": b"=?base64?d!!M=?="}, "missing or malformed."),
        ({b"mcp-param-region": sentinel(b"\xff")}, "missing or malformed."),
        ({b"mcp-param-region": b"US"}, "is not what the arguments say."),
        ({b"mcp-param-region": sentinel("de")}, "is not what the arguments say."),
        ({b"mcp-param-region": b"=?BASE64?dXM=?="}, "is not what the arguments say."),
    ],
)
def test_header_that_does_not_say_it_is_a_mismatch(headers, told):
    text = refused({"region": "us"}, headers)
    assert (
        text.removeprefix("The header ") == f"Mcp-Param-Region {'is ' * told.startswith('m')}{told}"
    )


@pytest.mark.behaviour("E13", "E14")
@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({}, {b"mcp-param-region": b"us"}),
        ({"region": None}, {b"mcp-param-region": b"us"}),
        ({"count": 7}, {b"mcp-param-count": b"8"}),
        ({"count": 7}, {b"mcp-param-count": b"07"}),
        ({"count": 7}, {b"mcp-param-count": b"7.5"}),
        ({"count": 7}, {b"mcp-param-count": b"seven"}),
        ({"count": 7}, {b"mcp-param-count": b"7e0"}),
        ({"count": 1}, {b"mcp-param-count": b"true"}),
        ({"options": {"dry": True}}, {b"mcp-param-dry-run": b"True"}),
        ({"options": {"dry": True}}, {b"mcp-param-dry-run": b"1"}),
        ({"options": {"dry": False}}, {b"mcp-param-dry-run": b"true"}),
        ({"region": ["us"]}, {b"mcp-param-region": b"us"}),
    ],
)
def test_other_value_is_a_mismatch(arguments, headers):
    assert refused(arguments, headers).endswith("is not what the arguments say.")


def test_every_mirror_is_checked():
    arguments = {"region": "us", "count": 7, "options": {"dry": True}}
    right = {
        b"mcp-param-region": b"us",
        b"mcp-param-count": b"7",
        b"mcp-param-dry-run": b"true",
    }
    check(arguments, right)
    for name in right:
        refused(arguments, {**right, name: b"x"})


def test_text_that_is_empty_needs_its_header_too():
    text = "The header Mcp-Param-Region is missing or malformed."
    assert refused({"region": ""}, {}) == text
    assert refused({"region": ""}, {b"mcp-param-region": b"\x01"}) == text


def test_annotation_that_is_no_header_name_matches_no_header():
    mirrors = (Mirror("Mcp-Param-R\u00e9gion", ("region",)),)
    check_mirrors(mirrors, {}, {})
    with pytest.raises(ProtocolError) as caught:
        check_mirrors(mirrors, {"region": "us"}, {b"mcp-param-r\xc3\xa9gion": b"us"})
    assert caught.value.message == "The header Mcp-Param-R\u00e9gion is missing or malformed."
