from __future__ import annotations

import csv
import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from ears import Ear  # type: ignore[import-not-found]  # beside this file

from harness import DataError, Geometry, ModelError, StorageError, UsageError, subset
from harness_torch.training import checkpoint, data, session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Dataset, Sample
    from harness.catalog import Catalogs
    from harness_torch.training.card import Card

    Train = Callable[..., Card]

safetensors = pytest.importorskip("safetensors.numpy")
HERE = Path(__file__).parent
ROOT = HERE.parents[3]


GEOMETRY = Geometry(input_size=(8, 8), mode="L", crop_pct=1.0)


def weights(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = safetensors.load_file(folder / "weights.safetensors")
    return held


def scores(card: Card) -> list[Any]:
    return [(each.training, each.validation) for each in card.curve]


def test_the_loss_falls_and_the_classes_are_learnt(train: Train) -> None:
    card = train(epochs=8)
    assert card.curve[-1].training.loss < card.curve[0].training.loss / 2
    assert card.test is not None
    assert card.test.total == 30
    assert card.test.accuracy > 90
    assert card.curve[-1].training.total == 48
    assert card.curve[-1].validation.total == 12


@pytest.mark.parametrize("strategy", ["scratch", "head"])
def test_the_classes_of_pixels_are_learnt(train: Train, tmp_path: Path, strategy: str) -> None:
    known = {"model": "nets:pixelwise", "dataset": "outlined"}
    moved = {"crop": 0.125, "flip": True, "epochs": 12, "learning_rate": 0.05}
    first = train(output="first", **known, **moved)
    start = None if strategy == "scratch" else str(tmp_path / "first" / "weights.safetensors")
    again = train(output="again", strategy=strategy, weights=start, **known, **moved)
    for card in (first, again):
        assert card.test is not None
        assert card.test.total == 30 * 8 * 8
        assert card.test.accuracy > 95
        assert card.curve[0].training.total < 48 * 8 * 8  # what a crop brings in is not known


def test_pixels_of_no_known_class_teach_nothing(train: Train) -> None:
    card = train(model="nets:pixelwise", dataset="sparse", epochs=3, batch_size=1)
    assert all(np.isfinite(each.training.loss) for each in card.curve)
    assert card.curve[0].training.total < 48 * 8 * 8 / 2
    with pytest.raises(DataError, match=r"^blind/test: of 30 images no pixel's class is known$"):
        train(model="nets:pixelwise", dataset="blind")


def test_a_network_answers_as_the_targets_ask(train: Train) -> None:
    with pytest.raises(ModelError, match=r"answers with shape \(2, 3\), not a map of classes"):
        train(dataset="outlined")
    with pytest.raises(ModelError, match=r"shape \(2, 3, 8, 8\), not a row of classes an image$"):
        train(model="nets:pixelwise")


def test_a_transposed_convolution_is_no_last_layer_to_be_replaced(
    train: Train, tmp_path: Path
) -> None:
    known = {"model": "nets:transposed", "dataset": "outlined"}
    train(output="first", **known)
    weights = str(tmp_path / "first" / "weights.safetensors")
    with pytest.raises(ModelError, match=r"layer '2', its last, is a ConvTranspose2d; only a"):
        train(output="again", strategy="head", weights=weights, **known)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_training_repeats_bit_for_bit(train: Train, tmp_path: Path, precision: str) -> None:
    moved = {"crop": 0.125, "flip": True, "precision": precision}
    one, two = (train(output=name, **moved) for name in ("one", "two"))
    other = train(output="other", seed=1, **moved)
    assert one.weights == two.weights != other.weights
    assert scores(one) == scores(two)
    for name in ("steps.csv", "weights.safetensors"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(
    train: Train, tmp_path: Path, optimiser: str
) -> None:
    moved = {"crop": 0.125, "flip": True, "optimiser": optimiser}
    straight = train(output="straight", **moved)
    with pytest.raises(KeyboardInterrupt):
        train(output="broken", ear=Ear(interrupt=2), **moved)
    assert not (tmp_path / "broken" / "card.json").exists()
    ear = Ear()
    resumed = train(output="broken", ear=ear, **moved)
    assert ear.done == 2
    assert len(ear.epochs) == 2
    assert resumed.weights == straight.weights
    assert scores(resumed) == scores(straight)
    steps = [(tmp_path / name / "steps.csv").read_text() for name in ("straight", "broken")]
    assert steps[0] == steps[1]
    assert not (tmp_path / "broken" / "checkpoint.pt").exists()


def test_a_killed_training_goes_on_from_its_last_whole_epoch(train: Train, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.discovery import discover; import ears;"
        "offers = discover([Path(sys.argv[1])]);"
        "ears.trained(offers, Path(sys.argv[2]), ears.Ear(kill=8), flip=True)"
    )
    plugin = HERE / "learning.py"
    killed = subprocess.run(
        [sys.executable, "-c", code, str(plugin), str(tmp_path / "killed")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (HERE, ROOT, ROOT / "plugins")))},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    ear = Ear()
    resumed = train(output="killed", ear=ear, flip=True)
    assert ear.done == 2
    assert resumed.weights == train(output="straight", flip=True).weights


def test_the_weights_kept_are_those_that_the_held_out_images_like_best(train: Train) -> None:
    card = train(epochs=6, learning_rate=0.1)
    best = max(each.validation.right for each in card.curve)
    kept = card.curve[card.epoch - 1]
    assert kept.validation.right == best
    assert kept.validation.loss == min(
        each.validation.loss for each in card.curve if each.validation.right == best
    )


def test_a_finished_training_is_not_done_again_unless_afresh(train: Train) -> None:
    first = train()
    ear = Ear()
    assert train(ear=ear) == first
    assert not ear.losses
    assert train(ear=ear, fresh=True).weights == first.weights
    assert ear.losses


@pytest.mark.parametrize("finished", [True, False])
def test_a_folder_with_another_training_is_refused(train: Train, *, finished: bool) -> None:
    if finished:
        train()
    else:
        with pytest.raises(KeyboardInterrupt):
            train(ear=Ear(interrupt=1))
    with pytest.raises(UsageError, match=r"out holds a training with recipe\.batch_size = 16, "):
        train(batch_size=8)


def test_a_damaged_checkpoint(train: Train, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "checkpoint.pt").write_bytes(b"PK")
    with pytest.raises(StorageError, match=r"checkpoint\.pt is damaged; start anew with --fresh$"):
        train()


@contextmanager
def full(room: int) -> Iterator[None]:
    """Let no file grow beyond some bytes: what a full disk does, with another word."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(
    train: Train, tmp_path: Path
) -> None:
    from torch import nn, optim

    plan = train(epochs=1).plan
    module, folder = nn.Linear(40, 40), tmp_path / "full"
    state = checkpoint.State(
        folder=folder, module=module, optimiser=optim.SGD(module.parameters()), best={}
    )
    with (
        pytest.raises(StorageError, match=r"cannot write .*checkpoint\.pt: File too large"),
        full(9),
    ):
        checkpoint.save(state, plan)
    with pytest.raises(StorageError, match=r"weights\.safetensors: .*File too large"), full(9):
        session.saved(module, folder)
    assert not [*folder.iterdir()]
    checkpoint.save(state, plan)
    session.saved(module, folder)
    before = {each: each.read_bytes() for each in folder.iterdir()}
    assert {each.name for each in before} == {"checkpoint.pt", "weights.safetensors"}
    for save in (lambda: checkpoint.save(state, plan), lambda: session.saved(module, folder)):
        with pytest.raises(StorageError), full(9):
            save()
    assert {each: each.read_bytes() for each in folder.iterdir()} == before


def test_a_time_limit_ends_a_training_that_can_go_on(train: Train, tmp_path: Path) -> None:
    short = train(time_limit=0)
    assert len(short.curve) == 1
    assert short.stopped == "the time limit of 0 s was reached"
    assert len(train(time_limit=0).curve) == 2  # each call has the limit to itself
    whole = train()
    assert len(whole.curve) == 4
    assert not whole.stopped
    assert whole.weights == train(output="straight").weights
    assert not (tmp_path / "out" / "checkpoint.pt").exists()


def test_no_image_is_both_learnt_from_and_held_out_and_the_test_split_is_neither(
    offers: Catalogs,
) -> None:
    dataset, _ = data.named("bars", offers)
    choice = data.Choice(limit=30, validation=0.2, test_limit=None, seed=0)
    found = data.splits(dataset, None, GEOMETRY, choice)
    assert found.test is not None
    parts = (found.training, found.validation, found.test)
    assert [each.subset.split for each in parts] == ["train", "train", "test"]
    images = [{image.tobytes() for image in each.inputs} for each in parts]
    assert [len(each) for each in images] == [24, 6, 30]
    assert len(set.union(*images)) == 60


def test_an_output_that_cannot_be_written_is_told_before_the_first_step(
    train: Train, tmp_path: Path
) -> None:
    (tmp_path / "out").touch()
    ear = Ear()
    for fresh in (True, False):
        with pytest.raises(StorageError, match=r"cannot write .*out"):
            train(ear=ear, fresh=fresh)
    assert not ear.losses


def test_one_image_that_can_be_read_is_too_few(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    whole, torn = subset.opened, tmp_path / "torn.png"
    torn.write_bytes(b"no image")

    def opened(dataset: Dataset, split: str, folder: Path | None) -> list[Sample]:
        samples = whole(dataset, split, folder)
        kept = 1 if split == "train" else len(samples)
        return [*samples[:kept], *(replace(each, image=torn) for each in samples[kept:])]

    monkeypatch.setattr(subset, "opened", opened)
    with pytest.raises(DataError, match=r"^bars/train: 47 of 48 images cannot be read; "):
        train()


def test_tables_and_picture_tell_the_curve(train: Train, tmp_path: Path) -> None:
    ear = Ear()
    card = train(ear=ear)
    with (tmp_path / "out" / "steps.csv").open() as stream:
        steps = list(csv.DictReader(stream))
    assert [float(row["loss"]) for row in steps] == pytest.approx(ear.losses, rel=1e-5)
    assert [row["epoch"] for row in steps] == [str(at // 3 + 1) for at in range(12)]
    with (tmp_path / "out" / "epochs.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    losses = [each.validation.loss for each in card.curve]
    assert [float(row["validation_loss"]) for row in rows] == pytest.approx(losses, rel=1e-5)
    picture = (tmp_path / "out" / "curve.svg").read_text()
    assert picture.count("<polyline") == 4
    assert "nets:network on bars" in picture


def test_the_card_is_complete(train: Train, tmp_path: Path) -> None:
    card = train(dataset="lone")
    assert (card.test, card.tested) == (None, None)
    held = json.loads((tmp_path / "out" / "card.json").read_text())
    assert held["plan"]["start"] == "random (seed 0)"
    assert held["plan"]["data"] == "made here"
    assert held["plan"]["recipe"]["learning_rate"] == 0.02
    assert held["plan"]["setting"] == {"device": "cpu", "precision": "fp32", "threads": 1}
    assert held["classes"] == ["left", "middle", "right"]
    assert held["parameters"]["learnable"] == held["learnt"] == 54 + 12 + 291
    assert held["parameters"]["stored"] == 54 + 12 + 291 + 12
    assert {"cpu", "cores", "python", "versions", "command"} <= set(held["facts"])
    assert "machine" not in held["facts"]
    assert held["facts"]["versions"]["torch"]
    assert held["seconds"] > 0


@pytest.mark.parametrize("moved", [{}, {"crop": 0.125}], ids=["features", "images"])
def test_head_leaves_the_trunk_as_it_was(
    train: Train, tmp_path: Path, moved: dict[str, float]
) -> None:
    train(output="first")
    given = str(tmp_path / "first" / "weights.safetensors")
    card = train(output="head", strategy="head", weights=given, **moved)
    before, after = weights(tmp_path / "first"), weights(tmp_path / "head")
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"6.weight", "6.bias"}
    assert card.learnt == 291
    assert card.plan.start == "weights.safetensors"


def test_what_the_trunk_says_is_computed_once_and_gives_what_images_give(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness_torch.training import learner

    train(output="first")
    given = {"strategy": "head", "weights": str(tmp_path / "first" / "weights.safetensors")}
    features = train(output="features", **given)
    monkeypatch.setattr(learner, "on_features", lambda *_: None)
    images = train(output="images", **given)
    assert features.test is not None
    assert images.test is not None
    assert features.test.loss == pytest.approx(images.test.loss, rel=1e-4)


def test_a_last_layer_that_something_follows_is_trained_on_images(
    train: Train, tmp_path: Path
) -> None:
    train(model="nets:convolutional", output="first", epochs=1)
    given = str(tmp_path / "first" / "weights.safetensors")
    with pytest.raises(ModelError, match="of another shape"):
        train(model="nets:convolutional", strategy="head", weights=given, output="no")
    name = f"trained:{tmp_path / 'first'}"
    card = train(model=name, strategy="head", weights="pretrained", output="head")
    before, after = weights(tmp_path / "first"), weights(tmp_path / "head")
    assert [name for name in before if not np.array_equal(before[name], after[name])] == [
        "2.bias",
        "2.weight",
    ]
    assert card.learnt == 21


def test_finetune_starts_from_the_weights_given_and_changes_all_but_statistics(
    train: Train, tmp_path: Path
) -> None:
    first = train(output="first", epochs=8)
    given = str(tmp_path / "first" / "weights.safetensors")
    card = train(
        output="fine", strategy="finetune", weights=given, epochs=1, learning_rate=1e-5, warmup=0
    )
    assert card.curve[0].training.loss < first.curve[0].training.loss / 2
    before, after = weights(tmp_path / "first"), weights(tmp_path / "fine")
    same = {name for name in before if np.array_equal(before[name], after[name])}
    assert same == {"1.running_mean", "1.running_var", "1.num_batches_tracked"}
    assert max(np.abs(before[name] - after[name]).max() for name in ("0.weight", "6.weight")) < 1e-3


def test_other_classes_get_a_new_last_layer_in_every_strategy(train: Train) -> None:
    card = train(model="nets:five")
    assert card.builder == "harness_torch.training.network:headed"
    assert card.arguments["layer"] == "6"
    assert card.arguments["classes"] == 3
    assert card.parameters.learnable == 54 + 12 + 291


@pytest.mark.parametrize(
    ("asked", "error", "reason"),
    [
        ({"model": "files:network"}, ModelError, "^files:network comes as onnx; only networks"),
        ({"model": "nets:wordless"}, ModelError, "calls no linear layer or convolution that can"),
        ({"model": "nets:doubled"}, ModelError, "layer 'two' does not decide the classes$"),
        ({"dataset": "dull"}, DataError, "^dull has 1 class: there is nothing to learn$"),
        ({"dataset": "bras"}, UsageError, "no dataset named 'bras'; did you mean 'bars'"),
        ({"dataset": "bars:"}, UsageError, "names no path; say bars:PATH, or bars alone$"),
        ({"limit": 2}, UsageError, r"^of 2 training images validation = 0\.2 holds 0 out; take"),
        ({"strategy": "head", "weights": "random"}, UsageError, "does not start from weights ="),
        ({"weights": "pretrained"}, UsageError, "strategy scratch does not start from weights ="),
        ({"strategy": "head", "weights": "no.pth"}, ModelError, "do not exist; give a file"),
        ({"learning_rate": 1e30}, ModelError, r"^the loss of epoch 1, step \d is .* below 1e\+30$"),
    ],
)
def test_what_cannot_be_trained(
    train: Train, asked: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        train(**asked)
