"""The playground's scripts by themselves, in Chromium: forms of many schemas, programs, results, headers."""

import ast
import base64
import json
import shlex
import subprocess

import pytest

from tests.playing import NEW, OLD, Playground

pytestmark = pytest.mark.browser

HOSTILE = (
    "'; rm -rf ~ #\"`$(x)`\\ \n\r\t\u2028\u2029\x00\x7f é 😀 </script><b>\ud800 ${x} {y} \\u0041"
)
IMPORT = "const get = (name) => import(`/static/mcphub/playground/${name}.js`);"
ROUND_TRIP = """async ([schema, value]) => {
  const { field } = await get("fields"); const { same } = await get("schema");
  const made = field({ root: schema, schema, name: "x", path: [], required: true, changed: () => {} });
  document.getElementById("playground").append(made.node);
  const before = made.read(), fits = made.write(value), after = made.read();
  const errors = made.check().length;
  return { before: before ?? null, fits, same: same(after, value), errors };
}"""
TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            },
            "required": ["name"],
        }
    },
}
SHAPES = {
    "oneOf": [
        {
            "title": "Circle",
            "type": "object",
            "properties": {"kind": {"const": "circle"}, "r": {"type": "number"}},
            "required": ["kind", "r"],
        },
        {
            "title": "Box",
            "type": "object",
            "properties": {"kind": {"const": "box"}, "w": {"type": "integer"}},
            "required": ["kind", "w"],
        },
    ]
}


def thing(**properties):
    return {"type": "object", "properties": properties}


FITTING = {
    "nested": (
        thing(a=thing(b={"type": "array", "items": {"type": "integer"}})),
        {"a": {"b": [1, 2]}},
    ),
    "empty list": (thing(a={"type": "array", "items": {"type": "string"}}), {"a": []}),
    "enum of any": (thing(a={"enum": [1, "1", None, {"x": [1]}]}), {"a": {"x": [1]}}),
    "null or text": (thing(a={"type": ["string", "null"]}), {"a": None}),
    "null by anyOf": (thing(a={"anyOf": [{"type": "integer"}, {"type": "null"}]}), {"a": 3}),
    "one of two types": (thing(a={"type": ["string", "integer"]}), {"a": 7}),
    "second way": (SHAPES, {"kind": "box", "w": 3}),
    "itself, three deep": (
        TREE,
        {"name": "a", "children": [{"name": "b", "next": {"name": "c", "next": None}}]},
    ),
    "free names": (
        {"type": "object", "additionalProperties": {"type": "number"}},
        {"x y": 1.5, "": 2},
    ),
    "names beside": (
        {**thing(a={"type": "boolean"}), "additionalProperties": {"type": "string"}},
        {"a": False, "b": "c"},
    ),
    "names by pattern": (
        {"type": "object", "patternProperties": {"^x": {"type": "integer"}}},
        {"x1": 1},
    ),
    "pair": ({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]}, ["a", 1]),
    "anything": (thing(a={}), {"a": [1, {"b": None}]}),
    "true": (thing(a=True), {"a": "x"}),
    "all of": (
        {"allOf": [thing(a={"type": "string"}), thing(b={"type": "integer"})]},
        {"a": "x", "b": 1},
    ),
    "formats": (
        thing(
            a={"type": "string", "format": "date-time"},
            b={"type": "string", "format": "email"},
            c={"type": "string", "format": "uri"},
            d={"type": "string", "format": "time"},
        ),
        {"a": "2026-07-28T12:00:00Z", "b": "a@b.c", "c": "https://x.example/", "d": "12:00:00Z"},
    ),
    "__proto__ as a name": (thing(constructor={"type": "string"}), {"constructor": "x"}),
    "format nobody knows": (
        thing(a={"type": "string", "format": "constructor"}),
        {"a": "x"},
    ),
    "lines": (thing(a={"type": "string"}), {"a": "one\ntwo"}),
}
del FITTING["free names"][1][""]


