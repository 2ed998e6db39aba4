"""methods.py, revisions.py and errors.py: the tables, held against the official ones."""

import pytest
from mcp_types.methods import CLIENT_REQUESTS

from servers.protocol.errors import ProtocolError, invalid_params, method_not_found
from servers.protocol.methods import METHODS, NAMED_BY, NOTIFICATIONS, has_method, label
from servers.protocol.revisions import BY_DATE, HANDSHAKE, OVER_HTTP, REVISIONS, V2026_07_28

TASKS = {
    "2025-11-25": {"tasks/get", "tasks/result", "tasks/list", "tasks/cancel"},
    "2026-07-28": {"tasks/get", "tasks/update", "tasks/cancel"},
}
"""Of an experiment, and of an extension: the official tables may leave them out."""


@pytest.mark.parametrize("revision", REVISIONS, ids=lambda one: one.date)
def test_methods_served_are_methods_of_the_revision(revision):
    served = {method for method in METHODS if has_method(revision, method)}
    official = {method for method, date in CLIENT_REQUESTS if date == revision.date}
    assert served - official == TASKS.get(revision.date, set()) - official
    assert {"tools/list", "tools/call", "resources/read", "prompts/get"} <= served


@pytest.mark.parametrize("method", ["initialize", "ping"])
def test_handshake_and_ping_ended_with_the_stateless_revision(method):
    assert [has_method(each, method) for each in REVISIONS] == [True] * 4 + [False]


def test_discovery_came_with_the_stateless_revision():
    assert [has_method(each, "server/discover") for each in REVISIONS] == [False] * 4 + [True]


@pytest.mark.parametrize("method", ["", "tools/List", "__class__", "tools/call ", "x" * 1000])
def test_unknown_method_is_none_and_no_label(method):
    assert not any(has_method(revision, method) for revision in REVISIONS)
    assert label(method) == "other"


def test_known_method_is_its_own_label():
    assert label("tools/call") == "tools/call"
    assert label("notifications/cancelled") == "notifications/cancelled"


def test_revisions_are_ordered_and_counted():
    assert [each.date for each in REVISIONS] == sorted(BY_DATE)
    assert [each.number for each in REVISIONS] == [0, 1, 2, 3, 4]
    assert set(HANDSHAKE) - set(OVER_HTTP) == {"2024-11-05"}
    assert V2026_07_28.date not in HANDSHAKE


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (-32700, 400),
        (-32600, 400),
        (-32020, 400),
        (-32021, 400),
        (-32022, 400),
        (-32601, 200),
        (-32602, 200),
        (-32603, 200),
        (-32002, 200),
    ],
)
def test_code_has_its_status(code, status):
    assert ProtocolError(code, "x").status == status
    assert ProtocolError(code, "x", status=418).status == 418


def test_unknown_resource_has_its_code_in_each_revision():
    assert [each.resource_not_found for each in REVISIONS] == [-32002] * 4 + [-32602]


def test_method_in_an_error_is_bounded():
    assert len(method_not_found("x" * 9999, status=404).message) < 200
    assert invalid_params("x", data={"a": 1}).data == {"a": 1}


EVERYWHERE = {
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "prompts/list",
    "prompts/get",
    "completion/complete",
}
BEFORE = {
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
}


@pytest.mark.parametrize("revision", REVISIONS, ids=lambda one: one.date)
def test_each_revision_has_its_methods_and_no_more(revision):
    newest = {"server/discover", "subscriptions/listen"}
    own = (newest if revision.stateless else BEFORE) | TASKS.get(revision.date, set())
    assert {method for method in METHODS if has_method(revision, method)} == EVERYWHERE | own
    assert EVERYWHERE | BEFORE | newest | set().union(*TASKS.values()) == METHODS


def test_methods_whose_object_is_named_in_a_header():
    tasks = dict.fromkeys(TASKS["2026-07-28"], "taskId")
    own = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
    assert own | tasks == NAMED_BY


def test_notifications_and_answers_are_their_own_labels():
    assert {
        "notifications/initialized",
        "notifications/cancelled",
        "notifications/progress",
        "notifications/roots/list_changed",
    } == NOTIFICATIONS
    for name in (*NOTIFICATIONS, "response"):
        assert label(name) == name


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("stateless", "2026-07-28", "2026-07-28"),
        ("has_http", "2025-03-26", "2026-07-28"),
        ("has_completions_capability", "2025-03-26", "2026-07-28"),
        ("has_progress_message", "2025-03-26", "2026-07-28"),
        ("has_structured_content", "2025-06-18", "2026-07-28"),
        ("has_any_json_output", "2026-07-28", "2026-07-28"),
        ("has_resumption", "2025-03-26", "2025-11-25"),
        ("has_polling", "2025-11-25", "2025-11-25"),
        ("has_tasks", "2025-11-25", "2025-11-25"),
    ],
)
def test_each_revision_answers_each_question(question, since, until):
    answers = [getattr(each, question) for each in REVISIONS]
    assert answers == [since <= each.date <= until for each in REVISIONS]


def test_revision_is_since_itself_and_those_before_it():
    for place, revision in enumerate(REVISIONS):
        assert [revision.since(other) for other in REVISIONS] == [
            number <= place for number in range(len(REVISIONS))
        ]
        assert revision.shape == place
