"""How much of a core do the parent and the idle contenders use while another is measured?

Runs the quickstart's speed groups and reads, around every turn, the CPU time of all processes.
Run it with `make benchmark NAME=idle`; the last line is JSON, in shares of one core.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from rich.console import Console
from rich.table import Table

from harness import progress, protocol, run, suite
from harness.discovery import discover
from harness.process import Child

if TYPE_CHECKING:
    from harness.process import ReplyT
    from harness.protocol import Command


def main() -> None:
    """Measure and print."""
    catalogs = discover()
    chosen = suite.read(suite.find("quickstart", catalogs.suites))
    chosen = replace(chosen, speed=replace(chosen.speed, batch_sizes=(1, 64)))
    spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    children: dict[int, str] = {}
    ask = Child.ask

    def watched(
        child: Child, command: Command, reply: type[ReplyT], timeout: float | None
    ) -> ReplyT:
        if isinstance(command, protocol.Open):
            children[child.process.pid] = command.backend
        if not isinstance(command, protocol.Turn):
            return ask(child, command, reply, timeout)
        idle = {pid: name for pid, name in children.items() if psutil.pid_exists(pid)}
        idle.pop(child.process.pid, None)  # none: the yardstick
        idle[os.getpid()] = "parent"
        before, begin = {pid: cpu_seconds(pid) for pid in idle}, time.perf_counter()
        answer = ask(child, command, reply, timeout)
        wall = time.perf_counter() - begin
        for pid, name in idle.items():
            spent[name][0] += cpu_seconds(pid) - before[pid]
            spent[name][1] += wall
        return answer

    Child.ask = watched  # type: ignore[method-assign, assignment]
    with tempfile.TemporaryDirectory() as folder:
        lines = progress.Lines(Console(file=sys.stderr))
        run.run(chosen, Path(folder), catalogs, lines)
    table = Table("process", "watched, s", "CPU, s", "of a core", title="Idle while another works")
    for name, (cpu, wall) in spent.items():
        table.add_row(name, f"{wall:.1f}", f"{cpu:.2f}", f"{cpu / wall:.2%}")
    Console().print(table)
    shares = {name: round(cpu / wall, 5) for name, (cpu, wall) in spent.items()}
    sys.stdout.write(json.dumps(shares) + "\n")


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that a process has used, of all its threads."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()
