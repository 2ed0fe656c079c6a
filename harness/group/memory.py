"""Memory: each contender alone, apart from all timing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import gpu, protocol
from harness.process import ChildError
from harness.types import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.group.setting import Setting
    from harness.types import Group, Job, Record

CALLS = 3


def run_memory(group: Group, jobs: tuple[Job, ...], setting: Setting) -> Iterator[Record]:
    """Yield one record for each contender: resident memory before load, after it, at its peak."""
    size = group.case.batch_size or 1
    for job in jobs:
        setting.heard(f"{group.case.model} · {job.contender.name} · memory at batch {size}")
        began = setting.begin()
        try:
            with setting.start(job, began) as child:
                opened = setting.open(child, group, job)
                peaked = child.ask(
                    protocol.Peak(batch_size=size, calls=CALLS),
                    protocol.Peaked,
                    setting.suite.timeout_seconds,
                )
                on_device = gpu.memory(child.process.pid)
        except ChildError as error:
            yield setting.failure(job, began, error)
            continue
        found = {
            "memory_before": opened.memory_before,
            "memory_loaded": opened.memory_loaded,
            "memory_peak": peaked.memory_peak,
            "memory_private": peaked.memory_private,
            "device_memory": on_device,
            **{f"device_{name}": held for name, held in peaked.device.items()},
        }
        yield setting.record(
            job,
            began,
            status="ok",
            actual=opened.actual,
            measurements=tuple(
                Measurement(name=name, unit="bytes", value=value)
                for name, value in found.items()
                if value is not None
            ),
        )
