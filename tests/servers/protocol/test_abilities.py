"""abilities.py: what clients declare, as bits."""

import pytest

from servers.protocol.abilities import (
    ABILITIES,
    capability_bits,
    has_ability,
    required_for,
)

NAMES = ["roots", "sampling", "elicitation", "elicitation.url", "sampling.tools", "tasks"]


def test_bits_are_those_of_session_ids_that_are_about():
    assert list(ABILITIES) == NAMES
    declared = [
        {"roots": {}},
        {"sampling": {}},
        {"elicitation": {}},
        {"elicitation": {"url": {}}},
        {"sampling": {"tools": {}}},
        {"extensions": {"io.modelcontextprotocol/tasks": {}}},
    ]
    assert [capability_bits(each) for each in declared] == [1, 2, 4, 8, 16 | 2, 32]


@pytest.mark.parametrize(
    ("capabilities", "abilities"),
    [
        ({}, []),
        ({"roots": {"listChanged": True}, "experimental": {}}, ["roots"]),
        ({"elicitation": {"form": {}}}, ["elicitation"]),
        ({"elicitation": {"form": {}, "url": {}}}, ["elicitation", "elicitation.url"]),
        ({"elicitation": {"form": None, "url": None}}, ["elicitation"]),
        ({"elicitation": {"else": {}}}, ["elicitation"]),
        ({"sampling": {"tools": {}, "context": {}}}, ["sampling", "sampling.tools"]),
        ({"sampling": {"tools": True}}, ["sampling"]),
        (
            {"sampling": {"tools": {}}, "roots": {}, "elicitation": {"url": {}, "form": {}}},
            NAMES[:-1],
        ),
        ({"elicitation": None, "sampling": True, "roots": []}, []),
        ({"elicitation": "form", "sampling": 1, "roots": "x"}, []),
        ({"url": {}, "tools": {}}, []),
    ],
)
def test_what_is_declared_is_what_can_be_asked(capabilities, abilities):
    bits = capability_bits(capabilities)
    assert [name for name in NAMES if has_ability(bits, name)] == abilities


@pytest.mark.parametrize("name", ["", "elicitation.form", "tools", "Roots", "sampling.context"])
def test_ability_that_nobody_knows_is_none(name):
    assert has_ability(2**32 - 1, name) is False


def test_abilities_are_told_as_truths():
    assert has_ability(5, "roots") is True and has_ability(5, "sampling") is False


@pytest.mark.behaviour("B10")
@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("roots", {"roots": {}}),
        ("sampling", {"sampling": {}}),
        ("elicitation", {"elicitation": {}}),
        ("elicitation.url", {"elicitation": {"url": {}}}),
        ("sampling.tools", {"sampling": {"tools": {}}}),
    ],
)
def test_what_is_required_has_the_form_of_client_capabilities(name, required):
    assert required_for(name) == required
    assert has_ability(capability_bits(required), name)
