"""services about access rules."""

import pytest

from catalog.models import Tag
from servers import services
from servers.errors import Gone, InvalidValue, NotAllowed
from servers.models import AccessRule
from tests import make


def test_rule_is_added_changed_and_taken_back(alice, charlie, recorded, announced):
    server = make.server()
    rule = services.add_rule(actor=alice, server=server, effect="allow", user=charlie)
    assert (rule.pattern, rule.user) == ("*", charlie)
    rule = services.update_rule(actor=alice, rule=rule, pattern="read_*", note="for now")
    assert (rule.pattern, rule.note, rule.user) == ("read_*", "for now", charlie)
    services.delete_rule(actor=alice, rule=rule)
    assert not AccessRule.objects.exists()
    assert recorded() == ["rule.add", "rule.update", "rule.delete"]
    assert announced() == 3


def test_deny_for_everyone_by_tag_is_a_rule(db):
    tag = Tag.objects.create(name="danger")
    rule = services.add_rule(actor=None, server=make.server(), effect="deny", tag=tag)
    assert str(rule).startswith("everyone may not use what is tagged danger")


def test_stranger_makes_no_rules(charlie):
    server = make.server()
    rule = make.rule(server, user=charlie)
    with pytest.raises(NotAllowed):
        services.add_rule(actor=charlie, server=server, effect="allow", user=charlie)
    with pytest.raises(NotAllowed):
        services.update_rule(actor=charlie, rule=rule, pattern="*")
    with pytest.raises(NotAllowed):
        services.delete_rule(actor=charlie, rule=rule)


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": "allow"},
        {"effect": "perhaps"},
        {"effect": "deny", "pattern": ""},
        {"effect": "deny", "pattern": "a\0"},
        {"effect": "deny", "pattern": "x" * 129},
        {"effect": "deny", "note": "x" * 201},
    ],
)
def test_senseless_rule_is_refused(db, fields):
    with pytest.raises(InvalidValue):
        services.add_rule(actor=None, server=make.server(), **fields)


def test_rule_about_a_team_and_a_user_is_refused(charlie):
    rule = make.rule(make.server(), user=charlie)
    with pytest.raises(InvalidValue, match="not both"):
        services.update_rule(actor=None, rule=rule, team=make.team())


def test_rule_that_is_gone_is_told(charlie):
    rule = make.rule(make.server(), user=charlie)
    services.delete_rule(actor=None, rule=AccessRule.objects.get())
    with pytest.raises(Gone):
        services.update_rule(actor=None, rule=rule, note="x")
