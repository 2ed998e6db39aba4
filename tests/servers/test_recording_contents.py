"""What servers that record keep of arguments and results, and what they never do."""

import json
from pathlib import Path

import pytest
from django.db import connection

from catalog.schemas import secrets
from monitoring import audit
from monitoring.models import AuditEvent, CallContent, RedactedName
from monitoring.recorded import keeping, names
from servers.models import Server
from tests import authored_secrets
from tests.hub import laid_out
from tests.talks import FORMS, state_of

CANARIES = [f"canary-{number}-of-{number * 7}" for number in range(1, 5)]
LOGIN = {
    "city": "Oslo",
    "phrase": CANARIES[0],
    "ways": [{"user": "bob", "phrase": CANARIES[1]}],
    "notes": {"api_key": CANARIES[2], "badge_no": CANARIES[3], "fine": "visible"},
}


@pytest.fixture
def recording(hub):
    """What sets how much the server `secrets` records."""
    laid_out("secrets", Path(authored_secrets.__file__))
    RedactedName.objects.create(name="badgeno")
    names.refresh()

    def record(what):
        Server.objects.filter(slug="secrets").update(recording=what, keep_days=3)
        hub.refresh()

    return record


def kept():
    """The event and the content of the last call."""
    audit.flush()
    keeping.write()
    event = AuditEvent.objects.exclude(kind="change").order_by("-id").first()
    content = json.loads(event.data or "{}").get("content")
    return event, CallContent.objects.get(pk=content) if content else None


def everything():
    """All rows of the tables that calls leave something in."""
    rows = [list(model.objects.values_list()) for model in (AuditEvent, CallContent)]
    return repr(rows) + "\n".join(audit.export_lines())


def call(hub, name, arguments, **options):
    return hub.post("secrets", "tools/call", {"name": name, "arguments": arguments}, **options)


def test_nothing_is_recorded_unless_switched_on(hub, recording):
    recording("nothing")
    assert "structuredContent" in call(hub, "login", LOGIN).result
    event, content = kept()
    assert (event.data, content) == ("", None)
    assert not CallContent.objects.exists() and "Oslo" not in everything()


def test_arguments_alone(hub, recording):
    recording("arguments")
    call(hub, "login", LOGIN)
    event, content = kept()
    assert json.loads(content.arguments)["city"] == "Oslo"
    assert content.result == ""
    assert (content.expires_at - content.at).days == 3 and content.at == event.at


def test_no_secret_reaches_a_table_or_an_export(hub, recording):
    recording("all")
    answer = call(hub, "login", LOGIN)
    assert CANARIES[2] in answer.result["structuredContent"]["moved"]  # the client gets it all
    _, content = kept()
    assert json.loads(content.arguments) == {
        "city": "Oslo",
        "phrase": "[masked]",
        "ways": [{"user": "bob", "phrase": "[masked]"}],
        "notes": {"api_key": "[masked]", "badge_no": "[masked]", "fine": "visible"},
    }
    result = json.loads(content.result)
    assert result["structuredContent"]["said"] == "you said [masked]"
    assert result["structuredContent"]["fine"] == "visible"
    assert [each for each in CANARIES if each in everything()] == []


def test_marks_of_a_schema_hold_behind_references_and_in_lists(hub, recording):
    recording("all")
    call(
        hub,
        "unlock",
        {"box": {"combination": CANARIES[0], "colour": "red"}, "codes": [CANARIES[1]], "free": "x"},
    )
    _, content = kept()
    assert json.loads(content.arguments) == {
        "box": {"combination": "[masked]", "colour": "red"},
        "codes": "[masked]",
        "free": "x",
    }
    assert "red" in content.result and "canary" not in everything()


@pytest.mark.parametrize(
    "arguments", [{"phrase": CANARIES[0]}, {"phrase": 1, "password": CANARIES[0]}]
)
def test_failure_is_kept_without_the_secret(hub, recording, arguments):
    recording("all")
    call(hub, "refuse", arguments)
    _, content = kept()
    assert json.loads(content.result)["isError"] is True
    assert "canary" not in everything()


