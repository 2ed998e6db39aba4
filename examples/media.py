"""Pictures, sounds and files as results."""

import csv
import io
import math
import struct
import wave
from typing import Annotated, Literal

from pydantic import Field

from mcphub import Audio, File, Image, tool


@tool(read_only=True)
def tone(hertz: Annotated[int, Field(ge=50, le=4000)] = 440) -> Audio:
    """Play one second of a pure tone."""
    rate = 16_000
    wave_form = (math.sin(2 * math.pi * hertz * at / rate) for at in range(rate))
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setparams((1, 2, rate, rate, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", int(12_000 * one)) for one in wave_form))
    return Audio(sound.getvalue())


@tool(read_only=True)
def disc(colour: Literal["teal", "gold", "tomato"] = "teal") -> list[Image | str]:
    """Draw a disc, with a line about it."""
    circle = f'<circle r="40" cx="50" cy="50" fill="{colour}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{circle}</svg>'
    return [Image(svg.encode(), "svg"), f"A {colour} disc."]


@tool(read_only=True)
def squares(count: Annotated[int, Field(ge=1, le=1000)]) -> File:
    """Write the first squares into a table."""
    table = io.StringIO()
    csv.writer(table).writerows([("n", "square"), *((n, n * n) for n in range(1, count + 1))])
    return File(table.getvalue().encode(), "squares.csv")
