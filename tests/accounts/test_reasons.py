"""oauth/reasons.py: every reason is told whole."""

import re

import pytest

from accounts.models import AttemptStep, Step
from accounts.oauth import denials, refreshing, refusals
from accounts.oauth.reasons import LONGEST_CODE, OF_ERRORS, REASONS, explained, known


@pytest.mark.parametrize("code", REASONS)
def test_reason_says_what_why_and_what_to_do(code):
    reason = REASONS[code]
    assert reason.step in Step and len(code) <= LONGEST_CODE
    assert AttemptStep._meta.get_field("reason").max_length == LONGEST_CODE
    for text in (reason.what, reason.why, reason.fix):
        assert text[0].isupper() and text.rstrip().endswith("."), text


@pytest.mark.parametrize("code", REASONS)
def test_what_and_why_are_told_to_admins_of_others_too(code):
    reason = REASONS[code]
    assert not re.search(r"\b[Yy]ou(rs?)?\b", f"{reason.what} {reason.why}")


def test_every_reason_has_a_label_of_its_own():
    labels = [reason.label for reason in REASONS.values()]
    assert len(set(labels)) == len(labels)


def test_how_long_a_client_may_be_away_is_what_the_hub_goes_by():
    assert f" {refreshing.lifetime().days} days." in REASONS["refresh_expired"].why


def test_every_refusal_of_the_token_endpoint_is_explained():
    told = {each.reason for each in vars(refusals).values() if isinstance(each, refusals.Refusal)}
    assert len(told) > 20 and told - REASONS.keys() == set()


def test_every_refusal_at_the_authorization_endpoint_is_explained():
    assert {reason.value for reason in denials.Reason} - REASONS.keys() == set()


def test_step_that_went_well_has_no_reason():
    assert known("token", "") == ""


@pytest.mark.parametrize(("step", "error"), OF_ERRORS)
def test_errors_of_oauth_lead_to_reasons_there_are(step, error):
    assert known(step, error) in REASONS


@pytest.mark.parametrize(
    ("step", "error", "code"),
    [
        ("token", "invalid_grant", "code_unknown"),
        ("token", "something_new", "token_refused"),
        ("authorize", "something_new", "authorize_refused"),
        ("registration", "invalid_client_metadata", "registration_refused"),
        ("call", "anything", "call_refused"),
        ("challenge", "anything", "unexplained"),
    ],
)
def test_error_nobody_explained_still_has_a_reason(step, error, code):
    assert known(step, error) == code


def test_code_of_another_version_is_shown_as_unexplained():
    assert explained("from_the_future") is REASONS["unexplained"]
