from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from PIL import Image

from harness import cache, prepare, run, store, suite
from harness.discovery import discover
from harness.errors import StorageError, UnknownNameError, UsageError
from harness.group import contestant
from harness.table import table
from harness.types import Group

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs
    from harness.group.contestant import Contest, Contestant
    from harness.suite import Suite
    from harness.types import Record, Subset

    MakeSuite = Callable[..., Suite]


class Silent:
    """A progress that says nothing, or raises at a given moment."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.left = stop_after
        self.groups: tuple[int, int] = (0, 0)

    def start(self, groups: int, done: int) -> None:
        self.groups = groups, done

    def preparing(self, model: str) -> None:
        del model

    def heard(self, now: str) -> None:
        del now

    def recorded(self, record: Record) -> None:
        del record
        if self.left is not None:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    def finished(self) -> None:
        pass


def of(records: list[Record], kind: str, backend: str) -> Record:
    return next(
        record
        for record in records
        if (record.job.kind, record.job.contender.backend) == (kind, backend)
    )


def values(record: Record) -> dict[str, float | None]:
    return {each.name: each.value for each in record.measurements}


@pytest.fixture(scope="module")
def measured(tiny: Catalogs, tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """Return the records of a run of good and bad backends."""
    data: dict[str, Any] = {
        "name": "tiny",
        "models": ["tiny:net", {"name": "tiny:nut"}],
        "backends": ["numpy", "onnxruntime", "pytorch", "null", "crash", "zeros"],
        "data": "tiny",
        "threads": 1,
        "speed": {
            "batch_sizes": [2],
            "rounds": 3,
            "round_seconds": 0.01,
            "round_calls": 2,
            "warmup_seconds": 0.05,
        },
    }
    folder = tmp_path_factory.mktemp("measured")
    chosen = suite.parse(data, "suite", folder)
    return run.run(chosen, folder / "runs", tiny, Silent())


def test_what_is_known_of_a_model_stands_in_its_record(measured: list[Record]) -> None:
    told = of(measured, "static", "").details
    assert told["geometry"]["input_size"] == [8, 8]
    assert told["encoding"]["mean"] == [0.5]
    assert (told["label_space"], told["num_classes"], told["published"]) == ("tiny", 3, None)


def test_accuracy_difference_and_agreement_are_measured(measured: list[Record]) -> None:
    ours, theirs = (of(measured, "accuracy", name) for name in ("numpy", "onnxruntime"))
    for record in (ours, theirs):
        figures = {each.name: each for each in record.measurements}
        assert figures["top1"].n == 24
        assert figures["difference"].n == 24
        assert values(record)["agreement"] == 100
        assert 0 < (values(record)["difference"] or 0) < 1e-5
    assert values(ours)["top1"] == values(theirs)["top1"]


def test_speed_is_measured_in_rounds_of_one_group(measured: list[Record]) -> None:
    records = [of(measured, "speed", name) for name in ("numpy", "onnxruntime", "null")]
    assert len({record.group_run_id for record in records}) == 1
    for record in records:
        assert len(record.details["round_medians"]) == 3
        found = values(record)
        assert (found["latency"] or 0) > 0
        assert (found["throughput"] or 0) > 0
        assert (found["first_inference"] or 0) > 0
        assert (found["load_time"] or 0) > 0


def test_memory_is_measured_apart(measured: list[Record]) -> None:
    found = values(of(measured, "memory", "onnxruntime"))
    assert 0 < (found["memory_before"] or 0) < (found["memory_peak"] or 0)
    speed = of(measured, "speed", "onnxruntime")
    assert speed.group_run_id != of(measured, "memory", "onnxruntime").group_run_id


def test_a_crash_is_a_record_and_the_others_go_on(measured: list[Record]) -> None:
    assert of(measured, "speed", "crash").status == "failed"
    assert "exit code 3" in of(measured, "accuracy", "crash").reason
    assert of(measured, "speed", "numpy").status == "ok"


def test_a_wrong_answer_is_called_wrong(measured: list[Record]) -> None:
    assert of(measured, "accuracy", "zeros").status == "wrong"
    assert "differs from the oracle" in of(measured, "accuracy", "zeros").reason


def test_what_cannot_be_done_is_skipped_with_the_reason(measured: list[Record]) -> None:
    record = of(measured, "accuracy", "pytorch")
    assert record.status == "skipped"
    assert record.reason == (
        "pytorch takes torch; no conversion leads there from what there is (onnx, structure)"
    )


def test_a_model_that_cannot_be_had_is_skipped_with_the_reason(measured: list[Record]) -> None:
    lost = [record for record in measured if record.job.case.model == "tiny:nut"]
    assert {record.status for record in lost} == {"skipped"}
    assert {record.reason for record in lost} == {"no tiny model named 'nut'; known: net"}


def test_the_control_is_measured_for_speed_alone(measured: list[Record]) -> None:
    kinds = {each.job.kind for each in measured if each.job.contender.backend == "null"}
    assert kinds == {"speed"}


def test_predictions_and_raw_samples_stand_beside_the_records(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    from pyarrow import parquet

    records = run.run(make_suite("numpy"), tmp_path, tiny, Silent())
    folder = next(tmp_path.rglob(store.RECORDS)).parent
    predictions = parquet.read_table(folder / of(records, "accuracy", "numpy").files["predictions"])
    assert predictions.num_rows == 24
    assert predictions.column_names[:3] == ["id", "target", "class_1"]
    right = sum(predictions["target"].to_numpy() == predictions["class_1"].to_numpy())
    top1 = next(
        each for each in of(records, "accuracy", "numpy").measurements if each.name == "top1"
    )
    assert right == top1.k
    samples = np.load(folder / of(records, "speed", "numpy").files["samples"])
    latency = next(
        each for each in of(records, "speed", "numpy").measurements if each.name == "latency"
    )
    assert len(samples["latency"]) == latency.n
    rounds = [np.median(samples["latency"][samples["round"] == each]) for each in (0, 1)]
    assert np.median(rounds) == latency.value
    assert set(samples["round"]) == {0, 1}


def test_running_again_measures_nothing_and_fresh_measures_anew(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    chosen = make_suite("numpy")
    first = run.run(chosen, tmp_path, tiny, Silent())
    progress = Silent()
    assert run.run(chosen, tmp_path, tiny, progress) == first
    assert progress.groups[0] == progress.groups[1] == 4
    fresh = run.run(chosen, tmp_path, tiny, Silent(), fresh=True)
    assert {each.run_id for each in fresh} != {each.run_id for each in first}
    assert len(store.read(next(tmp_path.rglob(store.RECORDS)))) == len(first) + len(fresh)


@pytest.mark.parametrize("stop_after", [1, 2, 4])
def test_an_interrupted_run_continues_to_the_same_end(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, stop_after: int
) -> None:
    chosen = make_suite("numpy", "onnxruntime")
    with pytest.raises(KeyboardInterrupt):
        run.run(chosen, tmp_path, tiny, Silent(stop_after))
    before = store.read(next(tmp_path.rglob(store.RECORDS)))
    assert len(before) == stop_after
    records = run.run(chosen, tmp_path, tiny, Silent())
    newest = {record.job.key: record for record in records}
    assert len(newest) == 7
    speed = [each for each in newest.values() if each.job.kind == "speed"]
    assert len({each.group_run_id for each in speed}) == 1
    kept = [record for record in before if record.job.kind in {"static", "accuracy"}]
    assert [newest[record.job.key] for record in kept] == kept
    assert {row.cells["status"].text for row in table(records).rows} == {"ok"}


def test_accuracy_is_not_redone_for_another_batch_size(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    first = run.run(make_suite("numpy"), tmp_path, tiny, Silent())
    more = run.run(make_suite("numpy", speed={"batch_sizes": [1, 2]}), tmp_path, tiny, Silent())
    assert more[: len(first)] == first
    assert [each.job.case.batch_size for each in more[len(first) :]] == [2, 2]


def test_a_new_contender_makes_a_speed_group_be_measured_as_a_whole(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    run.run(make_suite("numpy"), tmp_path, tiny, Silent())
    records = run.run(make_suite("numpy", "onnxruntime"), tmp_path, tiny, Silent())
    speed = [record for record in records if record.job.kind == "speed"]
    assert [each.job.contender.backend for each in speed] == ["numpy", "numpy", "onnxruntime"]
    assert speed[1].group_run_id == speed[2].group_run_id != speed[0].group_run_id
    accuracy = [record for record in records if record.job.kind == "accuracy"]
    assert [each.job.contender.backend for each in accuracy] == ["numpy", "onnxruntime"]


def test_labels_of_another_space_are_refused(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = prepare.images

    def mislabelled(*given: Any) -> tuple[Path, Subset]:  # noqa: ANN401 - passed on
        folder, subset = images(*given)
        return folder, replace(subset, label_space="else")

    monkeypatch.setattr(prepare, "images", mislabelled)
    records = run.run(make_suite("numpy"), tmp_path, tiny, Silent())
    record = of(records, "accuracy", "numpy")
    top1 = next(each for each in record.measurements if each.name == "top1")
    assert top1.value is None
    assert "the images have labels of 'else', the model answers in 'tiny'" in top1.reason
    assert values(record)["agreement"] == 100


def test_a_name_that_nobody_offers_stops_before_anything_is_measured(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    with pytest.raises(UnknownNameError, match="no metric named 'top2'"):
        run.run(make_suite("numpy", accuracy={"metrics": ["top2"]}), tmp_path, tiny, Silent())
    assert not list(tmp_path.rglob("*.jsonl"))


def test_plugins_are_told_of_plan_and_records(make_suite: MakeSuite, tmp_path: Path) -> None:
    path = tmp_path / "watch.py"
    path.write_text(
        "import harness\n"
        "seen = []\n"
        "@harness.hookimpl\n"
        "def harness_plan(plan):\n"
        "    plan[:] = [group for group in plan if group.kind == 'static']\n"
        "@harness.hookimpl\n"
        "def harness_record(record):\n"
        "    seen.append(record.job.kind)\n"
        "@harness.hookimpl\n"
        "def harness_environment():\n"
        "    return {'room': 'cold'}\n"
    )
    found = discover([Path(__file__).parent / "tiny.py", path])
    records = run.run(make_suite("numpy"), tmp_path / "runs", found, Silent())
    module = next(
        each for name, each in sys.modules.items() if name.startswith("harness_file_watch")
    )
    assert module.seen == ["static"]
    assert records[0].environment["room"] == "cold"


def test_what_was_skipped_is_looked_at_again(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    chosen = make_suite("numpy")
    missing = replace(tiny.backends["numpy"], missing_device=lambda _device: "no CUDA device")
    backends = replace(tiny.backends, offers=tiny.backends.offers | {"numpy": missing})
    records = run.run(chosen, tmp_path, replace(tiny, backends=backends), Silent())
    assert of(records, "accuracy", "numpy").reason == "no CUDA device"
    again = run.run(chosen, tmp_path, replace(tiny, backends=backends), Silent())
    assert again == records
    later = run.run(chosen, tmp_path, tiny, Silent())
    assert later[-1].status == "ok"
    newest: dict[str, Record] = {each.job.key: each for each in later}
    assert {each.status for each in newest.values()} == {"ok"}


FAR = """
import harness
import tiny

