"""errors.py: each error with its code, its HTTP status, its words and its data."""

import pytest

from servers.protocol.errors import (
    InsufficientScope,
    Overloaded,
    ProtocolError,
    RateLimited,
    StoppedByAdmin,
    TooManyStreams,
    header_mismatch,
    invalid_params,
    invalid_request,
    method_not_found,
    missing_capability,
    no_such_stream,
    restarting,
    revoked,
    unreadable,
)


def told(error: ProtocolError) -> tuple[int, int, str, object]:
    assert str(error) == error.message
    return error.code, error.status, error.message, error.data


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (unreadable("x"), (-32700, 400, "x", None)),
        (invalid_request("x"), (-32600, 400, "x", None)),
        (invalid_request("x", status=405), (-32600, 405, "x", None)),
        (invalid_params("x"), (-32602, 200, "x", None)),
        (invalid_params("x", status=400, data={"a": 1}), (-32602, 400, "x", {"a": 1})),
        (header_mismatch("x"), (-32020, 400, "x", None)),
        (method_not_found("a/b", status=404), (-32601, 404, "Method not found: a/b", None)),
        (
            missing_capability("x", {"roots": {}}),
            (-32021, 400, "x", {"requiredCapabilities": {"roots": {}}}),
        ),
        (
            restarting(),
            (-32603, 503, "The hub is restarting; try again in a moment.", None),
        ),
        (
            no_such_stream(),
            (
                -32600,
                400,
                "Last-Event-ID names no stream of this session that can be resumed.",
                None,
            ),
        ),
        (RateLimited(7), (429, 429, "Too many calls; try again in 7 s.", None)),
        (
            TooManyStreams("process"),
            (
                429,
                429,
                "The hub has as many streams open as it can hold; try again in 15 s.",
                None,
            ),
        ),
        (
            StoppedByAdmin("It loops. "),
            (
                423,
                200,
                "Stopped by an administrator: It loops."
                " Nothing was run; it can be used again when they lift the stop.",
                None,
            ),
        ),
        (
            StoppedByAdmin("It loops", begun=True),
            (
                423,
                200,
                "Stopped by an administrator: It loops. What it began may have happened.",
                None,
            ),
        ),
        (
            InsufficientScope("mcp:write"),
            (-32600, 403, "This needs the scope mcp:write.", None),
        ),
        (
            InsufficientScope("mcp:read", "mcp:prompts"),
            (-32600, 403, "This needs the scopes mcp:read, mcp:prompts.", None),
        ),
        (
            revoked(),
            (
                -32603,
                403,
                "The leave that this went by was taken back; what it began may have happened.",
                None,
            ),
        ),
        (
            Overloaded(),
            (
                -32603,
                503,
                "The hub is overloaded; nothing was run, try again shortly.",
                None,
            ),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_error_is_told_with_its_code_its_status_and_its_words(error, expected):
    assert told(error) == expected


def test_what_is_lacking_and_what_is_there_are_kept_for_the_challenge():
    error = InsufficientScope("mcp:write", held=["mcp:read"])
    assert (error.lacking, error.held) == (("mcp:write",), {"mcp:read"})


@pytest.mark.parametrize(("seconds", "told"), [(0.0, 1), (0.2, 1), (1.0, 1), (1.01, 2), (59.5, 60)])
def test_caller_is_told_to_wait_whole_seconds(seconds, told):
    assert RateLimited(seconds).retry_after == told


def test_long_method_is_told_by_its_first_hundred_characters():
    message = method_not_found("x" * 101, status=200).message
    assert message == "Method not found: " + "x" * 100
