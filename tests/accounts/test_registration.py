"""What a client says of itself, read."""

import pytest

from accounts.oauth.registration import UNNAMED, MetadataError, read_metadata, usable_beside
from tests.client_documents import CLAUDE

URI = "http://localhost:3000/cb"


def read(private=(), **said):
    return read_metadata({"redirect_uris": [URI], **said}, private)


def refused(**said):
    with pytest.raises(MetadataError) as told:
        read(**said)
    return told.value.error, str(told.value)


def test_least_that_can_be_said_gets_the_defaults_of_the_rfc():
    known = read()
    assert (known.name, known.redirect_uris, known.auth_method) == (
        UNNAMED,
        (URI,),
        "client_secret_basic",
    )
    assert known.scopes == ("mcp:read", "mcp:write", "mcp:prompts") and known.is_confidential


# As they were seen to come from the clients that people use.
REAL = {
    "sdk": {
        "client_name": "simple-auth",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "mcp:read mcp:write mcp:prompts",
        "application_type": "native",
    },
    "mcp-remote": {
        "token_endpoint_auth_method": "client_secret_post",
        "client_name": "MCP CLI Proxy",
        "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
        "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
        "software_version": "0.15.1",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    },
    "vs code": {
        "client_name": "Visual Studio Code",
        "client_uri": "https://code.visualstudio.com",
        "grant_types": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "response_types": ["code"],
        "redirect_uris": [
            "https://insiders.vscode.dev/redirect",
            "https://vscode.dev/redirect",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
        ],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    },
    "claude.ai": {
        "client_name": "Claude",
        "grant_types": CLAUDE["grant_types"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "redirect_uris": CLAUDE["redirect_uris"],
    },
    "placeholders": {"client_uri": "", "scope": None, "contacts": [], "logo_uri": "", "jwks": None},
}


@pytest.mark.parametrize("said", REAL.values(), ids=REAL)
def test_what_real_clients_say_is_taken(said):
    assert read(**said).auth_method == said.get("token_endpoint_auth_method", "client_secret_basic")


@pytest.mark.parametrize(
    "said",
    [
        {"grant_types": ["password", "authorization_code"]},
        {"grant_types": ["authorization_code", "urn:example:of-tomorrow"]},
        {"grant_types": []},
        {"response_types": ["code", "token", "code id_token"]},
    ],
    ids=str,
)
def test_flows_besides_the_code_are_passed_over(said):
    assert read(**said) == read()


def test_members_that_nobody_here_knows_are_ignored():
    assert read(logo_uri="javascript:1", jwks_uri=7, software_statement=["x"], x=None)


@pytest.mark.parametrize(
    "uris",
    [
        [],
        None,
        "https://a.example/",
        {"0": URI},
        [URI, 7],
        [None],
        [[URI]],
        ["http://evil.example/cb"],
        ["https://u:p@a.example/"],
        ["https://a.example/#f"],
        ["https://*.example.com/"],
        ["cursor://x/cb"],
        ["javascript:alert(1)"],
        ["https://a.example/?iss=x"],
        ["http://127.0.0.1:1/cb?code=1"],
        [f"https://a.example/{number}" for number in range(11)],
        [f"https://a.example/{number}" for number in range(500)],
        0,
        False,
        "",
    ],
    ids=str,
)
def test_unfit_redirect_addresses_are_that_error(uris):
    assert refused(redirect_uris=uris)[0] == "invalid_redirect_uri"


def test_address_named_twice_is_kept_once():
    assert read(redirect_uris=[URI] * 11).redirect_uris == (URI,)


def test_private_scheme_is_taken_where_it_is_listed():
    uri = "cursor://anysphere.cursor-mcp/oauth/callback"
    assert read(("cursor",), redirect_uris=[uri]).redirect_uris == (uri,)


@pytest.mark.parametrize(
    "said",
    [
        {"grant_types": ["implicit"]},
        {"grant_types": ["password", "implicit"]},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"]},
        {"grant_types": "authorization_code"},
        {"grant_types": [["authorization_code"]]},
        {"response_types": ["token"]},
        {"response_types": ["token", "id_token"]},
        {"response_types": ["code id_token"]},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": ["none"]},
        {"token_endpoint_auth_method": False},
        {"client_name": 7},
        {"client_name": {"en": "x"}},
        {"client_name": "x" * 5_000},
        {"client_uri": "javascript:alert(1)"},
        {"client_uri": "https://a.example/ x"},
        {"client_uri": "https://a.example/" + "x" * 500},
        {"client_uri": 7},
        {"software_id": "x" * 500},
        {"software_version": 2},
        {"scope": ["mcp:read"]},
        {"scope": "x" * 2_000},
        {"application_type": 1},
    ],
    ids=str,
)
def test_anything_else_that_is_wrong_is_the_other_error(said):
    error, sentence = refused(**said)
    assert error == "invalid_client_metadata" and sentence.endswith(".")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("mcp:read", ("mcp:read",)),
        ("mcp:destructive  mcp:read", ("mcp:read", "mcp:destructive")),
        ("mcp:read openid offline_access introspection", ("mcp:read",)),
        ("openid", ("mcp:read", "mcp:write", "mcp:prompts")),
        ("", ("mcp:read", "mcp:write", "mcp:prompts")),
    ],
)
def test_scopes_are_those_the_hub_has(asked, given):
    assert read(scope=asked).scopes == given


def test_name_and_software_are_cleaned():
    known = read(
        client_name="A\u202eB\u200b" + "c" * 200, software_id="a\nb", software_version="\x00"
    )
    assert (len(known.name), known.software_id, known.software_version) == (80, "a b", "")
    assert known.name.startswith("ABc")


def test_name_of_nothing_visible_is_no_name():
    assert read(client_name="\u200b\u202e").name == UNNAMED


def test_home_page_is_https_or_passed_over():
    assert read(client_uri="https://a.example/x").client_uri == "https://a.example/x"
    assert read(client_uri="http://localhost:3000").client_uri == ""


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"client_uri": "https://a.example/x", "software_id": "x", "scope": "mcp:read"}, 2),
        ({"client_uri": "javascript:alert(1)"}, 0),
        ({"client_uri": "http://a.example/"}, 0),
        ({"client_uri": "https://a.example/" + "x" * 500}, 0),
        ({"client_uri": 7, "software_id": None, "software_version": ["1"]}, 0),
        ({"software_id": "x" * 500, "software_version": "1"}, 1),
    ],
    ids=str,
)
def test_what_is_said_beside_the_necessary_is_left_out_where_it_does_not_fit(said, left):
    fit = usable_beside(said)
    assert len(fit) == left and fit.items() <= said.items()
    assert read(**fit)
