from catalog.overlay import Words, key, overlaid

BODY = {"name": "add", "title": "Add", "description": "Adds.", "inputSchema": {"type": "object"}}


def test_words_stand_in_place_of_the_sources_own() -> None:
    shown = overlaid(BODY, Words("Sum", "Sums two numbers."))
    assert shown == {**BODY, "title": "Sum", "description": "Sums two numbers."}
    assert BODY["title"] == "Add"


def test_empty_words_leave_the_sources_own() -> None:
    assert overlaid(BODY, Words(description="Sums.")) == {**BODY, "description": "Sums."}


def test_a_definition_is_named_by_its_words_too() -> None:
    keys = {
        key("abc", Words()),
        key("abc", Words("a")),
        key("abc", Words("", "a")),
        key("abc", Words("b")),
    }
    assert len(keys) == 4 and "abc" in keys