@pytest.fixture(scope="module")
def desk(play_browser, play_session, play_hub, play_entries):
    """A playground whose scripts are asked one by one."""
    with play_browser.new_context() as context:
        context.add_cookies(play_session)
        made = Playground(context.new_page(), play_hub, play_entries)
        made.open("climb")
        yield made


@pytest.fixture
def page(desk):
    """Its page."""
    return desk.page


def run(page, body: str, argument=None):
    return page.evaluate(f"async (said) => {{ {IMPORT} return ({body})(said); }}", argument)


@pytest.mark.parametrize("name", FITTING)
def test_value_that_fits_goes_in_and_comes_out(page, name):
    schema, value = FITTING[name]
    found = run(page, ROUND_TRIP, [schema, value])
    assert (found["fits"], found["same"], found["errors"]) == (True, True, 0)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (thing(a={"type": "string"}), {"b": 1}),
        (thing(a={"type": "string"}), {"a": 1}),
        (thing(a={"enum": ["x"]}), {"a": "y"}),
        (thing(a={"type": "integer"}), []),
        (SHAPES, {"kind": "star"}),
    ],
)
def test_value_that_the_form_cannot_show_is_told(page, schema, value):
    found = run(page, ROUND_TRIP, [schema, value])
    assert not (found["fits"] and found["same"])


def test_defaults_and_constants_are_there_from_the_beginning(page):
    schema = {
        **thing(
            a={"type": "string", "default": "x"},
            b={"const": 4},
            c={"type": "boolean", "default": False},
            d={"type": "array", "items": {"type": "integer"}, "default": [1]},
            e=thing(f={"type": "integer", "default": 0}),
            g={"type": "integer"},
        ),
        "required": ["b", "e"],
    }
    assert run(page, ROUND_TRIP, [schema, {}])["before"] == {
        "a": "x", "b": 4, "c": False, "d": [1], "e": {"f": 0},
    }  # fmt: skip


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/nowhere"},
        {"$ref": "https://elsewhere.example/s.json"},
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"not": {"type": "string"}},
        False,
        {"allOf": [{"$ref": "#"}]},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {**thing(a={"$ref": "#"}), "required": ["a"]},
        {"type": "array", "minItems": 10**9, "items": {"type": "string"}},
        {"type": "array", "minItems": 3, "items": {"$ref": "#"}},
    ],
)
def test_schema_that_leads_nowhere_or_round_and_round_still_has_a_form(page, schema):
    assert "same" in run(page, ROUND_TRIP, [schema, {"a": 1}])


MAKES = """async ([way, said]) => { const made = await get("copies"); return made[way](JSON.parse(said)); }"""
ORDER = {
    "url": "http://127.0.0.1:1/mcp/x",
    "request": {
        "method": "tools/call",
        "params": {"name": HOSTILE, "arguments": {HOSTILE: [HOSTILE, 1.5, None, True, {}, []]}},
    },
}


def made(page, way, order, revision):
    return run(page, MAKES, [way, json.dumps({**order, "revision": revision})])


@pytest.mark.parametrize("revision", [NEW, OLD])
def test_curl_is_words_of_a_shell_whatever_stands_in_it(page, revision):
    code = made(page, "curl", ORDER, revision)
    words = shlex.split(code.rpartition("curl ")[2])
    body = json.loads(words[words.index("--data-raw") + 1])
    assert body["params"]["arguments"] == ORDER["request"]["params"]["arguments"]
    assert subprocess.run(["sh", "-n", "-c", code], check=False).returncode == 0
    if revision == NEW:
        (named,) = [word for word in words if word.startswith("Mcp-Name: ")]
        encoded = named.removeprefix("Mcp-Name: =?base64?").removesuffix("?=")
        assert base64.b64decode(encoded).decode() == HOSTILE.replace("\ud800", "\ufffd")


