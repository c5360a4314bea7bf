from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentbench.sandbox.channel import Channel, ChannelClosedError, ChannelTimeoutError, FrameReader


def frame(stream: int, data: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(data)) + data


@given(
    pieces=st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=200)), max_size=20),
    sizes=st.lists(st.integers(1, 50), min_size=1),
)
def test_frames_survive_any_split(pieces: list[tuple[int, bytes]], sizes: list[int]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire = b"".join(frame(*piece) for piece in pieces)
        position = 0
        for size in sizes * (len(wire) // sum(sizes) + 1):
            theirs.sendall(wire[position : position + size])
            position += size
        theirs.close()
        reader = FrameReader(ours)
        deadline = time.monotonic() + 10
        assert [reader.next(deadline) for _ in pieces] == pieces
        with pytest.raises(ChannelClosedError):
            reader.next(deadline)


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    channel = Channel(ours, ours.close)
    yield channel, theirs
    channel.close()
    theirs.close()


def answer(theirs: socket.socket, *parts: bytes) -> threading.Thread:
    def work() -> None:
        theirs.recv(1 << 16)
        for part in parts:
            theirs.sendall(part)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_reply_in_several_frames_is_one(ends: tuple[Channel, socket.socket]) -> None:
    channel, theirs = ends
    line = json.dumps({"id": 1, "text": "x" * 1000}).encode() + b"\n"
    thread = answer(theirs, frame(1, line[:10]), frame(2, b"a warning"), frame(1, line[10:]))
    assert channel.request({"op": "x"}, 10)["text"] == "x" * 1000
    assert channel.stderr == "a warning"
    thread.join()


def test_a_reply_to_another_request_breaks_the_channel(ends: tuple[Channel, socket.socket]) -> None:
    channel, theirs = ends
    thread = answer(theirs, frame(1, b'{"id": 99}\n'))
    with pytest.raises(ChannelClosedError):
        channel.request({"op": "x"}, 10)
    thread.join()


def test_silence_ends_at_the_deadline(ends: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(ChannelTimeoutError):
        ends[0].request({"op": "x"}, 0.05)


def test_close_from_another_thread_ends_a_wait_and_may_be_repeated(ends: tuple[Channel, socket.socket]) -> None:
    channel, theirs = ends
    closer = threading.Thread(target=lambda: (theirs.recv(1 << 16), channel.close()))
    closer.start()
    with pytest.raises(ChannelClosedError):
        channel.request({"op": "x"}, 60)
    closer.join()
    channel.close()
    with pytest.raises(ChannelClosedError):
        channel.request({"op": "x"}, 60)
