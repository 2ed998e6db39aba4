"""doctor/pages.py: forms as a browser without scripts sends them."""

from urllib.parse import parse_qsl

from accounts.doctor.pages import MOST_FIELDS, read_page

CONSENT = """
<h1>Connect <bdi>Editor</bdi>
 to Demo?</h1>
<form action="/logout/" method="post">
  <input name="csrf" value="1" type="hidden"><button>Log out</button>
</form>
<form method="post">
  <input type=hidden name=csrf value="&lt;2&gt;">
  <button type="submit" disabled hidden></button>
  <input type="checkbox" name="scopes" value="read" checked>
  <input type="checkbox" name="scopes" value="write">
  <input type="checkbox" name="sure" checked>
  <input type="radio" name="server" value="a"><input type="radio" name="server" value="b" checked>
  <button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>
</form>
"""


def test_form_is_found_by_its_button_and_sends_what_is_ticked():
    page = read_page(CONSENT)
    form = page.form_with_button("Allow")
    assert parse_qsl(form.filled({}, "Allow").decode()) == [
        ("csrf", "<2>"),
        ("scopes", "read"),
        ("sure", "on"),
        ("server", "b"),
        ("decision", "allow"),
    ]
    assert form.target("http://hub/authorize?a=1") == "http://hub/authorize?a=1"
    assert page.form_with_button("Log out").target("http://hub/x") == "http://hub/logout/"
    assert page.heading == "Connect Editor to Demo?"


def test_values_that_are_filled_in_take_the_place_of_those_there():
    html = '<form><input name="username" value="old"><input type="password" name="password"></form>'
    form = read_page(html).form_with_password()
    sent = parse_qsl(form.filled({"username": "bob", "password": "p&w"}).decode())
    assert sent == [("username", "bob"), ("password", "p&w")]


def test_page_without_forms_offers_none():
    page = read_page("<p>Nothing <button>Allow</button> here")
    assert page.form_with_password() is None and page.form_with_button("Allow") is None


def test_page_without_end_is_bounded():
    page = read_page("<form>" + "<input name=a value=b>" * 5_000)
    assert len(page.forms[0].fields) == MOST_FIELDS
