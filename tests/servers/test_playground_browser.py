"""The playground in Chromium: what a curator does there, end to end, in each revision."""

import json
import os
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests import authored_play
from tests.playing import MOST_LOOKS, NEW, OLD, REVISIONS, last_call

pytestmark = pytest.mark.browser


def fill_dinner(page: Page) -> None:
    page.get_by_label("day").fill("2026-01-02")
    page.get_by_label("name", exact=False).first.fill("Ann")
    page.get_by_label("diet").select_option(label="vegan")
    page.get_by_role("button", name="Add item").click()
    second = page.get_by_role("group", name="guests 2")
    second.get_by_label("name").fill("Zoë")
    second.get_by_label("age: null").uncheck()
    second.get_by_label("age", exact=True).fill("40")
    page.get_by_role("button", name="Add property").click()
    page.get_by_label("Name in notes").fill("wine")
    page.get_by_label("value").fill("red")


@pytest.mark.parametrize("revision", REVISIONS)
def test_nested_form_becomes_the_arguments_of_a_call(play, revision):
    page = play.open("dine", revision)
    fill_dinner(page)
    play.run()
    said = play.ends("Done.")
    assert "Zoë" in said and "2026-01-02" in said
    play.part("messages").click()
    sent = play.part("exchange").locator("li", has_text="tools/call").first
    sent.locator("summary").click()
    body = sent.locator("pre").inner_text()
    assert ('"age": 40' in body) and '"wine": "red"' in body and '"diet": "vegan"' in body
    assert "Bearer TOKEN" in body and "mcphub_" not in play.part("exchange").inner_text()
    assert revision in play.part("timing").inner_text() and play.heard == []


def test_form_and_json_are_kept_in_step(play):
    page = play.open("dine")
    fill_dinner(page)
    page.get_by_role("tab", name="JSON").click()
    text = page.get_by_label("Arguments as JSON")
    said = json.loads(text.input_value())
    assert said["dinner"]["guests"][1] == {"name": "Zoë", "age": 40, "diet": "none"}
    said["dinner"]["guests"][0]["name"] = "Bea"
    text.fill(json.dumps(said))
    page.get_by_role("tab", name="Form").click()
    assert page.get_by_role("group", name="guests 1").get_by_label("name").input_value() == "Bea"
    page.get_by_role("tab", name="JSON").click()
    text.fill('{"dinner": ')
    page.get_by_role("tab", name="Form").click()
    expect(page.get_by_role("alert")).to_contain_text("This is no JSON")
    said["dinner"]["menu"] = ["soup"]
    text.fill(json.dumps({**said, "unknown": 1}))
    page.get_by_role("tab", name="Form").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot show all of this")
    assert json.loads(text.input_value())["unknown"] == 1


def test_what_is_wrong_is_told_at_its_place_before_and_after_sending(play):
    page = play.open("dine")
    play.run()
    day = page.locator("[data-at='dinner/day']")
    expect(day.locator(".hub-error")).to_have_text("This is required.")
    expect(day.get_by_label("day")).to_be_focused()
    expect(play.part("state")).to_have_text("Nothing was sent yet.")
    fill_dinner(page)
    page.get_by_role("group", name="guests 1").get_by_label("name").fill("A")
    page.get_by_label("Send what looks wrong too").check()
    play.run()
    play.ends("It ran, and says that it failed.")
    wrong = page.locator("[data-at='dinner/guests/0/name'] .hub-error")
    expect(wrong).to_contain_text("'A' is shorter than 2 characters")


def test_image_and_sound_are_shown_and_break_no_policy(play):
    page = play.open("dot")
    play.run()
    play.ends("Done.")
    image = page.get_by_alt_text("The image that came as a result")
    assert image.evaluate("async (node) => { await node.decode(); return node.naturalWidth; }") == 1
    play.open("silence")
    play.run()
    play.ends("Done.")
    sound = page.get_by_label("The sound that came as a result")
    assert sound.get_attribute("src").startswith("data:audio/")
    assert [one for one in play.heard if "Content Security Policy" in one] == []


def test_markup_of_strangers_is_text(play):
    page = play.open("markup")
    play.run()
    assert authored_play.HOSTILE in play.ends("Done.")
    play.open("dine")
    assert authored_play.HOSTILE in page.locator("[data-at='dinner/guests/0/name']").inner_text()
    assert page.locator("#playground img, #playground script").count() == 0
    assert play.heard == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_progress_and_log_are_seen(play, revision):
    play.open("climb", revision)
    play.run()
    play.ends("Done.")
    live_words = "3 of 3" if revision == "2025-03-26" else "3 of 3: step 3"
    expect(play.part("live")).to_contain_text(live_words)
    expect(play.part("log").get_by_role("listitem")).to_have_count(3)


