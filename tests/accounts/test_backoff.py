"""What failed lately, and why."""

from accounts.oauth import backoff


def test_reason_is_known_for_a_while(monkeypatch):
    now = [0.0]
    failed = backoff.Backoff(60, lambda: now[0])
    failed.remember("one", "It is away.")
    assert failed.reason("one") == "It is away." and failed.reason("two") is None
    now[0] = 60.0
    assert failed.reason("one") is None


def test_oldest_give_way(monkeypatch):
    monkeypatch.setattr(backoff, "MOST", 2)
    failed = backoff.Backoff(60)
    for key in ("one", "two", "one", "three"):
        failed.remember(key, key)
    assert [failed.reason(key) for key in ("one", "two", "three")] == ["one", None, "three"]
