from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from harness.group import figures
from harness.group.contestant import Contestant
from harness.group.yardstick import Yardstick
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
    thread_pools=[{"library": "openblas", "threads": 1}],
)
WARMED = Warmed(first_ns=9, calls=3, seconds=0.1, settled=True, batches=4)


def samples(*rounds: list[int], compute: tuple[int, ...] = ()) -> figures.Samples:
    return figures.Samples(
        latency=np.concatenate([np.asarray(each) for each in rounds]),
        compute=np.asarray(compute, np.int64),
        round=np.repeat(np.arange(len(rounds)), [len(each) for each in rounds]),
    )


def shown(*rounds: list[int], gap: int = 0, processes: tuple[int, ...] = ()) -> Contestant:
    turns = [
        Turned(
            calls=len(each),
            median_ns=float(np.median(each)),
            wall_ns=sum(each) + gap,
            cpu_ns=1,
            rested=True,
        )
        for each in rounds
    ]
    job: Any = None
    return Contestant(
        job=job,
        opened=[OPENED],
        warmed=[WARMED],
        turns=turns,
        processes=list(processes or [1] * len(rounds)),
    )


def yardstick(*rates: float, reason: str = "") -> Yardstick:
    nobody: Any = None
    return Yardstick(child=nobody, threads=1, rates=list(rates), reason=reason)


def found(*rounds: list[int], size: int = 1, gap: int = 0) -> dict[str, Measurement]:
    made = figures.of_speed(shown(*rounds, gap=gap), samples(*rounds), size)
    return {each.name: each for each in made}


def test_latency_is_the_median_of_the_rounds_medians() -> None:
    latency = found([10, 20, 30], [40, 50], [60])["latency"]
    assert (latency.value, latency.n, latency.unit) == (45, 6, "ns")


def test_a_process_is_one_observation_however_many_rounds_it_has() -> None:
    rounds = [[value] for value in (10, 10, 20, 20, 40, 40)]
    made = figures.of_speed(shown(*rounds, processes=(1, 1, 2, 2, 3, 3)), samples(*rounds), 1)
    latency, throughput = (
        next(each for each in made if each.name == name) for name in ("latency", "throughput")
    )
    assert latency.value == pytest.approx(20)
    assert (latency.low, latency.high) == (None, None)  # three processes have no interval
    rates = [1 / (value * 1e-9) for value in (10, 20, 40)]
    assert (throughput.low or 0) < min(rates) < max(rates) < (throughput.high or 0)
    six = figures.of_speed(shown(*rounds, processes=(1, 2, 3, 4, 5, 6)), samples(*rounds), 1)
    latency = next(each for each in six if each.name == "latency")
    assert (latency.low, latency.high) == pytest.approx((10, 40))


def test_loading_is_the_median_of_the_processes() -> None:
    several = shown([10])
    several.opened = [msgspec.structs.replace(OPENED, load_ns=each) for each in (5, 9, 100)]
    made = {each.name: each for each in figures.of_speed(several, samples([10]), 1)}
    assert (made["load_time"].value, made["load_time"].n) == (9, 3)


def test_slow_rounds_are_told_however_few_calls_they_hold() -> None:
    calm, torn = [5] * 100, [112] * 5
    latency = found(calm, torn, calm, torn, calm, torn, calm)["latency"]
    assert (latency.value, latency.label) == (5, "unusable")


def test_throughput_is_images_over_wall_time_not_over_the_calls_alone() -> None:
    throughput = found([100, 100], [100], size=8, gap=50)["throughput"]
    assert throughput.value == pytest.approx(8 * 3 / 400e-9)
    assert throughput.n == 2


@pytest.mark.parametrize(("q", "support"), [(90, 64), (99, 662)])
def test_a_percentile_needs_its_samples(q: int, support: int) -> None:
    calls = list(range(1, support + 1))
    few, enough = (found(calls[:count])[f"latency_p{q}"] for count in (support - 1, support))
    assert few.value is None
    assert few.reason == f"needs {support} samples"
    assert enough.value == pytest.approx(np.percentile(calls, q))