def test_reads_and_prompts_are_masked_by_names_and_types(hub, recording):
    recording("all")
    hub.post("secrets", "resources/read", {"uri": f"secret://bob/{CANARIES[0]}"})
    event, content = kept()
    assert event.kind == "read"
    assert json.loads(content.arguments) == {"name": "bob", "token": "[masked]"}
    assert "bob came with [masked]" in content.result
    asked = {"name": "opening", "arguments": {"about": "it", "password": CANARIES[1]}}
    asked["arguments"]["phrase"] = CANARIES[2]
    assert CANARIES[2] in str(hub.post("secrets", "prompts/get", asked).result)
    _, content = kept()
    assert "Open it with [masked] and [masked]." in content.result
    assert "canary" not in everything()


def test_tool_called_through_a_search_is_recorded_as_itself(hub, recording):
    Server.objects.filter(slug="secrets").update(listing="search")
    recording("all")
    call(hub, "call_tool", {"name": "login", "arguments": LOGIN})
    event, content = kept()
    assert event.entry == "login" and json.loads(content.arguments)["phrase"] == "[masked]"
    call(hub, "call_tool", {"name": "login", "arguments": LOGIN, "more": 1})
    event, content = kept()
    assert (event.entry, content) == ("call_tool", None)
    call(hub, "search_tools", {"query": "unlock"})
    event, content = kept()
    assert "unlock" in content.arguments and "unlock" in content.result
    assert "canary" not in everything()


def test_denied_call_and_unknown_name_leave_no_arguments(hub, recording):
    recording("all")
    call(hub, "nosuch", {"text": CANARIES[0]})
    event, content = kept()
    assert (event.verdict, content) == ("deny", None)
    assert "canary" not in everything()


def test_what_is_answered_to_a_question_is_never_kept(hub, recording):
    recording("all")
    asked = call(hub, "asks", {"phrase": CANARIES[0]}, can=FORMS)
    event, content = kept()
    assert (event.kind, content.result) == ("question", "")
    ((key, _),) = asked.result["inputRequests"].items()
    said = {key: {"action": "accept", "content": {"pin": CANARIES[1]}}}
    params = {"name": "asks", "arguments": {"phrase": CANARIES[0]}}
    params |= {"requestState": state_of(asked), "inputResponses": said}
    assert "thanks" in hub.post("secrets", "tools/call", params, can=FORMS).text
    event, content = kept()
    assert "thanks" in content.result and json.loads(event.data)["call"]
    assert "canary" not in everything()


def test_full_queue_loses_the_content_and_never_the_event(hub, recording, monkeypatch):
    recording("all")
    monkeypatch.setattr(keeping, "MOST_WAITING", 0)
    call(hub, "login", LOGIN)
    event, content = kept()
    assert (event.outcome, json.loads(event.data), content) == ("ok", {"content_lost": True}, None)


def test_before_the_words_are_known_nothing_is_recorded(hub, recording, monkeypatch):
    recording("all")
    monkeypatch.setattr(names, "_known", None)
    call(hub, "login", LOGIN)
    event, content = kept()
    assert (event.data, content) == ("", None)


def test_word_added_while_it_runs_holds_from_the_next_call_on(hub, recording):
    recording("all")
    RedactedName.objects.create(name="fine")
    names.refresh()
    call(hub, "login", LOGIN)
    _, content = kept()
    assert json.loads(content.arguments)["notes"]["fine"] == "[masked]"


def test_call_that_records_asks_the_database_nothing(hub, recording, django_assert_num_queries):
    recording("all")
    call(hub, "login", LOGIN)
    before = hub.offloaded
    with django_assert_num_queries(0):
        call(hub, "login", LOGIN)
    assert hub.offloaded == before and connection.in_atomic_block


def test_schema_that_cannot_be_read_hides_everything():
    marked = secrets.marked_in("broken", {"inputSchema": {"$ref": "#/nowhere"}})
    assert marked.arguments.everything and not marked.result.everything
