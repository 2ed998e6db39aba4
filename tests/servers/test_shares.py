"""What is kept for clients that are away: nobody's share is taken by somebody else's."""

from dataclasses import replace

from servers.shares import Bounds, Shares

BOUNDS = Bounds(streams=5, size=1_000, streams_of_one=3, size_of_one=400, seconds=600.0)


def key(number):
    return "session", str(number)


def test_nobody_has_more_streams_than_a_share():
    shares = Shares(BOUNDS)
    gone = [shares.add(key(number), "mallory", 1) for number in range(10)]
    assert gone == [[]] * 3 + [[key(number)] for number in range(7)]
    assert len(shares) == 3 and shares.size == 3


def test_nobody_has_more_bytes_than_a_share():
    shares = Shares(BOUNDS)
    gone = [shares.add(key(number), "mallory", 150) for number in range(5)]
    assert gone == [[], [], [key(0)], [key(1)], [key(2)]] and shares.size == 300


def test_what_one_leaves_pushes_out_nothing_of_others():
    shares = Shares(BOUNDS)
    assert shares.add(key("alice"), "alice", 400) == []
    gone = [each for number in range(100) for each in shares.add(key(number), "mallory", 100)]
    assert key("alice") not in gone and len(shares) == 4


def test_beyond_what_all_may_have_the_longest_unheard_of_goes():
    shares = Shares(BOUNDS)
    for number in range(5):
        assert shares.add(key(number), f"user {number}", 100) == []
    assert shares.add(key(0), "user 0", 100) == []
    assert shares.add(key(5), "user 5", 100) == [key(1)]
    assert shares.add(key(6), "user 6", 400) == [key(2)]
    assert shares.add(key(7), "user 7", 400) == [key(3), key(4), key(0)]


def test_stream_that_is_larger_than_a_share_stays_alone():
    shares = Shares(BOUNDS)
    assert shares.add(key(0), "alice", 100) == []
    assert shares.add(key(1), "alice", 5_000) == [key(0)]
    assert shares.add(key(1), "alice", 5_000) == [] and shares.size == 10_000
    assert shares.add(key(2), "bob", 1) == [key(1)] and shares.size == 1


def test_what_is_past_its_time_counts_no_more():
    shares = Shares(replace(BOUNDS, seconds=-1.0))
    assert shares.add(key(0), "alice", 100) == []
    assert shares.add(key(1), "bob", 100) == [key(0)]
    assert shares.drop(key(1)) == 100 and shares.drop(key(1)) == 0
    assert (len(shares), shares.size, shares._streams, shares._sizes) == (0, 0, {}, {})


def test_what_could_not_be_kept_counts_no_more():
    shares = Shares(BOUNDS)
    shares.add(key(0), "alice", 100)
    shares.add(key(0), "alice", 250)
    shares.less(key(0), 250)
    shares.less(key(1), 250)
    assert (shares.size, shares._sizes, len(shares)) == (100, {"alice": 100}, 1)
