from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from harness import stats


@pytest.mark.parametrize("n", [1, 2, 20, 10_000])
def test_wilson_is_scipys(n: int) -> None:
    for k in {0, 1, n // 3, n - 1, n}:
        reference = scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
        assert stats.wilson(k, n) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_wilson_agrees_with_newcombes_published_values() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3
    assert stats.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert stats.wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert stats.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert stats.wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_wilson_of_nothing_excludes_nothing() -> None:
    assert stats.wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(2, 1), (-1, 3)])
def test_wilson_refuses_what_is_no_proportion(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes of"):
        stats.wilson(k, n)


@pytest.mark.parametrize("q", [90, 99])
def test_a_percentile_is_supported_once_one_sample_beyond_it_is_believable(q: int) -> None:
    support = stats.SUPPORT[q]
    tail = 1 - q / 100
    assert scipy.stats.binom.cdf(1, support, tail) <= 0.01
    assert scipy.stats.binom.cdf(1, support - 1, tail) > 0.01
    samples = list(range(support))
    assert stats.percentile(samples[:-1], q) is None
    reference = scipy.stats.scoreatpercentile(samples, q)
    assert stats.percentile(samples, q) == pytest.approx(reference)


def test_a_percentile_of_nothing_is_absent() -> None:
    assert stats.percentile([], 90) is None


def test_median_and_iqr_of_one_sample() -> None:
    assert stats.median([7]) == 7
    assert stats.iqr([7]) == 0
    assert stats.iqr([1, 2, 3, 4]) == pytest.approx(scipy.stats.iqr([1, 2, 3, 4]))


def test_no_samples_are_refused() -> None:
    for figure in (stats.median, stats.iqr, stats.noise, stats.median_interval):
        with pytest.raises(ValueError, match="no samples"):
            figure([])


@pytest.mark.parametrize(
    ("low", "high", "label"),
    [
        (95, 105, "stable"),
        (94, 105, "unstable"),
        (87, 112, "unstable"),
        (87, 113, "unusable"),
    ],
)
def test_noise_is_labelled_by_iqr_over_median(low: int, high: int, label: str) -> None:
    assert stats.noise([low, low, 100, high, high]) == label


@pytest.mark.parametrize("n", [6, 7, 10, 25, 200])
def test_median_interval_is_scipys(n: int) -> None:
    samples = np.random.default_rng(n).exponential(size=n)
    test: Any = scipy.stats.quantile_test(samples, p=0.5)  # its stubs give a float for the interval
    reference = test.confidence_interval(0.95)
    estimate = stats.median_interval(samples)
    assert estimate.value == np.median(samples)
    assert (estimate.low, estimate.high) == (reference.low, reference.high)


@pytest.mark.parametrize("n", [1, 5])
def test_median_of_too_few_samples_has_no_interval(n: int) -> None:
    assert stats.median_interval(range(n)) == stats.Estimate(value=(n - 1) / 2)


def test_median_interval_covers_the_true_median() -> None:
    rng = np.random.default_rng(0)
    found = [stats.median_interval(rng.exponential(size=15)) for _ in range(1000)]
    assert np.mean([covers(each, np.log(2)) for each in found]) > 0.94


def test_paired_ratio_is_the_t_interval_of_the_log_ratios() -> None:
    one, other = [2.0, 2.2, 1.9, 2.4], [1.0, 1.0, 1.1, 1.0]
    reference = scipy.stats.ttest_rel(np.log(one), np.log(other)).confidence_interval(0.95)
    estimate = stats.paired_ratio(one, other)
    assert estimate.value == pytest.approx(scipy.stats.gmean(np.divide(one, other)))
    assert estimate.low == pytest.approx(np.exp(reference.low))
    assert estimate.high == pytest.approx(np.exp(reference.high))


def test_paired_ratio_cancels_the_drift_that_pairs_share() -> None:
    drift = np.exp(np.random.default_rng(0).normal(size=10))
    estimate = stats.paired_ratio(list(3 * drift), list(drift))
    assert (estimate.low, estimate.high) == pytest.approx((3.0, 3.0))


def test_paired_ratio_covers_the_true_ratio() -> None:
    rng = np.random.default_rng(0)
    found = [
        stats.paired_ratio(np.exp(rng.normal(0.1, 0.2, 10)).tolist(), [1.0] * 10)
        for _ in range(1000)
    ]
    assert np.mean([covers(each, np.exp(0.1)) for each in found]) == pytest.approx(0.95, abs=0.02)


def test_paired_ratio_is_bootstrapped_from_twenty_pairs() -> None:
    skewed = np.random.default_rng(0).exponential(size=20) ** 2 / 10
    estimate = stats.paired_ratio(np.exp(skewed).tolist(), [1.0] * 20)
    reference = scipy.stats.bootstrap(
        (skewed,), np.mean, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    assert (estimate.low, estimate.high) == pytest.approx(np.exp(reference), rel=0.03)
    assert estimate == stats.paired_ratio(np.exp(skewed).tolist(), [1.0] * 20)


def test_paired_ratio_of_one_pair_has_no_interval() -> None:
    estimate = stats.paired_ratio([3.0], [2.0])
    assert estimate.value == pytest.approx(1.5)
    assert (estimate.low, estimate.high) == (None, None)


@pytest.mark.parametrize("n", [2, 20])
def test_paired_ratio_of_equal_pairs_is_certain(n: int) -> None:
    assert stats.paired_ratio([2.0] * n, [2.0] * n) == stats.Estimate(value=1, low=1, high=1)


def test_paired_ratio_refuses_what_is_not_paired() -> None:
    with pytest.raises(ValueError, match="2 values against 1"):
        stats.paired_ratio([1.0, 2.0], [1.0])


def test_unpaired_ratio_is_welchs_interval_of_the_logarithms() -> None:
    one, other = [2.0, 2.2, 1.9, 2.4], [1.0, 1.3, 0.7]
    reference = scipy.stats.ttest_ind(np.log(one), np.log(other), equal_var=False)
    interval = reference.confidence_interval(0.95)
    estimate = stats.unpaired_ratio(one, other)
    assert estimate.value == pytest.approx(scipy.stats.gmean(one) / scipy.stats.gmean(other))
    assert estimate.low == pytest.approx(np.exp(interval.low))
    assert estimate.high == pytest.approx(np.exp(interval.high))


def test_unpaired_ratio_covers_the_true_ratio() -> None:
    rng = np.random.default_rng(0)
    found = [
        stats.unpaired_ratio(
            np.exp(rng.normal(0.1, 0.2, 10)).tolist(), np.exp(rng.normal(0, 0.05, 7)).tolist()
        )
        for _ in range(1000)
    ]
    assert np.mean([covers(each, np.exp(0.1)) for each in found]) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(("one", "other"), [([3.0], [2.0, 2.0]), ([3.0, 3.0], [2.0])])
def test_unpaired_ratio_of_a_single_value_has_no_interval(
    one: list[float], other: list[float]
) -> None:
    estimate = stats.unpaired_ratio(one, other)
    assert estimate.value == pytest.approx(1.5)
    assert (estimate.low, estimate.high) == (None, None)


def test_unpaired_ratio_of_constants_is_certain() -> None:
    estimate = stats.unpaired_ratio([2.0] * 3, [2.0] * 4)
    assert (estimate.value, estimate.low, estimate.high) == (1, 1, 1)
    with pytest.raises(ValueError, match="no samples"):
        stats.unpaired_ratio([], [1.0])


def test_mcnemar_is_the_binomial_of_the_discordant_images() -> None:
    first = [True] * 5 + [False] + [True] * 10
    second = [False] * 5 + [True] + [True] * 10
    assert stats.mcnemar(first, second) == pytest.approx(14 / 64)
    assert stats.mcnemar(second, first) == pytest.approx(14 / 64)


@pytest.mark.parametrize("right", [[], [True], [True, False]])
def test_mcnemar_of_those_who_never_differ_is_one(right: list[bool]) -> None:
    assert stats.mcnemar(right, right) == 1


def test_mcnemar_refuses_different_images() -> None:
    with pytest.raises(ValueError, match="1 images against 2"):
        stats.mcnemar([True], [True, False])


def covers(estimate: stats.Estimate, true: float) -> bool:
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low <= true <= estimate.high


def test_a_process_counts_once_and_rounds_count_where_there_is_one_process() -> None:
    rounds = [1.0, 4.0, 3.0, 27.0]
    assert stats.gathered(rounds, [7, 7, 7, 7]) == rounds
    assert stats.gathered(rounds, [1, 1, 2, 2]) == pytest.approx([2, 9])
    assert stats.gathered(rounds, [2, 1, 2, 1]) == pytest.approx([math.sqrt(108), math.sqrt(3)])
