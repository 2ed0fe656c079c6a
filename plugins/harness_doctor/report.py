"""What the doctor found, as text for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group
from rich.markup import escape
from rich.table import Table

from harness_doctor.judgement import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from harness_doctor.ceilings import Ceiling
    from harness_doctor.checks import Check
    from harness_doctor.noise import Noise

COLOURS = {"ok": "green", "beware": "yellow", "spoils": "red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that `harness doctor` says."""

    machine: str
    cpu: str
    cores: int
    matrix_product: Ceiling
    """FLOP/s."""
    memory: Ceiling
    """Bytes a second."""
    gpu: dict[str, Ceiling] | str | None
    """FLOP/s by precision, or why they could not be measured; None without a GPU or torch."""
    noise: Noise
    checks: list[Check]
    hidden: list[str]
    """What of the checks this machine does not show."""


def text(found: Findings) -> RenderableType:
    """Return the findings in three parts: ceilings, noise, checks."""
    return Group(
        escape(f"{found.machine}: {found.cpu}, {found.cores} cores"),
        _table("Ceilings", _ceilings(found)),
        _table("Noise now", _noise(found.noise)),
        _table("What spoils figures here", _checks(found)),
    )


def _table(title: str, rows: Iterable[tuple[str, str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2), pad_edge=True)
    for row in rows:
        table.add_row(*row)
    return Group(f"\n[bold]{title}[/]", table)


def _ceilings(found: Findings) -> Iterator[tuple[str, str, str]]:
    yield "matrix product", *_rate(found.matrix_product, "GFLOP/s")
    yield "memory", *_rate(found.memory, "GB/s")
    match found.gpu:
        case str(reason):
            yield "GPU", "not measured", escape(reason)
        case dict(products):
            for name, each in products.items():
                yield f"GPU {name}", *_rate(each, "GFLOP/s")


def _rate(ceiling: Ceiling, unit: str) -> tuple[str, str]:
    middle = ceiling.median / ceiling.best
    spread = f"the best of {ceiling.times}, the median {percent(middle)} of it"
    return f"{ceiling.best / 1e9:,.1f} {unit}", f"{spread}; {ceiling.how}"


def _noise(noise: Noise) -> Iterator[tuple[str, str, str]]:
    tail = "" if noise.p99 is None else f"p99 {noise.p99:.2f} times, "
    spread = f"IQR {percent(noise.iqr)}, {tail}at worst {noise.worst:.2f} times the median"
    how = f"{noise.repetitions:,} times on one core"
    yield "fixed work", f"{noise.work_ns / 1e6:.2f} ms", f"{noise.label}: {spread}; {how}"
    yield "clock", f"{noise.resolution_ns} ns", "its smallest step"
    yield (
        "a sleep of 20 ms",
        f"{noise.sleep_ns / 1e6:.1f} ms",
        f"the median; at worst {noise.sleep_worst_ns / 1e6:.1f} ms",
    )


def _checks(found: Findings) -> Iterator[tuple[str, str, str]]:
    for each in found.checks:
        verdict = f"[{COLOURS[each.verdict]}]{each.verdict}[/]"
        advice = f"\n[italic]{escape(each.do)}[/]" if each.do else ""
        yield verdict, each.what, f"{escape(each.found)}{advice}"
    for what in found.hidden:
        yield "", what, "not shown by this machine"
