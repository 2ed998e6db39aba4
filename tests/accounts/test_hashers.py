"""hashers.py: how clients' secrets are kept."""

from django.contrib.auth.hashers import check_password, identify_hasher, make_password

from accounts.hashers import RandomSecretHasher
from tests import make

NAME = RandomSecretHasher.algorithm


def test_secret_of_a_client_is_hashed_once_and_salted(db):
    one, other = (make.oauth_client(client_secret="the same") for _ in range(2))
    assert one.client_secret.startswith(f"{NAME}$") and "the same" not in one.client_secret
    assert one.client_secret != other.client_secret
    assert check_password("the same", one.client_secret, preferred=NAME)
    assert not check_password("another", one.client_secret, preferred=NAME)


def test_stored_form_tells_nothing_but_how_it_was_made():
    stored = make_password("secret", hasher=NAME)
    hasher = identify_hasher(stored)
    assert hasher.safe_summary(stored) == {"algorithm": NAME}
    assert not hasher.must_update(stored)


def test_people_are_not_hashed_this_way(bob):
    assert not bob.password.startswith(NAME)
