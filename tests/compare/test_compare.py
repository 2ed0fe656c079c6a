from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from harness import compare
from harness.compare import Verdict
from harness.compare.accuracy import Outcome
from harness.types import Contender
from tests.records import CASE, NEW, OLD, classified, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.compare import Comparison
    from harness.types import Record

ONE, HALF = [1.0, 1.0, 1.0], [0.5, 0.5, 0.5]
A = Contender(backend="onnxruntime", version="1", label="a")
B = replace(A, label="b")


def within(records: Iterable[Record], baseline: str, candidate: str) -> Comparison:
    return compare.of_contenders(records, baseline, candidate, {})


def between(baseline: Iterable[Record], candidate: Iterable[Record]) -> Comparison:
    return compare.of_runs(baseline, candidate, ("before", "after"), {})


def sides(found: Comparison) -> list[tuple[str, str]]:
    return [(each.baseline, each.candidate) for each in found.speed]


def test_contenders_are_compared_by_name() -> None:
    found = within([record(OLD, ONE), record(NEW, HALF)], "numpy", "torch")
    assert [each.verdict for each in found.speed] == ["faster"]
    assert (found.baseline, found.candidate) == ("numpy", "torch")
    assert (found.only_baseline, found.only_candidate, found.notes) == ((), (), ())


def test_contenders_are_compared_by_label() -> None:
    records = [record(A, ONE), record(B, HALF)]
    assert sides(within(records, "b", "a")) == [("b 1", "a 1")]
    plain = replace(A, label="")
    records.append(record(plain, ONE))
    assert sides(within(records, "onnxruntime", "b")) == [("onnxruntime 1", "b 1")]


def test_a_backend_whose_contenders_all_have_labels_is_all_of_them() -> None:
    records = [record(A, ONE), record(B, HALF), record(NEW, ONE)]
    assert sides(within(records, "torch", "onnxruntime")) == [
        ("torch 2", "a 1"),
        ("torch 2", "b 1"),
    ]


def test_every_version_and_setting_is_compared_with_every_other() -> None:
    newer, tuned = replace(OLD, version="3"), replace(OLD, settings={"blocks": 2})
    records = [record(each, ONE) for each in (OLD, newer, tuned)]
    others = [("numpy 1", "numpy 3"), ("numpy 1", "numpy 1 blocks=2")]
    assert sides(within(records, "numpy", "numpy"))[:2] == others
    assert len(sides(within(records, "numpy", "numpy"))) == 6


def test_only_cases_of_both_are_compared_and_the_others_named() -> None:
    more = replace(CASE, batch_size=2)
    records = [record(OLD, ONE), record(OLD, ONE, case=more), record(NEW, ONE)]
    found = within(records, "numpy", "torch")
    assert [each.case for each in found.speed] == [CASE]
    (only,) = found.only_baseline
    assert (only.kind, only.case, only.contender, only.status) == ("speed", more, "numpy 1", "ok")
    assert found.only_candidate == ()


def test_a_machine_is_compared_with_itself() -> None:
    here, there = ({"machine": name} for name in "mn")
    records = [record(OLD, ONE, environment=here), record(NEW, ONE, environment=there)]
    found = within(records, "numpy", "torch")
    assert (found.speed, len(found.only_baseline)) == ((), 1)


def test_a_group_measured_again_supersedes_the_old_one() -> None:
    old = [record(OLD, ONE, group="1"), record(NEW, HALF, group="1")]
    new = [record(OLD, ONE, group="2"), record(NEW, ONE, group="2")]
    (found,) = within([*old, *new], "numpy", "torch").speed
    assert found.verdict == "same"


def test_what_neither_could_measure_is_left_out() -> None:
    records = [record(each, status="skipped") for each in (OLD, NEW)]
    found = within(records, "numpy", "torch")
    assert (found.speed, found.only_baseline) == ((), ())


def test_runs_pair_a_contender_with_itself_whatever_its_version() -> None:
    before = [record(each, ONE) for each in (OLD, A, B)]
    after = [record(replace(each, version="9"), HALF, group="2") for each in (B, OLD, A)]
    assert sides(between(before, after)) == [("numpy 1", "numpy 9"), ("a 1", "a 9"), ("b 1", "b 9")]


def test_runs_tell_settings_apart_and_leave_controls_out() -> None:
    tuned, control = replace(OLD, settings={"blocks": 2}), replace(NEW, role="control")
    found = between([record(OLD, ONE), record(control, ONE)], [record(tuned, ONE)])
    assert found.speed == ()
    assert [each.contender for each in found.only_baseline] == ["numpy 1"]
    assert [each.contender for each in found.only_candidate] == ["numpy 1 blocks=2"]


def test_the_newest_version_of_a_run_counts() -> None:
    before = [record(OLD, ONE), record(replace(OLD, version="2"), ONE)]
    found = between(before, [record(OLD, ONE, group="2")])
    assert sides(found) == [("numpy 2", "numpy 1")]
    assert found.only_baseline == ()


def test_a_model_prepared_anew_still_pairs_and_it_is_said() -> None:
    rebuilt = replace(CASE, artefact="b")
    found = between([record(OLD, ONE)], [record(OLD, ONE, case=rebuilt)])
    assert len(found.speed) == 1
    assert found.notes == ("zoo:lenet5 · cpu · fp32 was prepared anew: artefact a → b",)


def test_the_same_artefact_comes_first_and_what_is_not_alone_does_not_guess() -> None:
    other, third = replace(CASE, artefact="b"), replace(CASE, artefact="c")
    found = between(
        [record(OLD, ONE, case=case) for case in (CASE, other)],
        [record(OLD, ONE, case=case) for case in (other, CASE)],
    )
    assert [each.case for each in found.speed] == [CASE, other]
    assert found.notes == ()
    found = between([record(OLD, ONE)], [record(OLD, ONE, case=case) for case in (other, third)])
    assert (found.speed, len(found.only_baseline), len(found.only_candidate)) == ((), 1, 2)


def test_other_images_make_another_case() -> None:
    assert CASE.subset is not None
    fewer = replace(CASE, subset=replace(CASE.subset, count=4, sha256="6"))
    found = between([record(OLD, ONE)], [record(OLD, ONE, case=fewer)])
    assert (found.speed, len(found.only_candidate)) == ((), 1)


def test_a_run_against_itself_is_the_same() -> None:
    (found,) = between([record(OLD, ONE)], [record(OLD, ONE)]).speed
    assert (found.verdict, found.reason) == ("same", "")


def test_accuracy_is_compared_beside_speed(tmp_path: Path) -> None:
    records = [record(OLD, ONE), record(NEW, ONE)]
    records += [classified(each, [0, 1], tmp_path / each.backend) for each in (OLD, NEW)]
    found = within(records, "numpy", "torch")
    assert [each.verdict for each in found.accuracy] == ["same answers"]
    assert len(found.speed) == 1


def test_a_wrong_accuracy_record_takes_the_verdict_on_speed(tmp_path: Path) -> None:
    wrong = replace(classified(NEW, [0, 1], tmp_path / "new"), status="wrong")
    right = classified(OLD, [0, 1], tmp_path / "old")
    found = within([record(OLD, ONE), record(NEW, HALF), right, wrong], "numpy", "torch")
    assert found.speed[0].reason == "torch is wrong"
    assert found.accuracy[0].broken


def test_every_verdict_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "compare.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    documented = {name for row in rows for name in re.findall("`([a-z0-9 ]+)`", row.split("|")[1])}
    assert documented == {*get_args(Verdict), *get_args(Outcome)}