def fetch(request, folder):
    if request.weights == "pretrained" and not (request.folder / "answers").exists():
        raise harness.UnavailableError("the hub does not answer")
    return tiny.fetch_model(request, folder)

@harness.hookimpl
def harness_model_sources():
    yield harness.ModelSource(
        name="far", summary="", models=lambda: ("net",), fingerprint=str, fetch=fetch, format="onnx"
    )
"""


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogs:
    """Return the catalogs with a source whose hub answers once a file `answers` is there."""
    tests = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([tests, *sys.path]))
    monkeypatch.syspath_prepend(tests)
    path = tmp_path / "far.py"
    path.write_text(FAR)
    return discover([Path(tests) / "tiny.py", path])


def test_the_first_weights_that_can_be_had_are_taken_and_others_once_they_can(
    far: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    either = {"name": "far:net", "label": "Far", "weights": ["pretrained", "random"]}
    chosen = make_suite("numpy", models=[either], kinds=["static", "accuracy"])
    records = run.run(chosen, tmp_path / "runs", far, Silent())
    static, accuracy = of(records, "static", ""), of(records, "accuracy", "numpy")
    assert static.details["weights"] == "random"
    assert static.details["label"] == "Far"
    assert static.details["not_had"] == "the hub does not answer"
    top1 = next(each for each in accuracy.measurements if each.name == "top1")
    why = "the weights are random (the hub does not answer)"
    assert (top1.value, top1.reason) == (None, why)
    assert values(accuracy)["agreement"] == 100
    assert [row.cells["model"].text for row in table(records).rows] == ["Far (random weights)"]
    assert run.run(chosen, tmp_path / "runs", far, Silent()) == records

    (tmp_path / "answers").touch()
    later = run.run(chosen, tmp_path / "runs", far, Silent())
    assert {each.job.case.weights for each in later} == {"pretrained"}
    assert "not_had" not in of(later, "static", "").details
    assert values(of(later, "accuracy", "numpy"))["top1"] is not None
    report = store.select(tmp_path / "runs", "latest")
    assert {each.job.key for each in report} == {each.job.key for each in later}


def test_a_model_that_does_not_exist_is_not_taken_with_other_weights(
    far: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    (tmp_path / "answers").touch()
    either = {"name": "far:nut", "weights": ["pretrained", "random"]}
    chosen = make_suite("numpy", models=[either], kinds=["accuracy"])
    [record] = run.run(chosen, tmp_path / "runs", far, Silent())
    assert record.job.case.weights == "pretrained"
    assert (record.status, record.reason) == ("skipped", "no tiny model named 'nut'; known: net")


def test_why_the_last_weights_cannot_be_had_is_the_reason(
    far: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    chosen = make_suite("numpy", models=["far:net"], kinds=["accuracy"])
    [record] = run.run(chosen, tmp_path / "runs", far, Silent())
    assert (record.status, record.reason) == ("skipped", "the hub does not answer")


def test_a_model_that_is_skipped_keeps_its_label(
    far: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    models = [{"name": "far:net", "label": "Far"}]
    chosen = make_suite("numpy", models=models, kinds=["static", "accuracy"])
    records = run.run(chosen, tmp_path / "runs", far, Silent())
    assert of(records, "static", "").status == "skipped"
    assert of(records, "static", "").details == {"label": "Far"}
    assert [row.cells["model"].text for row in table(records).rows] == ["Far"]


def test_groups_know_what_remains(measured: list[Record]) -> None:
    speed = [each for each in measured if each.job.kind == "speed" and each.status != "skipped"]
    speed = [each for each in speed if each.job.case.model == "tiny:net"]
    jobs = tuple(record.job for record in speed)
    group = Group(kind="speed", case=jobs[0].case, jobs=jobs)
    assert run.remaining(group, speed) is None
    assert run.remaining(group, speed[1:]) == group
    torn = [replace(speed[0], group_run_id="other"), *speed[1:]]
    assert run.remaining(group, torn) == group


def test_what_a_worker_skipped_is_not_measured_again_and_again(
    make_suite: MakeSuite, tmp_path: Path
) -> None:
    path = tmp_path / "lacking.py"
    path.write_text(
        "import harness\n"
        "def load(artefact, options):\n"
        "    raise harness.UnavailableError('its library is not there')\n"
        "@harness.hookimpl\n"
        "def harness_backends():\n"
        "    yield harness.Backend(name='lacking', summary='', load=load, formats=('onnx',))\n"
    )
    found = discover([Path(__file__).parent / "tiny.py", path])
    chosen = make_suite("numpy", "lacking")
    first = run.run(chosen, tmp_path / "runs", found, Silent())
    assert of(first, "speed", "lacking").reason == "its library is not there"
    assert of(first, "speed", "lacking").status == "skipped"
    assert run.run(chosen, tmp_path / "runs", found, Silent()) == first


def test_a_narrowed_run_keeps_the_rest_in_the_report(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    run.run(make_suite("numpy", "onnxruntime"), tmp_path, tiny, Silent())
    part = run.run(make_suite("numpy"), tmp_path, tiny, Silent(), part=True)
    assert {record.job.contender.backend for record in part} == {"", "numpy"}
    report = store.select(tmp_path, "latest")
    assert {record.job.contender.backend for record in report} == {"", "numpy", "onnxruntime"}


def test_two_runs_at_once_are_refused(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    with (
        cache.alone("measuring"),
        pytest.raises(StorageError, match="another run is measuring on this machine"),
    ):
        run.run(make_suite("numpy"), tmp_path, tiny, Silent())


def test_a_failed_contender_burns_nothing_in_the_others_turns(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[int] = []
    turn = contestant.take_turn

    def watched(one: Contestant, contest: Contest) -> None:
        alive.append(len(psutil.Process().children()))
        turn(one, contest)

    monkeypatch.setattr(contestant, "take_turn", watched)
    run.run(make_suite("numpy", "shorten"), tmp_path, tiny, Silent())
    assert alive == [2, 2]  # itself and the yardstick


def test_answers_are_held_against_the_oracle_at_each_batch_size_that_is_timed(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    chosen = make_suite("two_faced", "numpy", speed={"batch_sizes": [2, 8]})
    records = run.run(chosen, tmp_path, tiny, Silent())
    assert of(records, "accuracy", "two_faced").status == "ok"
    speed = {
        record.job.case.batch_size: record.status
        for record in records
        if (record.job.kind, record.job.contender.backend) == ("speed", "two_faced")
    }
    assert speed == {2: "wrong", 8: "ok"}
    (row,) = [each for each in table(records).rows if each.cells["backend"].text == "two_faced"]
    assert not row.ranked
    assert of(records, "speed", "numpy").status == "ok"


def test_an_oracle_that_cannot_be_one_is_refused(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="'onnxruntime' is no oracle"):
        run.run(make_suite("numpy", oracle="onnxruntime"), tmp_path, tiny, Silent())


def test_another_count_of_classes_is_refused(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = prepare.images

    def more(*given: Any) -> tuple[Path, Subset]:  # noqa: ANN401 - passed on
        folder, subset = images(*given)
        return folder, replace(subset, classes=4)

    monkeypatch.setattr(prepare, "images", more)
    record = of(run.run(make_suite("numpy"), tmp_path, tiny, Silent()), "accuracy", "numpy")
    top1 = next(each for each in record.measurements if each.name == "top1")
    assert (top1.value, top1.reason) == (
        None,
        "the images have 4 classes, the model answers 3",
    )


def test_the_users_mistakes_are_raised_and_nothing_is_recorded(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    mistakes: list[dict[str, Any]] = [
        {"models": ["zoo:lenet6"]},
        {"data": {"name": "tiny", "split": "tset"}},
    ]
    for keys in mistakes:
        with pytest.raises(UsageError, match="named"):
            run.run(make_suite("numpy", **keys), tmp_path, tiny, Silent())
    assert not list(tmp_path.rglob("*.jsonl"))


def test_unreadable_images_are_counted_named_and_not_compared(
    make_suite: MakeSuite, tmp_path: Path
) -> None:
    for number in range(4):
        Image.fromarray(np.full((8, 8), 60 * number, np.uint8)).save(tmp_path / f"{number}.png")
    (tmp_path / "1.png").write_bytes(b"no image")
    path = tmp_path / "pictures.py"
    path.write_text(
        "from pathlib import Path\n"
        "import harness\n"
        "def opened(split, folder):\n"
        f"    files = [Path({str(tmp_path)!r}) / f'{{n}}.png' for n in range(4)]\n"
        "    return [harness.Sample(id=f.name, image=f, target=0) for f in files]\n"
        "@harness.hookimpl\n"
        "def harness_datasets():\n"
        "    yield harness.Dataset(name='pictures', summary='', label_space='tiny',\n"
        "        classes=('a', 'b', 'c'), splits={'test': 4}, open=opened,\n"
        "        fetch=lambda folder: None, identity='1')\n"
    )
    found = discover([Path(__file__).parent / "tiny.py", path])
    chosen = make_suite("numpy", data="pictures", speed={"batch_sizes": [3]})
    records = run.run(chosen, tmp_path / "runs", found, Silent())
    accuracy = of(records, "accuracy", "numpy")
    counts = {each.name: each.n for each in accuracy.measurements}
    assert (counts["top1"], counts["agreement"]) == (4, 3)
    assert list(accuracy.details["unreadable"]) == ["1.png"]
    assert of(records, "speed", "numpy").status == "ok"
    assert "1 of 4 images could not be read, counted as wrong (1.png)" in table(records).notes
