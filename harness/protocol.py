"""What a parent and its child say to each other: one line of JSON a command, one a reply.

Images, outputs and weights never cross the pipe; their paths do.
"""

from __future__ import annotations

import ctypes
import errno
import os
import queue
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from harness import decode
from harness.errors import HarnessError, StorageError, UnavailableError, reason
from harness.types import Actual, Measurement, Status  # noqa: TC001 - msgspec reads annotations

if TYPE_CHECKING:
    from collections.abc import Callable


EXHAUSTED = ("out of memory", "allocate memory", "ALLOC_FAILED", "bad_alloc", "bfc_arena")
"""How engines say that memory has run out."""


FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
PR_SET_PDEATHSIG = 1


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A command or a reply; the tag is the class's name."""


class PrepareModel(Message, frozen=True, kw_only=True):
    """Fill a folder with a model in every format asked for, and its manifest."""

    files: list[str]
    model: str
    request: dict[str, object]
    formats: list[str]
    oracle: str
    folder: str


class PrepareImages(Message, frozen=True, kw_only=True):
    """Choose a subset and decode it by a geometry."""

    files: list[str]
    dataset: str
    split: str
    limit: int | None
    seed: int
    path: str | None
    geometry: dict[str, object]


class Prepared(Message, frozen=True, kw_only=True):
    """The folder that holds what was prepared, and the subset in plain data."""

    folder: str
    subset: dict[str, object] | None = None


class Open(Message, frozen=True, kw_only=True):
    """Load a model with a backend; always the first command of a measuring child."""

    files: list[str]
    backend: str
    folder: str
    options: dict[str, object]
    images: str | None


class Opened(Message, frozen=True, kw_only=True):
    """What the backend says it uses, what loading took, and resident memory in bytes."""

    actual: Actual
    load_ns: int
    memory_before: int
    memory_loaded: int
    thread_pools: list[dict[str, object]]
    """The BLAS and OpenMP libraries in the process, with their threads."""


class Answer(Message, frozen=True, kw_only=True):
    """Run some rows of the images and save the raw outputs as .npy."""

    rows: list[int]
    batch_size: int
    out: str


class Score(Message, frozen=True, kw_only=True):
    """Run all images: metrics, predictions as Parquet, raw outputs of `rows` as .npy."""

    metrics: list[str]
    rows: list[int]
    batch_size: int
    predictions: str
    out: str


class Scored(Message, frozen=True, kw_only=True):
    """The metrics' figures, and the images that could not be read with the reason."""

    measurements: list[Measurement]
    unreadable: dict[str, str]


class Warm(Message, frozen=True, kw_only=True):
    """Warm up on the shape that will be measured."""

    scenario: str
    batch_size: int
    seconds: float


class Warmed(Message, frozen=True, kw_only=True):
    """What the warm-up took, and whether its last windows agreed."""

    first_ns: int
    calls: int
    seconds: float
    settled: bool
    batches: int
    """How many batches of real images the calls rotate through."""
    alike: bool = True
    """Whether all calls are the same work; those on different image files are not."""


class Turn(Message, frozen=True, kw_only=True):
    """Measure until both bounds are reached, after a short re-warm."""

    seconds: float
    calls: int


class Turned(Message, frozen=True, kw_only=True):
    """What one turn took; its samples stay in the child until they are collected."""

    calls: int
    median_ns: float
    """Of the turn's calls."""
    wall_ns: int
    cpu_ns: int
    """CPU time of all threads in the turn."""
    rested: bool
    """Whether its threads went to sleep afterwards."""


class Collect(Message, frozen=True, kw_only=True):
    """Save the samples of all turns as .npz."""

    out: str


class Peak(Message, frozen=True, kw_only=True):
    """Run some batches and say how much memory that took at the most."""

    batch_size: int
    calls: int


class Peaked(Message, frozen=True, kw_only=True):
    """Bytes: the highest resident set, what is private now, what the engine says of its device."""

    memory_peak: int
    memory_private: int
    device: dict[str, int]


class Done(Message, frozen=True):
    """Nothing more to say."""


class Failure(Message, frozen=True, kw_only=True):
    """Why a command could not be carried out."""

    status: Status
    reason: str
    exit_code: int = 0
    """That of the `HarnessError` it was; 0 for anything else."""


Command = PrepareModel | PrepareImages | Open | Answer | Score | Warm | Turn | Collect | Peak
Reply = Prepared | Opened | Scored | Warmed | Turned | Peaked | Done | Failure

decode_command = msgspec.json.Decoder(Command).decode
decode_reply = msgspec.json.Decoder(Reply).decode


def serve(handle: Callable[[Command], Reply]) -> None:
    """Carry out commands from standard input until it ends; the child's main loop."""
    hear, say = connect()
    while line := hear():
        say(_reply(handle, line))


def connect() -> tuple[Callable[[], bytes], Callable[[object], None]]:
    """Return how a child hears a line from its parent, and how it says something in one.

    Whatever an engine prints goes to standard error, which is the log, and it reads nothing. A
    thread reads ahead, so that a child whose parent has died ends even when its engine hangs.
    """
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    commands: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests, commands), daemon=True).start()
    _die_with_parent()
    own = os.getpid()

    def say(noun: object) -> None:
        if os.getpid() != own:
            os._exit(0)  # a fork of the engine's that returned has nothing to say here
        replies.write(decode.encode(noun) + b"\n")

    return commands.get, say


def _read(requests: BinaryIO, commands: queue.SimpleQueue[bytes]) -> None:
    for line in requests:
        commands.put(line)
    os._exit(0)  # the main thread may hang in an engine


def _die_with_parent() -> None:
    """On Linux, be killed when the parent dies, even while an engine holds the interpreter."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _reply(handle: Callable[[Command], Reply], line: bytes) -> Reply:
    try:
        return handle(decode_command(line))
    except BaseException as error:  # noqa: BLE001 - an engine may raise anything; it becomes a row
        traceback.print_exc()
        code = error.exit_code if isinstance(error, HarnessError) else 0
        if isinstance(error, OSError) and error.errno in FULL:
            code = StorageError.exit_code
        return Failure(status=_status(error), reason=reason(error), exit_code=code)


def _status(error: BaseException) -> Status:
    if isinstance(error, UnavailableError):
        return "skipped"
    exhausted = isinstance(error, MemoryError) or any(each in reason(error) for each in EXHAUSTED)
    return "oom" if exhausted else "failed"
