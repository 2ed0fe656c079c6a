"""The parent's side of a child: start it, ask it one thing at a time, tell how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from harness import decode, environment
from harness.errors import StorageError
from harness.protocol import Command, Failure, Message, decode_reply

if TYPE_CHECKING:
    from types import TracebackType

    from harness.types import Status

ReplyT = TypeVar("ReplyT", bound=Message)

FOREIGN = (
    "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "ONEDNN_", "DNNL_", "ATEN_",
    "NVIDIA_TF32", "TORCH_ALLOW_TF32", "CUDA_LAUNCH",
)  # fmt: skip
"""Beginnings of variables of the shell that change figures; a child does not inherit them."""
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class ChildError(Exception):
    """How a child ended or refused: a record's status and its reason.

    `ended` says that it is no more, while one that refused can be asked something else.
    """

    def __init__(
        self, reason: str, status: Status = "failed", exit_code: int = 0, *, ended: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.exit_code = exit_code
        self.ended = ended


@dataclass(slots=True)
class Child:
    """A process of its own for one model; while it works the parent sleeps."""

    process: subprocess.Popen[bytes]
    log: Path
    oom_kills: int

    def __enter__(self) -> Self:
        """Return the child itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child."""
        self.close()

    def ask(self, command: Command, reply: type[ReplyT], timeout: float | None) -> ReplyT:
        """Send a command and return its reply; `ChildError` when it fails, dies or takes too long.

        `timeout` is in seconds; None waits as long as it takes.
        """
        expired = threading.Event()
        watch = threading.Timer(timeout or threading.TIMEOUT_MAX, self._expire, (expired,))
        watch.daemon = True
        watch.start()
        try:
            line = self._exchange(decode.encode(command) + b"\n")
        finally:
            watch.cancel()
        if expired.is_set():
            message = f"no answer within {timeout:g} s"
            raise ChildError(message, "timeout", ended=True)
        if not line.endswith(b"\n"):
            raise self.death()
        try:
            answer = decode_reply(line)
        except msgspec.DecodeError as reason:
            message = f"unintelligible reply: {reason}"
            raise ChildError(message) from reason
        if isinstance(answer, Failure) and answer.exit_code == StorageError.exit_code:
            message = f"{answer.reason}; free space: what was measured before is kept"
            raise StorageError(message)
        if isinstance(answer, Failure):
            raise ChildError(answer.reason, answer.status, answer.exit_code)
        if not isinstance(answer, reply):
            message = f"replied {type(answer).__name__} to {type(command).__name__}"
            raise ChildError(message)
        return answer

    def death(self) -> ChildError:
        """Return how a child ended that says nothing more."""
        code = self.process.wait()
        self._kill()
        if code == -signal.SIGKILL and environment.oom_kills() > self.oom_kills:
            return ChildError("the system killed the process: out of memory", "oom", ended=True)
        if code < 0:
            name = signal.Signals(-code).name
            return ChildError(f"the process died of {name}", "killed", ended=True)
        message = f"the process ended with exit code {code}{self._last_words()}"
        return ChildError(message, ended=True)

    def close(self) -> None:
        """End the child and whatever it started; it holds nothing that has to be saved."""
        streams = [each for each in (self.process.stdin, self.process.stdout) if each is not None]
        if all(stream.closed for stream in streams):
            return  # done before: its number may be another's by now
        self._kill()
        for stream in streams:
            with suppress(BrokenPipeError):  # a question that it died before reading
                stream.close()
        self.process.wait()

    def _exchange(self, line: bytes) -> bytes:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            return b""
        try:
            stdin.write(line)
            stdin.flush()
        except BrokenPipeError:
            return b""
        return stdout.readline()

    def _expire(self, expired: threading.Event) -> None:
        expired.set()
        self._kill()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")


def start(module: str, log: Path, threads: int) -> Child:
    """Start `python -m module` with so many threads for every numeric library."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    variables |= dict.fromkeys(THREAD_VARIABLES, str(threads))
    variables["PYTHONPATH"] = os.pathsep.join(each for each in sys.path if each)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stderr:
            process = subprocess.Popen(  # noqa: S603 - this very interpreter
                # -P: the folder that a benchmark was started from must not change what it imports
                [sys.executable, "-P", "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=variables,
                start_new_session=True,
            )
    except OSError as reason:
        message = f"cannot write {log}: {reason.strerror}; free space or choose another --out"
        raise StorageError(message) from reason
    with suppress(OSError):  # short of memory, the system ends the child, not the run
        Path(f"/proc/{process.pid}/oom_score_adj").write_text("1000", encoding="ascii")
    return Child(process=process, log=log, oom_kills=environment.oom_kills())
