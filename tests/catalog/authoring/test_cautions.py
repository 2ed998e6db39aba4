"""A tool that asks and then acts warns when it is declared, unless it may be run again."""

import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from catalog.authoring import AuthoringWarning, Context, prompt, tool


async def books(ctx: Context) -> str:
    answer = await ctx.elicit("Go on?")
    return answer.action


async def opens(ctx: Context) -> str:
    return (await ctx.elicit_url("Pay", "https://pay.example/")).action


async def samples(ctx: Context) -> str:
    return (await ctx.sample("Well?")).text


async def lists(context: Context) -> str:
    return str(await context.roots())


def waits(ctx: Context) -> str:
    return ctx.elicit_sync("Go on?").action


async def deep(ctx: Context) -> str:
    async def inner() -> str:
        return (await ctx.sample("Well?")).text

    return await inner()


async def passes(ctx: Context) -> str:
    return (await (lambda other: other.elicit("Go on?"))(ctx)).action


async def keeps(ctx: Context) -> str:
    await ctx.elicit("Go on?")
    return str(await ctx.once("pay", lambda: 1))


async def keeps_inside(ctx: Context) -> str:
    async def pay() -> None:
        await ctx.once("pay", lambda: 1)

    await ctx.elicit("Go on?")
    await pay()
    return ""


async def draws(ctx: Context) -> str:
    return str(random.sample([1, 2], 1))


async def quiet(ctx: Context) -> str:
    return str(ctx.client.can("elicitation"))


def no_context(elicit: str) -> str:
    return elicit.upper()


ASKING = [books, opens, samples, lists, waits, deep, passes]


@pytest.mark.parametrize("function", ASKING)
def test_tool_that_asks_and_may_not_be_run_twice_warns(function: Callable[..., Any]) -> None:
    with pytest.warns(AuthoringWarning) as caught:
        tool(copied(function))
    (warning,) = caught
    assert str(warning.message) == (
        f"{function.__name__} asks the client, and is run again with the answer: "
        "put what must happen once into ctx.once, or say read_only=True or idempotent=True"
    )
    assert (warning.filename, warning.lineno) == (__file__, function.__code__.co_firstlineno)


def test_tool_that_runs_as_a_job_warns_too() -> None:
    with pytest.warns(AuthoringWarning, match="is run again with the answer"):
        tool(job=True)(books)


@pytest.mark.parametrize("function", [keeps, keeps_inside, draws, quiet, no_context])
def test_other_tools_do_not(function: Callable[..., Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tool(copied(function))


@pytest.mark.parametrize("function", ASKING)
@pytest.mark.parametrize("hint", ["read_only", "idempotent"])
def test_tool_that_may_be_run_again_does_not(function: Callable[..., Any], hint: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tool(**{hint: True})(copied(function))


def test_prompt_does_not() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prompt(copied(books))


def copied(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function anew: each can be declared once."""
    made = type(function)(function.__code__, function.__globals__, function.__name__)
    made.__annotations__ = function.__annotations__
    made.__module__ = function.__module__
    return made