@pytest.mark.parametrize("revision", [NEW, OLD])
def test_log_begins_at_the_level_that_is_chosen(play, revision):
    page = play.open("climb", revision)
    page.get_by_label("Log messages from").select_option("error")
    play.run()
    play.ends("Done.")
    expect(play.part("log").get_by_role("listitem")).to_have_count(0)


@pytest.mark.parametrize("revision", [NEW, OLD])
def test_call_that_has_no_end_shows_progress_and_is_cancelled(play, revision):
    page = play.open("forever", revision)
    play.run()
    expect(play.part("live")).to_contain_text("1: begun")
    page.get_by_role("button", name="Cancel").click()
    play.ends("Cancelled.")
    if revision == OLD:
        play.part("messages").click()
        expect(play.part("exchange")).to_contain_text("notifications/cancelled")


@pytest.mark.parametrize("revision", [NEW, OLD])
def test_questions_are_asked_and_answered(play, revision):
    page = play.open("seat", revision)
    play.run()
    card = page.get_by_role("region", name="A question")
    card.get_by_role("button", name="Answer").click()
    expect(card.locator("[data-at=row] .hub-error")).to_have_text("This is required.")
    card.get_by_label("row").fill("7")
    card.get_by_role("button", name="Answer").click()
    link = page.get_by_role("link", name="https://pay.example/1")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    page.get_by_role("button", name="I opened it").click()
    assert "7 aisle, accept" in play.ends("Done.")
    rounds = "Rounds\n3" if revision == NEW else "Rounds\n1"
    assert rounds in play.part("timing").inner_text()


@pytest.mark.parametrize("revision", [NEW, OLD])
def test_question_is_declined_or_left(play, revision):
    page = play.open("seat", revision)
    play.run()
    page.get_by_role("button", name="Decline").click()
    assert "no seat: decline" in play.ends("Done.")
    play.run()
    page.get_by_role("region", name="A question").wait_for()
    page.get_by_role("button", name="Cancel").click()
    play.ends("Cancelled.")
    expect(page.get_by_role("region", name="A question")).to_have_count(0)


@pytest.mark.parametrize("revision", [NEW, OLD])
def test_words_of_a_model_are_typed(play, revision):
    page = play.open("think", revision)
    play.run()
    page.get_by_label("The model's answer").fill("forty-two")
    page.get_by_role("button", name="Answer").click()
    assert "forty-two" in play.ends("Done.")


# --- jobs ----------------------------------------------------------------------------------------

CANCEL = """
from servers.jobs.ending import cancel
from servers.jobs.states import Reason
from servers.models import Job
cancel(Job.objects.latest("id").public_id, Reason.CLIENT)
"""
JOB = """
from servers.models import Job
job = Job.objects.latest("id")
print(job.public_id, job.state)
"""


def job_ends(play_hub, job: str, state: str) -> None:
    """Look at the newest job until it is that one, in that state."""
    for _ in range(MOST_LOOKS):
        found = play_hub.manage("shell", "-v", "0", "-c", JOB).split()
        if found == [job, state]:
            return
    raise AssertionError(f"{found}, not {state}")


def job_of(play) -> str:
    """The job that the page has run."""
    found = play.part("timing").locator("div", has_text="Job").locator("dd")
    return str(found.inner_text())


def test_job_that_only_a_task_can_hold_asks_and_ends_like_a_call(play, play_hub):
    page = play.open("brew")
    play.run()
    card = page.get_by_role("region", name="A question")
    card.get_by_label("row").fill("7")
    card.get_by_role("button", name="Answer").click()
    assert "brewed for 7" in play.ends("Done.")
    job = job_of(play)
    job_ends(play_hub, job, "completed")
    assert f"/admin/servers/job/?q={job}" in str(
        play.part("timing").get_by_role("link", name=job).get_attribute("href")
    )
    play.part("messages").click()
    for method in ("tools/call", "tasks/get", "tasks/update"):
        expect(play.part("exchange").locator("li", has_text=method).first).to_be_visible()
    assert play.heard == []


def test_question_of_a_job_is_declined(play):
    page = play.open("brew")
    play.run()
    page.get_by_role("button", name="Decline").click()
    assert "not brewed: decline" in play.ends("Done.")


def test_job_says_how_far_it_is_and_is_cancelled(play, play_hub):
    page = play.open("simmer")
    play.run()
    expect(play.part("live")).to_contain_text(": begun")
    expect(play.part("state")).to_have_text("Running as a job…")
    job = play.part("live").inner_text().removeprefix("Job ").partition(":")[0].strip()
    page.get_by_role("button", name="Cancel").click()
    play.ends("Cancelled.")
    job_ends(play_hub, job, "cancelled")
    play.open("dot")
    play.run()
    play.ends("Done.")


