from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.table import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Record

    Make = Callable[..., Record]

CALM: dict[str, Any] = {
    "seconds": 9.0,
    "elsewhere_cores": 0.19,
    "steal": 0.009,
    "throttled": 0.0,
    "pressure": {"cpu": 0.9, "memory": 0.009, "io": 0.5},
    "mhz": [3000.0, 2750.0],
    "gpus": {
        "before": [{"sm_mhz": 1980, "throttle_reasons": [], "others": 0}],
        "after": [{"sm_mhz": 345, "throttle_reasons": ["gpu_idle"], "others": 0}],
    },
}


def notes(*records: Record) -> list[str]:
    """Return the notes but those on where the records are from."""
    sources = ("data:", "machine:", "versions:")
    return [note for note in table(records).notes if not note.startswith(sources)]


def gpus(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"gpus": {"before": [before], "after": [after]}}


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"conditions": {}, "stopped": "", "crowded": "", "warmup": {"settled": True}},
        {"conditions": CALM},
        {"conditions": gpus({"name": "GPU"}, {"name": "GPU"})},
    ],
)
def test_nothing_is_said_where_nothing_happened(make: Make, details: dict[str, Any]) -> None:
    assert notes(make("speed", batch=1, details=details)) == []


@pytest.mark.parametrize(
    ("conditions", "note"),
    [
        ({"elsewhere_cores": 0.83}, "other processes used up to 0.8 of 2 cores during the rounds"),
        ({"steal": 0.031}, "the host gave up to 3.10 % of the CPU to other guests"),
        ({"throttled": 0.004}, "the CPU quota ran out in up to 0.400 % of its periods"),
        (
            {"pressure": {"memory": 0.25}},
            "memory was short: processes waited for it up to 25.0 % of the time",
        ),
        ({"mhz": [3400.0, 2890.4]}, "CPU clock fell from 3,400 to 2,890 MHz"),
        (gpus({"sm_mhz": 1980}, {"sm_mhz": 1400}), "GPU clock fell from 1,980 to 1,400 MHz"),
        (gpus({"others": 2}, {"others": 1}), "up to 2 other processes on the GPU"),
    ],
)
def test_what_disturbed_a_figure_is_told(make: Make, conditions: dict[str, Any], note: str) -> None:
    made = make("speed", batch=8, details={"conditions": CALM | conditions})
    assert notes(made) == [f"{note} (zoo:lenet5 @8)"]


def test_why_a_gpu_was_held_back_is_told_but_not_that_it_rested(make: Make) -> None:
    conditions = gpus(
        {"throttle_reasons": ["sw_power_cap"]},
        {"throttle_reasons": ["gpu_idle", "sw_power_cap", "hw_slowdown"]},
    )
    made = make("speed", batch=8, details={"conditions": conditions})
    assert notes(made) == ["GPU held back (zoo:lenet5 @8: sw_power_cap, hw_slowdown)"]


def test_the_worst_is_told_once_and_a_groups_contenders_are_one(make: Make) -> None:
    loads = {1: 0.3, 2: 1.9, 4: 0.5, 8: 0.4, 16: 0.0}
    records = [
        make(
            "speed",
            batch=size,
            backend=backend,
            details={"conditions": {"elsewhere_cores": load}},
        )
        for backend in ("a", "b")
        for size, load in loads.items()
    ]
    where = "zoo:lenet5 @1, zoo:lenet5 @2, zoo:lenet5 @4 and 1 more"
    load = "other processes used up to 1.9 of 2 cores during the rounds"
    assert notes(*records) == [f"{load} ({where})"]


def test_how_the_rounds_went_is_told(make: Make) -> None:
    reasons = {1: "at the limit: 7 of 10 rounds", 8: "at the limit: the interval is ±3 %"}
    crowded = "together they need 9.0 GiB of memory, 8.0 GiB are free"
    records = [
        make(
            "speed",
            batch=size,
            details={"stopped": reason, "crowded": crowded, "warmup": {"settled": size == 1}},
        )
        for size, reason in reasons.items()
    ]
    both = f"zoo:lenet5 @1: {crowded}, zoo:lenet5 @8: {crowded}"
    assert notes(*records) == [
        f"stopped early (zoo:lenet5 @1: {reasons[1]}, zoo:lenet5 @8: {reasons[8]})",
        f"contenders loaded again for each round ({both})",
        "the warm-up ended before latencies had settled (zoo:lenet5 · numpy @8)",
    ]
