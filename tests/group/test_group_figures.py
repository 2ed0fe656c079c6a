from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.group import figures
from harness.protocol import Opened, Turned, Warmed
from harness.types import Actual

if TYPE_CHECKING:
    from pathlib import Path

    from harness.types import Measurement

OPENED = Opened(
    actual=Actual(device="cpu", provider="p", precision="fp32", threads=1),
    load_ns=7,
    memory_before=1,
    memory_loaded=2,
)
WARMED = Warmed(first_ns=9, calls=3, seconds=0.1, settled=True, batches=4)


def samples(*rounds: list[int], compute: tuple[int, ...] = ()) -> figures.Samples:
    return figures.Samples(
        latency=np.concatenate([np.asarray(each) for each in rounds]),
        compute=np.asarray(compute, np.int64),
        round=np.repeat(np.arange(len(rounds)), [len(each) for each in rounds]),
    )


def turns(*rounds: list[int], gap: int = 0) -> list[Turned]:
    return [
        Turned(calls=len(each), wall_ns=sum(each) + gap, cpu_ns=1, rested=True) for each in rounds
    ]


def found(*rounds: list[int], size: int = 1, gap: int = 0) -> dict[str, Measurement]:
    made = figures.of_speed(OPENED, WARMED, turns(*rounds, gap=gap), samples(*rounds), size)
    return {each.name: each for each in made}


def test_latency_is_the_median_of_the_rounds_medians() -> None:
    latency = found([10, 20, 30], [40, 50], [60])["latency"]
    assert (latency.value, latency.n, latency.unit) == (45, 6, "ns")


def test_slow_rounds_are_told_however_few_calls_they_hold() -> None:
    calm, torn = [5] * 100, [112] * 5
    latency = found(calm, torn, calm, torn, calm, torn, calm)["latency"]
    assert (latency.value, latency.label) == (5, "unusable")


def test_throughput_is_images_over_wall_time_not_over_the_calls_alone() -> None:
    throughput = found([100, 100], [100], size=8, gap=50)["throughput"]
    assert throughput.value == pytest.approx(8 * 3 / 400e-9)
    assert throughput.n == 2


def test_a_p90_needs_64_samples() -> None:
    few, enough = ({**found(list(range(1, count + 1)))}["latency_p90"] for count in (63, 64))
    assert few.value is None
    assert "64" in few.reason
    assert enough.value == pytest.approx(np.percentile(np.arange(1, 65), 90))


def test_slow_calls_are_kept_and_told_by_the_label() -> None:
    steady = found(*[[100] * 100] * 3)["latency"]
    torn = found(*[[100] * 50 + [200] * 50] * 3)["latency"]
    assert (steady.label, torn.label) == ("stable", "unusable")
    assert torn.n == 300


def test_compute_is_told_only_by_a_staged_session() -> None:
    assert "compute" not in found([10])
    rounds = [10, 20]
    made = figures.of_speed(OPENED, WARMED, turns(rounds), samples(rounds, compute=(3, 5)), 1)
    assert next(each for each in made if each.name == "compute").value == 4


def test_load_and_first_inference_stand_apart() -> None:
    made = found([10])
    assert (made["load_time"].value, made["first_inference"].value) == (7, 9)


def test_details_tell_each_round(tmp_path: Path) -> None:
    path = tmp_path / "samples.npz"
    kept = samples([10, 20, 30], [40])
    np.savez(path, latency=kept.latency, compute=kept.compute, round=kept.round)
    read = figures.Samples.read(path)
    told = figures.details(WARMED, turns([10, 20, 30], [40]), read)
    assert told["round_medians"] == [20, 40]
    assert told["round_calls"] == [3, 1]
    assert told["feed_batches"] == 4
    assert told["warmup"] == {"calls": 3, "seconds": 0.1, "settled": True}
