"""What browsers may load on a page, and where its forms may lead."""

from accounts import content_policy


def test_nothing_runs_or_frames_but_what_is_the_hub_s_own():
    policy = content_policy.header(content_policy.STRICT)
    assert "unsafe" not in policy and "*" not in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


def test_a_form_may_lead_to_one_place_more_and_all_else_stays():
    policy = content_policy.with_form_to("https://claude.ai")
    plain = content_policy.header(content_policy.STRICT)
    assert policy.replace(" https://claude.ai", "") == plain
    assert "form-action 'self' https://claude.ai; " in policy
