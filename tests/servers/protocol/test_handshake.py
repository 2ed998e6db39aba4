"""handshake.py: negotiation, and session ids that carry what they say, signed."""

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.protocol.errors import ProtocolError
from servers.protocol.handshake import (
    LIFETIME,
    LONGEST_SESSION_ID,
    Opening,
    make_session_id,
    read_initialize,
    read_session_id,
)
from servers.protocol.revisions import (
    HANDSHAKE,
    OVER_HTTP,
    REVISIONS,
    V2025_06_18,
    V2026_07_28,
    negotiated,
)

KEY, OLD_KEY, FOREIGN = b"k" * 32, b"o" * 32, b"f" * 32
SERVER, USER = uuid.UUID(int=1), uuid.UUID(int=2)
NOW = 1_800_000_000.0
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

GOLDEN = (
    "b1664b32"
    ".AQJrSdIAAAVubm5ubm5ubm5ubm5ubm5uAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAIufSwDqVB64g"
    ".KDhmys2cOwZy-X7HSyMHkQ"
)


def session_id(key=KEY, *, now=NOW, user=USER, client="c", nonce=b"n" * 16, revision=V2025_06_18):
    return make_session_id(
        Opening(revision, 5, "name"),
        server=SERVER,
        user=user,
        client=client,
        nonce=nonce,
        now=now,
        key=key,
    )


def read(text, *, now=NOW, keys=(KEY,)):
    return read_session_id(text, now=now, keys=list(keys))


# --- initialize -----------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", sorted(HANDSHAKE))
def test_served_revision_is_answered_with_itself(asked):
    assert negotiated(asked).date == asked


@pytest.mark.parametrize("asked", ["2026-07-28", "2030-01-01", "", "x", None, 7, []])
def test_other_revision_is_answered_with_the_latest_that_has_a_handshake(asked):
    assert negotiated(asked).date == "2025-11-25"


def initialize(**changed):
    return {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "client", "version": "1"},
        **changed,
    }


def test_initialize_is_read():
    opening = read_initialize(initialize(capabilities={"elicitation": {}, "roots": {}, "x": 1}))
    assert opening == (V2025_06_18, 0b101, "client")


@pytest.mark.parametrize(
    ("capability", "bits"), [("roots", 1), ("sampling", 2), ("elicitation", 4), ("Roots", 0)]
)
def test_each_capability_has_its_bit(capability, bits):
    assert read_initialize(initialize(capabilities={capability: {}})).capabilities == bits


def test_client_may_have_no_name():
    assert read_initialize(initialize(clientInfo={})).client == ""
    assert len(read_initialize(initialize(clientInfo={"name": "x" * 999})).client) == 80


TOLD = {
    "protocolVersion": "protocolVersion is not a string.",
    "capabilities": "capabilities and clientInfo must be objects.",
    "clientInfo": "capabilities and clientInfo must be objects.",
}


@pytest.mark.parametrize("lacking", TOLD)
@pytest.mark.parametrize("value", [None, 1, [], True, ...])
def test_incomplete_initialize_is_invalid(lacking, value):
    params = initialize(**{lacking: value})
    if value is ...:
        del params[lacking]
    with pytest.raises(ProtocolError) as told:
        read_initialize(params)
    assert (told.value.code, told.value.message) == (-32602, TOLD[lacking])


# --- session ids ----------------------------------------------------------------------------------


def test_session_id_says_what_it_was_made_with():
    session = read(session_id())
    assert session.revision == V2025_06_18
    assert (session.capabilities, session.issued_at) == (5, int(NOW))
    assert session.nonce == (b"n" * 16).hex()


def test_session_id_is_the_same_in_every_version_of_the_hub():
    assert session_id() == GOLDEN
    assert read(GOLDEN) == (
        (b"n" * 16).hex(),
        V2025_06_18,
        1_800_000_000,
        5,
        SERVER,
        USER,
        bytes.fromhex("2e7d2c03a9507ae2"),
    )


