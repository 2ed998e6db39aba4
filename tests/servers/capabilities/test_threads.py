"""threads.py: bounded, and no thread lost to a function that does not end."""

import asyncio
import threading

import pytest

from servers.capabilities.functions.threads import Threads, left_behind


class Gate:
    """Work that ends when it is let go."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.open.wait(20)
        return threading.current_thread().name


async def begun(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.begun.wait, 20)


async def leave(threads: Threads, gate: Gate) -> None:
    """Have work begun, and go away."""
    task = asyncio.create_task(threads.run(gate))
    await begun(gate)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def until_none_is_left(threads: Threads) -> None:
    while threads.left():
        await asyncio.sleep(0)


async def test_what_work_gives_and_raises_comes_back():
    threads = Threads(1)
    assert await threads.run(lambda: 5) == 5
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 / 0)
    assert threads.left() == 0


async def test_no_more_work_runs_at_once_than_there_are_threads():
    threads, gates = Threads(2), [Gate(), Gate(), Gate()]
    tasks = [asyncio.create_task(threads.run(gate)) for gate in gates]
    await begun(gates[0])
    await begun(gates[1])
    assert not gates[2].begun.is_set()
    gates[0].open.set()
    await begun(gates[2])
    for gate in gates:
        gate.open.set()
    assert await asyncio.gather(*tasks) == ["tool"] * 3


async def test_another_thread_stands_in_for_one_that_nobody_waits_for():
    threads, stuck = Threads(1), Gate()
    await leave(threads, stuck)
    assert threads.left() == 1 and left_behind()
    assert await threads.run(lambda: "quick") == "quick"
    stuck.open.set()
    await until_none_is_left(threads)
    assert not left_behind()
    assert await threads.run(lambda: "again") == "again"


async def test_no_more_threads_stand_in_than_there_are():
    threads, gates, last = Threads(1), [Gate(), Gate()], Gate()
    for gate in gates:
        await leave(threads, gate)
    waiting = asyncio.create_task(threads.run(last))
    await asyncio.sleep(0)
    assert not last.begun.is_set()
    gates[0].open.set()
    await begun(last)
    last.open.set()
    gates[1].open.set()
    assert await waiting == "tool"
    await until_none_is_left(threads)


async def test_work_that_nobody_waits_for_any_more_does_not_begin():
    threads, first, second = Threads(1), Gate(), Gate()
    busy = asyncio.create_task(threads.run(first))
    await begun(first)
    waiting = asyncio.create_task(threads.run(second))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    first.open.set()
    await busy
    assert await threads.run(lambda: 1) == 1
    assert not second.begun.is_set() and threads.left() == 0
