"""lines.py: lines of bytes in and out of descriptors."""

import asyncio
import contextlib
import os
import threading

import pytest

from servers.transports.lines import LinesIn, LinesOut, Splitter


@pytest.fixture
def pipe():
    """Both ends of a pipe: to read from, to write to."""
    ends = os.pipe()
    yield ends
    close(ends[1])
    for thread in threading.enumerate():
        if thread.name == "lines-in":
            thread.join(20)  # it would read from whatever gets the descriptor's number next
    close(ends[0])


def close(end):
    """Close one end, unless the test did."""
    with contextlib.suppress(OSError):
        os.close(end)


def split(*pieces, longest=8):
    splitter = Splitter(longest)
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    return [None if line.too_long else line.body for line in (*lines, *splitter.end())]


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([], []),
        ([b"one\ntwo\n"], [b"one", b"two"]),
        ([b"o", b"n", b"e\nt", b"wo"], [b"one", b"two"]),
        ([b"\n\n"], [b"", b""]),
        ([b"12345678\n"], [b"12345678"]),
        ([b"1234", b"5678", b"\n"], [b"12345678"]),
        ([b"123456789\nnext\n"], [None, b"next"]),
        ([b"1234", b"5678", b"9", b"0" * 99, b"1\nnext\n"], [None, b"next"]),
        ([b"123456789"], [None]),
    ],
)
def test_bytes_are_lines_however_they_come(pieces, lines):
    assert split(*pieces) == lines


def test_line_that_is_too_long_is_not_held():
    splitter = Splitter(1024)
    for _ in range(10_000):
        assert splitter.feed(b"x" * 1024) == []
    assert len(splitter._held) <= 1024


async def test_lines_are_read_to_the_end(pipe):
    os.write(pipe[1], b"one\n\ntwo\nrest")
    os.close(pipe[1])
    assert [line.body async for line in LinesIn(pipe[0])] == [b"one", b"", b"two", b"rest"]


async def test_descriptor_that_gives_nothing_is_at_its_end(pipe):
    os.close(pipe[0])
    assert [line async for line in LinesIn(pipe[0])] == []


async def test_file_is_read_like_a_pipe(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"".join(b"%d\n" % number for number in range(10_000)))
    with path.open("rb") as file:
        lines = [int(line.body) async for line in LinesIn(file.fileno())]
    assert lines == list(range(10_000))


async def test_lines_that_nobody_takes_wait_outside(pipe):
    lines = LinesIn(pipe[0])
    reading = aiter(lines)
    os.write(pipe[1], b"x\n" * 1000)
    assert (await anext(reading)).body == b"x"
    assert lines._read.qsize() <= 9
    os.close(pipe[1])
    assert len([line async for line in reading]) == 999


async def test_lines_are_written_whole_and_in_order(pipe):
    out = LinesOut(pipe[1])
    await asyncio.gather(*(out.send(b"%d" % number) for number in range(100)))
    assert os.read(pipe[0], 4096).split() == [b"%d" % number for number in range(100)]


async def test_long_line_waits_for_who_reads_it(pipe):
    out, line = LinesOut(pipe[1]), b"x" * 1_000_000
    sending = asyncio.gather(out.send(line), out.send(b"next"))
    read = LinesIn(pipe[0])
    lines = aiter(read)
    assert (await anext(lines)).body == line and (await anext(lines)).body == b"next"
    await sending


async def test_line_that_is_not_wanted_when_its_turn_comes_is_dropped(pipe):
    out, unwanted = LinesOut(pipe[1]), []
    long = asyncio.create_task(out.send(b"x" * 1_000_000))
    dropped = asyncio.create_task(out.send(b"dropped", lambda: bool(unwanted)))
    await asyncio.sleep(0)
    unwanted.append(True)
    await out_of(pipe[0], 1_000_001)
    await asyncio.gather(long, dropped)
    await out.send(b"next")
    assert os.read(pipe[0], 4096) == b"next\n"


async def out_of(descriptor, number):
    """Read so many bytes."""
    while number:
        number -= len(await asyncio.to_thread(os.read, descriptor, number))


async def test_nobody_who_reads_is_noticed_and_nobody_waits_for_ever(pipe):
    out = LinesOut(pipe[1])
    os.close(pipe[0])
    await out.send(b"one")
    await out.broken.wait()
    await out.send(b"two")


async def test_line_whose_sender_is_gone_is_whole(pipe):
    out = LinesOut(pipe[1])
    sending = asyncio.create_task(out.send(b"x" * 1_000_000))
    await asyncio.sleep(0)
    sending.cancel()
    await out_of(pipe[0], 1_000_001)
    await out.send(b"next")
    assert os.read(pipe[0], 4096) == b"next\n"