def test_python_says_the_same_whatever_stands_in_it(page):
    code = made(page, "pythonProgram", ORDER, NEW)
    (call,) = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "call_tool"
    ]
    assert [ast.literal_eval(each) for each in call.args] == [
        HOSTILE,
        ORDER["request"]["params"]["arguments"],
    ]


def test_typescript_says_the_same_whatever_stands_in_it(page):
    order = json.loads(json.dumps(ORDER))
    order["request"]["params"]["arguments"] = {"__proto__": {"x": HOSTILE}, "y": [HOSTILE]}
    code = made(page, "scriptProgram", order, OLD)
    params = code.partition("client.callTool(")[2].partition(");\nconsole.log")[0]
    said = page.evaluate(f"() => JSON.stringify({params})")
    assert json.loads(said) == order["request"]["params"]


DRAWN = """async ([kind, result]) => {
  const { drawn } = await get("results");
  const place = document.getElementById("playground");
  place.replaceChildren(...drawn(kind, result, (uri) => `/there?${encodeURIComponent(uri)}`));
  return { html: place.innerHTML, text: place.innerText, nodes: place.querySelectorAll("*").length };
}"""


def draws(page, *content, **more):
    return run(page, DRAWN, ["tool", {"content": list(content), **more}])


def test_links_lead_to_the_playground_of_what_they_name(page):
    found = draws(page, {"type": "resource_link", "uri": "javascript:alert(1)", "name": "<b>n</b>"})
    assert 'href="/there?javascript%3Aalert(1)"' in found["html"] and "<b>n</b>" in found["text"]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image", "mimeType": "text/html", "data": "PGI+"},
        {"type": "image", "mimeType": "image/png", "data": '"><script>alert(1)</script>'},
        {"type": "audio", "mimeType": "audio/x;base64,<b>", "data": "AAAA"},
        {"type": "<b>new</b>", "x": 1},
        {"type": "__proto__"},
        {
            "type": "resource",
            "resource": {"uri": "<b>", "mimeType": "text/html", "text": "<b>x</b>"},
        },
        {"type": "text"},
        None,
    ],
)
def test_what_is_no_known_content_is_text_or_not_shown(desk, page, part):
    found = draws(page, part)
    assert not any(tag in found["html"] for tag in ("<img", "<audio", "<b>", "<script"))
    assert desk.heard == []


def test_lists_of_flat_objects_are_tables_with_all_their_columns(page):
    rows = [{"a": 1}, {"b": "<i>", "__proto__x": None}]
    found = draws(page, structuredContent={"result": rows})
    assert [found["html"].count(f"<{tag}") for tag in ("th ", "td")] == [3, 6]
    assert "<i>" not in found["html"]


def test_results_are_bounded_and_say_so(page):
    rows = [{"n": number} for number in range(30_000)]
    found = draws(page, {"type": "text", "text": "x" * 3_000_000}, structuredContent={"rows": rows})
    assert "cut, 3,000,000 characters" in found["text"] and len(found["text"]) < 200_000
    assert "The first 200 of 30000 rows." in found["text"] and found["nodes"] < 3_000
    many = draws(page, *({"type": "text", "text": "x"} for _ in range(500)))
    assert "300 more are not shown." in many["text"]


def test_stream_is_read_however_it_is_cut(page):
    found = run(
        page,
        """async (said) => {
          const { events } = await get("sse");
          const bytes = new TextEncoder().encode(said);
          const body = new ReadableStream({ start(out) {
            for (const b of bytes) out.enqueue(new Uint8Array([b]));
            out.close();
          } });
          const all = [];
          for await (const { id, retry, data } of events(body)) {
            all.push([id ?? null, retry ?? null, data]);
          }
          return all;
        }""",
        ": hello\n\nid: 1\nretry: 5\ndata:\n\ndata: é\ndata:  two\n\ndata: lost",
    )
    assert found == [[None, None, ""], ["1", 5, ""], [None, None, "é\n two"]]
