"""Runs a program of the pages as it stands, with the model left out: `with_agents.py FILE`.

Prints one JSON object: the tools that an agent would be offered, and what OpenAI would be told.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import agents
import openai
from openai.types.responses import tool_param

seen: dict[str, Any] = {"offered": [], "told": []}


async def run(agent: agents.Agent, _question: str) -> SimpleNamespace:
    """Stand in for the model: list the tools instead of asking it."""
    for server in agent.mcp_servers:
        seen["offered"] += [tool.name for tool in await server.list_tools()]
    return SimpleNamespace(final_output="")


def create(*, model: str, tools: list[dict[str, Any]], input: str) -> SimpleNamespace:
    """Stand in for the API."""
    assert model and input
    seen["told"] += tools
    return SimpleNamespace(output_text="")


def main() -> None:
    """Run the program, and print what was seen."""
    agents.Runner.run = run
    openai.OpenAI = lambda: SimpleNamespace(responses=SimpleNamespace(create=create))
    variables: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(Path(sys.argv[1]).read_text(), sys.argv[1], "exec"), variables)
    if (agent := variables.get("agent")) is not None:
        seen["told"] += [tool.tool_config for tool in agent.tools]
    known = set(tool_param.Mcp.__annotations__)
    seen["unknown"] = [key for tool in seen["told"] for key in tool if key not in known]
    sys.stdout.write(f"\n{json.dumps(seen)}\n")


main()