def test_job_that_somebody_else_cancels_says_so(play, play_hub):
    play.open("simmer")
    play.run()
    expect(play.part("live")).to_contain_text(": begun")
    play_hub.manage("shell", "-v", "0", "-c", CANCEL)
    play.ends("Cancelled by the client.")
    expect(play.page.get_by_role("link", name="The rules that decide this")).to_have_count(0)


def test_job_that_fails_says_how(play):
    page = play.open("burn")
    play.run()
    assert "Error 4001" in play.ends("Failed: burnt down")
    page.get_by_label("as_result").select_option(label="yes (true)")
    play.run()
    assert "burnt" in play.ends("It ran, and says that it failed.")


def test_job_is_followed_on_the_stream_where_no_task_is_wanted(play):
    page = play.open("stew")
    page.get_by_label("Hold jobs as tasks").uncheck()
    play.run()
    assert "stewed" in play.ends("Done.")
    expect(play.part("log").get_by_role("listitem")).to_have_count(1)
    play.open("brew")
    page.get_by_label("Hold jobs as tasks").uncheck()
    play.run()
    play.ends("Refused:")
    play.open("stew", OLD)
    expect(page.get_by_label("Hold jobs as tasks")).to_be_disabled()
    play.run()
    assert "stewed" in play.ends("Done.")


def test_resource_template_and_prompt_are_tried_too(play):
    page = play.open("note")
    play.run("Read")
    assert "a note" in play.ends("Done.")
    play.open("page")
    page.get_by_label("number").fill("a/b")
    page.get_by_label("rest").fill("x/y z")
    play.run("Read")
    assert "play://page/a%2Fb/x/y%20z" in play.ends("Done.")
    expect(page.get_by_role("cell", name="x/y z")).to_be_visible()
    play.open("travel", OLD)
    page.get_by_label("city").press_sequentially("Zu")
    expect(page.locator("datalist option")).to_have_count(2)
    page.get_by_label("city").fill("Zug")
    play.run("Fetch")
    assert "To Zug by bus." in play.ends("Done.")


def test_another_person_gets_what_that_person_gets_and_the_trail_has_both(play, play_hub):
    page = play.open("markup")
    page.get_by_label("As", exact=True).fill("bob")
    play.run()
    play.ends("Refused: Unknown tool")
    why = page.get_by_role("link", name="The rules that decide this")
    asked = "/admin/servers/accessrule/why/?user=bob&server=authored-play&kind=tool&name=markup"
    expect(why).to_have_attribute("href", asked)
    last_call(play_hub, "bob playground deny")
    play.open("dot")
    page.get_by_label("As", exact=True).fill("bob")
    play.run()
    play.ends("Done.")
    last_call(play_hub, "bob playground allow")
    page.get_by_label("As", exact=True).fill("nobody")
    play.run()
    play.ends("There is nobody of that name")


def test_token_with_fewer_scopes_is_refused_as_a_client_is(play):
    page = play.open("dot")
    for scope in ("Read read", "Write call", "Destroy call"):
        page.get_by_role("checkbox", name=scope).uncheck()
    play.run()
    play.ends("Refused:")
    assert "HTTP 403" in play.part("result").inner_text()


@pytest.mark.parametrize("revision", [NEW, OLD])
def test_copied_programs_do_what_the_page_did(play, play_hub, revision):
    page = play.open("dine", revision)
    fill_dinner(page)
    page.locator("summary", has_text="Copy as").click()
    environ = {**os.environ, "TOKEN": play_hub.token("authored-play")}
    command = page.get_by_role("tabpanel", name="curl").locator("pre").inner_text()
    command = command.removeprefix("export TOKEN=TOKEN\n")
    done = subprocess.run(
        ["sh", "-c", command], env=environ, capture_output=True, text=True, check=True
    )
    assert "Zoë" in done.stdout or "Zo\\u00eb" in done.stdout
    page.get_by_role("tab", name="Python").click()
    program = page.get_by_role("tabpanel", name="Python").locator("pre").inner_text()
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert "2026-01-02" in done.stdout
    page.get_by_role("tab", name="TypeScript").click()
    assert '"wine": "red"' in page.get_by_role("tabpanel", name="TypeScript").inner_text()


def test_keyboard_alone_is_enough(play):
    page = play.open("climb")
    page.get_by_role("tab", name="Form").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="JSON")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Call")).to_be_focused()
    page.keyboard.press("Enter")
    play.ends("Done.")


def test_nothing_is_wider_than_a_narrow_window(play):
    page = play.open("dine")
    page.set_viewport_size({"width": 360, "height": 800})
    fill_dinner(page)
    play.run()
    play.ends("Done.")
    for summary in page.locator("#playground > details > summary").all()[1:]:
        summary.click()
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
