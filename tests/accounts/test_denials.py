"""The table of reasons why there is no code."""

import re

import pytest

from accounts.oauth.denials import REASONS, Reason, Teller

# RFC 6749 section 4.1.2.1, RFC 8707 section 2, RFC 9101 section 6.1; invalid_client stays on a page.
CODES = {
    *("invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type"),
    *("invalid_scope", "temporarily_unavailable", "invalid_target", "invalid_client"),
    *("request_not_supported", "request_uri_not_supported"),
}
UNSAFE = ("client_", "redirect_", "document_", "registration_")


def test_each_reason_is_told():
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_told_by_a_known_code_in_the_characters_of_its_rfc(reason):
    telling = REASONS[reason]
    assert telling.error in CODES
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", telling.description)
    assert telling.status in {400, 403, 409, 429, 503}


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_says_what_happened_and_what_to_do(reason):
    telling = REASONS[reason]
    assert telling.title and telling.happened.endswith(".") and telling.remedy.endswith(".")


def test_each_reason_has_words_of_its_own():
    happened = [telling.happened for telling in REASONS.values()]
    assert len(set(happened)) == len(happened)


def test_a_client_that_is_not_known_is_told_nothing():
    unsafe = [reason for reason in Reason if reason.value.startswith(UNSAFE)]
    tellers = {REASONS[reason].teller for reason in unsafe if reason is not Reason.CLIENT_UNFIT}
    assert tellers == {Teller.PAGE}
