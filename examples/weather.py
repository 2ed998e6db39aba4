"""Weather from a small built-in table: nested types, resources and a prompt."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from mcphub import ToolError, prompt, resource, tool


@dataclass
class Wind:
    speed: float
    direction: Literal["N", "E", "S", "W"]


@dataclass
class Weather:
    city: str
    celsius: float
    wind: Wind


TABLE = {
    "Bern": Weather("Bern", 14.5, Wind(2.1, "W")),
    "Lima": Weather("Lima", 19.0, Wind(4.0, "S")),
    "Oslo": Weather("Oslo", 6.5, Wind(7.3, "N")),
}


@tool(title="Current weather", read_only=True)
def current_weather(city: str) -> Weather:
    """Tell the weather in one city.

    Args:
        city: its English name, such as "Oslo"
    """
    if city not in TABLE:
        raise ToolError(f"Unknown city. Known: {', '.join(TABLE)}")
    return TABLE[city]


@tool(read_only=True)
def warmest(limit: Annotated[int, Field(ge=1, le=10)] = 3) -> list[Weather]:
    """List the warmest cities, warmest first."""
    return sorted(TABLE.values(), key=lambda one: -one.celsius)[:limit]


@resource("weather://cities")
def cities() -> list[str]:
    """All cities with weather."""
    return list(TABLE)


@resource("weather://forecast/{city}/{days}", mime_type="text/plain")
def forecast(city: str, days: Annotated[int, Field(ge=1, le=7)]) -> str:
    """The coming days in one city, a line a day."""
    today = current_weather(city)
    return "\n".join(f"Day {day}: {today.celsius + day / 2} °C" for day in range(1, days + 1))


@prompt(title="What to wear")
def what_to_wear(city: str, occasion: str = "a walk") -> str:
    """Ask for clothes that suit the weather."""
    return f"Look up the weather in {city}. What should I wear for {occasion}?"