def test_a_stall_in_every_hundredth_call_is_in_p99_and_not_in_the_median() -> None:
    stalling = found(*[[100] * 99 + [5_000]] * 10)
    steady = found(*[[100] * 100] * 10)
    assert stalling["latency"].value == steady["latency"].value == 100
    assert steady["latency_p99"].value == 100
    assert (stalling["latency_p99"].value or 0) > 100


def test_the_share_of_peak_is_formed_round_by_round() -> None:
    timed = shown([1_000] * 4, [2_000] * 4)  # the machine is half as fast in the second round
    share = figures.peak_share(timed, 8, 500, yardstick(8e12, 4e12))
    assert share.value == pytest.approx(100 * (2 * 500 * 8 / 1e-6) / 8e12)
    assert (share.low, share.high) == pytest.approx((share.value, share.value))
    assert (share.unit, share.n, share.label) == ("%", 2, "unusable")  # two rounds tell nothing
    torn = figures.peak_share(shown(*[[1_000]] * 4), 8, 500, yardstick(8e12, 4e12, 8e12, 4e12))
    even = figures.peak_share(shown(*[[1_000]] * 4), 8, 500, yardstick(*[8e12] * 4))
    assert (torn.label, even.label) == ("unusable", "stable")


def test_without_macs_or_yardstick_the_share_says_why() -> None:
    timed = shown([10])
    unknown = figures.peak_share(timed, 1, None, yardstick(1.0))
    broken = figures.peak_share(timed, 1, 5, yardstick(reason="it died"))
    assert (unknown.value, unknown.reason) == (None, "the graph's shapes are not known")
    assert (broken.value, broken.reason) == (None, "it died")


def test_samples_of_several_processes_are_joined_in_the_order_of_their_turns(
    tmp_path: Path,
) -> None:
    parts = [samples([10, 20]), samples([30], compute=(7,)), samples([40, 50, 60])]
    figures.Samples.joined(parts).write(tmp_path / "samples.npz")
    kept = figures.Samples.read(tmp_path / "samples.npz")
    assert kept.latency.tolist() == [10, 20, 30, 40, 50, 60]
    assert kept.round.tolist() == [0, 0, 1, 2, 2, 2]
    assert kept.compute.tolist() == [7]
    assert kept.medians() == [15, 30, 50]


def test_slow_calls_are_kept_and_told_by_the_label() -> None:
    steady = found(*[[100] * 100] * 3)["latency"]
    torn = found(*[[100] * 50 + [200] * 50] * 3)["latency"]
    assert (steady.label, torn.label) == ("stable", "unusable")
    assert torn.n == 300


def test_where_calls_are_not_alike_only_rounds_tell_the_noise() -> None:
    mixed = [[100] * 5 + [300] * 5] * 6
    files = shown(*mixed)
    files.warmed = [msgspec.structs.replace(WARMED, alike=False)]
    made = {each.name: each for each in figures.of_speed(files, samples(*mixed), 1)}
    assert made["latency"].label == "stable"
    assert found(*mixed)["latency"].label == "unusable"


def test_compute_is_told_only_by_a_staged_session() -> None:
    assert "compute" not in found([10])
    rounds = [10, 20]
    made = figures.of_speed(shown(rounds), samples(rounds, compute=(3, 5)), 1)
    assert next(each for each in made if each.name == "compute").value == 4


def test_load_and_first_inference_stand_apart() -> None:
    made = found([10])
    assert (made["load_time"].value, made["first_inference"].value) == (7, 9)


def test_details_tell_each_round() -> None:
    told = figures.details(shown([10, 20, 30], [40]), samples([10, 20, 30], [40]))
    assert told["round_medians"] == [20, 40]
    assert told["round_calls"] == [3, 1]
    assert told["feed_batches"] == 4
    assert told["thread_pools"] == [{"library": "openblas", "threads": 1}]
    assert told["round_process"] == [1, 1]
    assert told["warmup"] == {"calls": [3], "seconds": [0.1], "settled": True}
