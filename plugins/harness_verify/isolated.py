"""The parent's side of the child: one question, its answers one by one, how it ended."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from harness import decode, process
from harness.errors import HarnessError, StorageError
from harness.process import ChildError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.process import Child
    from harness_verify import questions
    from harness_verify.wish import Wish

AnswerT = TypeVar("AnswerT")
CHUNK = 65536


def ask(question: questions.Any, answer: type[AnswerT], wish: Wish) -> Iterator[AnswerT]:
    """Yield a child's answers; `ChildError` where it dies, or one of them takes too long.

    Raises `StorageError` where it cannot write what it has to.
    """
    with process.start("harness_verify.child", wish.scratch / "child.log", wish.threads) as child:
        if child.process.stdin is not None:
            with suppress(BrokenPipeError):  # dead already; what it leaves behind says why
                child.process.stdin.write(decode.encode(question) + b"\n")
                child.process.stdin.flush()
        for line in _lines(child, wish.timeout):
            if line == b"null":
                return
            if line.startswith(b'"'):
                raise StorageError(decode.json(line, str, "the child", error=HarnessError))
            yield decode.json(line, answer, "the child", error=HarnessError)


def _lines(child: Child, timeout: float) -> Iterator[bytes]:
    """Yield the lines that a child writes, for as long as it lives."""
    stdout = child.process.stdout
    if stdout is None:
        return
    rest = b""
    while True:
        readable, _, _ = select.select([stdout], [], [], timeout)
        if not readable:
            message = f"no answer within {timeout:g} s"
            raise ChildError(message, "timeout", ended=True)
        read = os.read(stdout.fileno(), CHUNK)
        if not read:
            raise child.death()
        *whole, rest = (rest + read).split(b"\n")
        yield from whole
