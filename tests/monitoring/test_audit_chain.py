import hmac

from monitoring.audit.chain import Head, known_keys, link, new_chain, sign, signing_key
from monitoring.audit.event import Event
from monitoring.audit.row import canonical, clean


def test_the_key_is_not_the_secret_and_differs_by_secret(settings):
    settings.SECRET_KEY = "one"
    one = signing_key()
    settings.SECRET_KEY = "two"
    assert signing_key() != one
    assert one.secret != b"one"
    assert len(one.id) == 16


def test_fallback_secrets_are_known_but_do_not_sign(settings):
    settings.SECRET_KEY = "old"
    old = signing_key()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old"]
    assert known_keys() == {signing_key().id: signing_key().secret, old.id: old.secret}
    assert signing_key().id != old.id


def test_each_mac_covers_the_one_before():
    rows = [clean(Event(kind="call", action=name), 1.0) for name in ("a", "b")]
    key = signing_key()
    first, second = link(Head("c", 7, "before"), rows, key)
    assert (first.seq, second.seq) == (8, 9)
    assert first.mac == sign(key.secret, "before", canonical("c", 8, rows[0], key.id))
    assert second.mac == sign(key.secret, first.mac, canonical("c", 9, rows[1], key.id))


def test_the_same_message_after_another_one_has_another_mac():
    assert sign(b"key", "a", "message") != sign(b"key", "b", "message")


def test_chains_have_names_of_their_own():
    assert new_chain().chain != new_chain().chain
    assert len(new_chain().chain) == 32


def test_mac_is_the_standards_hmac():
    secret, message = signing_key().secret, "é\ud800" * 99
    expected = hmac.digest(secret, f"before\0{message}".encode("utf-8", "surrogatepass"), "sha256")
    assert sign(secret, "before", message) == expected.hex()
