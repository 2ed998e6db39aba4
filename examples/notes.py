"""A notebook in memory: failures told to the model, progress, a secret and a destructive tool."""

from mcphub import Context, Secret, ToolError, tool

NOTES: dict[str, str] = {}


@tool(read_only=True)
def list_notes() -> list[str]:
    """List the titles of all notes."""
    return sorted(NOTES)


@tool(destructive=False, idempotent=True)
def write_note(title: str, text: str) -> str:
    """Write a note, in place of an older one with the same title."""
    NOTES[title] = text
    return f"Saved {title!r}."


@tool(destructive=True)
def delete_note(title: str) -> str:
    """Delete a note for good."""
    if NOTES.pop(title, None) is None:
        raise ToolError(f"There is no note {title!r}.")
    return f"Deleted {title!r}."


@tool(read_only=True)
async def search_notes(word: str, ctx: Context) -> dict[str, int]:
    """Count how often a word stands in each note."""
    found = {}
    for done, (title, text) in enumerate(NOTES.items(), start=1):
        found[title] = text.lower().count(word.lower())
        await ctx.progress(done, total=len(NOTES), message=title)
    return {title: count for title, count in found.items() if count}


@tool(destructive=False)
def import_notes(address: str, api_key: Secret, ctx: Context) -> str:
    """Pretend to fetch notes from another notebook.

    Args:
        address: where the other notebook lives
        api_key: its key; shown as *** wherever it is printed
    """
    ctx.info(f"asking {address} with key {api_key}")  # logs ***
    if len(api_key.reveal()) < 8:
        raise ToolError("That key is too short.")
    return f"{address} has no new notes."