@pytest.mark.behaviour("D1")
def test_session_id_is_short_and_visible_ascii():
    text = session_id(client="c" * 500)
    assert len(text) <= LONGEST_SESSION_ID
    assert all("\x21" <= character <= "\x7e" for character in text)


@pytest.mark.parametrize("user", [USER, None])
def test_session_belongs_to_its_server_user_and_client(user):
    session = read(session_id(user=user))
    assert session.belongs_to(SERVER, user, "c")
    assert not session.belongs_to(uuid.UUID(int=9), user, "c")
    assert not session.belongs_to(SERVER, uuid.UUID(int=9), "c")
    assert not session.belongs_to(SERVER, user, "d")


def test_session_of_nobody_is_no_users_and_the_other_way_round():
    assert not read(session_id(user=None)).belongs_to(SERVER, USER, "c")
    assert not read(session_id()).belongs_to(SERVER, None, "c")
    assert read(session_id(user=None)).user == uuid.UUID(int=0)


def test_session_ends_after_its_lifetime():
    assert LIFETIME == 86_400
    assert read(session_id(), now=NOW + 86_400)
    assert read(session_id(), now=NOW + 86_401) is None


def test_session_may_begin_after_2038():
    assert read(session_id(now=2.0**32 - 1), now=2.0**32).issued_at == 2**32 - 1


def test_key_that_was_rotated_still_verifies():
    text = session_id(OLD_KEY)
    assert read(text, keys=(KEY, OLD_KEY))
    assert read(text, keys=(KEY,)) is None
    assert read(text, keys=()) is None


def test_session_signed_by_another_is_refused():
    assert read(session_id(FOREIGN)) is None


def test_foreign_signature_under_our_key_id_is_refused():
    ours, theirs = session_id().split("."), session_id(FOREIGN).split(".")
    assert read(".".join([ours[0], theirs[1], theirs[2]])) is None


def _twins():
    """Every id that differs from a good one in one character, and decodes to other bytes."""
    good = session_id()
    for place, character in enumerate(good):
        if character == ".":
            continue
        other = "B" if character == "A" else "A"
        yield good[:place] + other + good[place + 1 :]


def _decoded(text):
    head, *parts = text.split(".")
    return head, *(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)


def test_every_altered_character_is_noticed():
    good = _decoded(session_id())
    altered = [twin for twin in _twins() if _decoded(twin) != good]
    assert len(altered) > 100
    assert [twin for twin in altered if read(twin) is not None] == []


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("change", ["", "A", "swap", "cut", "long"])
def test_altered_part_is_refused(part, change):
    parts, others = session_id().split("."), session_id(nonce=b"m" * 16, now=NOW - 5).split(".")
    others[0] = "00000000"
    swapped = {"": "", "A": "A", "swap": others[part], "cut": parts[part][:-2]}
    parts[part] = swapped.get(change, parts[part] + "AAAA")
    assert read(".".join(parts)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "é.b.c",
        "a" * 600,
        session_id() + ".x",
        " " + session_id(),
        session_id().replace(".", ":"),
        "\x00" * 20,
        session_id() * 3,
    ],
)
def test_what_is_no_session_id_is_refused(text):
    assert read(text) is None


def test_session_of_a_revision_without_handshake_is_refused():
    assert read(session_id(revision=V2026_07_28)) is None


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    assert read(text) is None


@given(st.lists(st.text(ALPHABET, max_size=140), min_size=3, max_size=3).map(".".join))
def test_any_text_of_its_form_is_refused(text):
    assert read(text) is None


@given(st.sampled_from(REVISIONS[:3]), st.binary(min_size=16, max_size=16), st.text(max_size=20))
def test_every_session_is_read_back(revision, nonce, client):
    session = read(session_id(nonce=nonce, client=client, revision=revision))
    assert session.nonce == nonce.hex() and session.revision == revision
    assert session.belongs_to(SERVER, USER, client)


def test_revision_that_a_transport_does_not_serve_is_not_agreed_on():
    asked = initialize(protocolVersion="2024-11-05")
    assert read_initialize(asked).revision.date == "2024-11-05"
    assert read_initialize(asked, OVER_HTTP).revision.date == "2025-11-25"
