"""abilities.py: what a client says it can do, as bits."""

import pytest

from servers.protocol.abilities import ABILITIES, capability_bits, has_ability, required_for

EVERYTHING = {
    "roots": {},
    "sampling": {"tools": {}},
    "elicitation": {"form": {}, "url": {}},
    "experimental": {"x": {}},
}


@pytest.mark.parametrize(
    ("capabilities", "bits"),
    [
        ({}, 0),
        ({"roots": {}}, 1),
        ({"roots": {"listChanged": True}}, 1),
        ({"sampling": {}}, 2),
        ({"elicitation": {}}, 4),
        ({"elicitation": {"form": {}}}, 4),
        ({"elicitation": {"url": {}}}, 8),
        ({"elicitation": {"form": {}, "url": {}}}, 12),
        ({"sampling": {"tools": {}}}, 18),
        ({"sampling": {"context": {}}}, 2),
        (EVERYTHING, 31),
        ({"Roots": {}, "tools": {}, "url": {}}, 0),
    ],
)
def test_each_declared_ability_has_its_bit(capabilities, bits):
    assert capability_bits(capabilities) == bits


@pytest.mark.parametrize("value", [None, True, 1, "x", []])
def test_what_is_declared_by_other_than_an_object_is_not_declared(value):
    assert capability_bits({"roots": value, "sampling": value, "elicitation": value}) == 0
    assert capability_bits({"sampling": {"tools": value}, "elicitation": {"url": value}}) == 2


def test_ability_is_found_by_its_name():
    for place, name in enumerate(ABILITIES):
        held = [has_ability(1 << bit, name) for bit in range(len(ABILITIES))]
        assert held == [bit == place for bit in range(len(ABILITIES))]


@pytest.mark.parametrize("name", ["", "tools", "Roots", "sampling.", "elicitation.form"])
def test_ability_that_nobody_knows_is_none(name):
    assert has_ability(capability_bits(EVERYTHING), name) is False


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("roots", {"roots": {}}),
        ("elicitation.url", {"elicitation": {"url": {}}}),
        ("sampling.tools", {"sampling": {"tools": {}}}),
    ],
)
def test_what_an_ability_requires_is_told_as_capabilities(name, required):
    assert required_for(name) == required


@pytest.mark.parametrize("name", ABILITIES)
def test_who_declares_what_is_required_has_the_ability(name):
    assert has_ability(capability_bits(required_for(name)), name) is True
