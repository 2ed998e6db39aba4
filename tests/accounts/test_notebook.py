"""oauth/notebook.py: what is noted is bounded, whoever causes it."""

import uuid

from accounts.oauth.notebook import MOST_A_MINUTE, MOST_OF_AN_ADDRESS, Notebook, Noted


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


def notebook():
    clock = Clock()
    return Notebook(clock), clock


def test_flood_from_one_address_is_one_step_a_minute():
    book, clock = notebook()
    for _ in range(5_000):
        book.note(Noted("challenge", address="192.0.2.1"))
    assert len(book.take()[0]) == 1
    clock.now += 61
    assert book.note(Noted("challenge", address="192.0.2.1"))


def test_flood_of_made_up_tokens_from_one_address_is_bounded():
    book, _ = notebook()
    for number in range(5_000):
        book.note(Noted("challenge", address="192.0.2.1", token=str(number)))
    assert book.note(Noted("challenge", address="192.0.2.2"))
    taken, dropped = book.take()
    assert len(taken) == MOST_OF_AN_ADDRESS + 1 and dropped == 5_000 - MOST_OF_AN_ADDRESS


def test_neighbours_of_one_network_have_together_what_an_address_has():
    book, _ = notebook()
    for number in range(MOST_OF_AN_ADDRESS):
        assert book.note(Noted("challenge", address=f"2001:db8::{number:x}"))
    assert not book.note(Noted("challenge", address="2001:db8::ffff"))
    assert book.note(Noted("challenge", address="2001:db8:0:1::1"))


def test_flood_from_many_addresses_is_bounded_until_the_next_minute():
    book, clock = notebook()
    for number in range(3_000):
        address = f"10.0.{number // 256}.{number % 256}"
        book.note(Noted("metadata", address=address, server=uuid.uuid4()))
    assert len(book) == MOST_A_MINUTE and len(book._seen) <= MOST_A_MINUTE
    assert len(book._by_address) <= MOST_A_MINUTE + 1
    clock.now += 60
    assert book.note(Noted("metadata", address="192.0.2.1"))


def test_known_client_is_noted_again_when_it_tries_again():
    book, clock = notebook()
    step = Noted("token", "verifier", client_id=1)
    assert book.note(step) and not book.note(step)
    clock.now += 2
    assert book.note(step)


def test_steps_are_taken_once_and_in_order():
    book, _ = notebook()
    for name in ("challenge", "metadata", "registration"):
        book.note(Noted(name))
    assert [step.step for step in book.take()[0]] == ["challenge", "metadata", "registration"]
    assert book.take() == ([], 0)
