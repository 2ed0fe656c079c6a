from __future__ import annotations

from dataclasses import replace

import pytest

from harness.rounds import ratio
from tests.records import NEW, OLD, record

DRIFT = [1.0, 2.0, 4.0, 3.0]


def test_within_a_group_rounds_are_paired() -> None:
    found = ratio(record(OLD, DRIFT), record(NEW, [2 * each for each in DRIFT]))
    assert found is not None
    assert (found.rounds, found.paired) == (4, True)
    estimate = found.estimate
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((2, 2, 2))


def test_a_process_is_one_observation_however_many_rounds_it_had() -> None:
    processes = {"round_process": [1, 1, 1, 2]}
    one, other = (
        replace(each, details=each.details | processes)
        for each in (record(OLD, [1.0] * 4), record(NEW, [1.0, 1.0, 1.0, 4.0]))
    )
    found = ratio(one, other)
    assert found is not None
    assert found.rounds == 4
    assert found.estimate.value == pytest.approx(2)  # of 1 and 4, not of 1, 1, 1 and 4
    apart = ratio(one, replace(other, group_run_id="other"))
    assert apart is not None
    assert apart.estimate.value == pytest.approx(2)


def test_between_groups_drift_is_part_of_the_doubt() -> None:
    twice = record(NEW, [2 * each for each in DRIFT], group="other")
    found = ratio(record(OLD, DRIFT), twice)
    assert found is not None
    assert (found.rounds, found.paired) == (4, False)
    assert found.estimate.value == pytest.approx(2)
    assert found.estimate.low is not None
    assert found.estimate.low < 1


def test_rounds_that_one_of_them_missed_are_left_out() -> None:
    found = ratio(record(OLD, [1.0, 2.0, 3.0, 4.0]), record(NEW, [2.0, None, 6.0]))
    assert found is not None
    assert found.rounds == 2
    assert found.estimate.value == pytest.approx(2)
    found = ratio(record(OLD, [1.0, 1.0, 1.0]), record(NEW, [2.0, None, 2.0], group="other"))
    assert found is not None
    assert found.rounds == 2
    assert found.estimate.value == pytest.approx(2)


@pytest.mark.parametrize("group", ["g", "other"])
def test_without_a_common_round_there_is_no_ratio(group: str) -> None:
    assert ratio(record(OLD, DRIFT), record(NEW, group=group)) is None
    assert ratio(record(OLD), record(NEW, DRIFT, group=group)) is None
