"""A run killed again and again ends as one left alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from harness import store
from harness.table import table

if TYPE_CHECKING:
    from harness.types import Record

ROOT = Path(__file__).parent.parent
KILLS = 20
SUITE = f"""
name = "killed"
models = ["tiny:net"]
backends = ["numpy", "onnxruntime", "null", "crash"]
data = "tiny"
plugins = ["{ROOT}/tests/tiny.py"]
threads = 1
[speed]
batch_sizes = [1, 4]
rounds = 3
round_seconds = 0.05
warmup_seconds = 0.1
"""


def start(suite: Path, out: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "harness", "run", str(suite), "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def shown(records: list[Record]) -> list[tuple[str, ...]]:
    """Return what of a table does not depend on the clock."""
    columns = ("model", "backend", "top1", "top5", "n", "difference", "agreement", "status")
    return [tuple(row.cells[name].text for name in columns) for row in table(records).rows]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_random_moments_it_ends_with_the_same_table(tmp_path: Path) -> None:
    suite = tmp_path / "killed.toml"
    suite.write_text(SUITE)
    assert start(suite, tmp_path / "alone").wait() == 8  # one contender crashes
    alone = store.select(tmp_path / "alone" / "runs", "latest")
    moments = random.Random(0)  # noqa: S311 - moments, not secrets
    orphans = []
    for _ in range(KILLS):
        running = start(suite, tmp_path / "killed")
        time.sleep(moments.uniform(0.3, 5))
        children = psutil.Process(running.pid).children() if running.poll() is None else []
        running.send_signal(signal.SIGKILL)
        running.wait()
        _, alive = psutil.wait_procs(children, timeout=10)
        orphans += alive
    assert orphans == []
    assert start(suite, tmp_path / "killed").wait() == 8
    killed = store.select(tmp_path / "killed" / "runs", "latest")
    assert shown(killed) == shown(alone)
    times = Counter(record.job.key for record in killed if record.job.kind != "speed")
    assert set(times.values()) == {1}
    executions: dict[str, Counter[str]] = {}
    for record in killed:
        if record.job.kind == "speed":
            where = f"{record.job.case.batch_size}"
            executions.setdefault(where, Counter())[record.group_run_id] += 1
    for groups in executions.values():
        whole = [count for count in groups.values() if count == max(groups.values())]
        assert len(whole) == 1
    assert start(suite, tmp_path / "killed").wait() == 8
    assert store.select(tmp_path / "killed" / "runs", "latest") == killed
