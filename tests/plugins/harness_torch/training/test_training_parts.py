from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import UsageError
from harness_torch.training import augmentation, optimisation, recipe, setting

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

torch = pytest.importorskip("torch")


def made(**more: Any) -> recipe.TrainingRecipe:  # noqa: ANN401 - any key of a recipe
    return recipe.TrainingRecipe(**({"epochs": 1, "learning_rate": 1.0} | more))


def spots(count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return colour images, black but for a pixel at row 8, column 3."""
    images = np.zeros((count, 16, 16, 3), np.uint8)
    images[:, 8, 3] = (1, 2, 3)
    return images


def test_a_crop_shifts_each_image_by_itself_and_no_further_than_asked() -> None:
    rng = np.random.default_rng(0)
    classes = np.arange(200)
    found, targets = augmentation.augmented(spots(200), classes, made(crop=0.125, flip=False), rng)
    assert found.shape == (200, 16, 16, 3)
    assert targets is classes
    _, rows, columns = np.nonzero(found[..., 0])
    assert (rows.min(), rows.max()) == (6, 10)
    assert (columns.min(), columns.max()) == (1, 5)
    assert len(set(zip(rows, columns, strict=True))) == 25
    assert (found.sum((1, 2)) == (1, 2, 3)).all()


def test_half_of_the_images_are_mirrored() -> None:
    rng = np.random.default_rng(0)
    found, _ = augmentation.augmented(spots(200), np.arange(200), made(crop=0, flip=True), rng)
    columns = np.nonzero(found[..., 0])[2]
    assert set(columns) == {3, 12}
    assert 70 < (columns == 12).sum() < 130


def test_the_classes_of_pixels_move_with_them() -> None:
    images = spots(200)
    targets = (images[..., 0] > 0).astype(np.uint8).astype(np.int32)
    both = made(crop=0.125, flip=True)
    found, moved = augmentation.augmented(images, targets, both, np.random.default_rng(0))
    assert moved.shape == (200, 16, 16)
    np.testing.assert_array_equal(moved == 1, found[..., 0] == 1)
    beyond = moved == -1
    assert beyond.any()
    assert not found[beyond].any()
    alone, _ = augmentation.augmented(images, np.arange(200), both, np.random.default_rng(0))
    np.testing.assert_array_equal(found, alone)


def test_the_learning_rate_rises_linearly_and_falls_along_a_cosine() -> None:
    rates = [optimisation.rate(made(warmup=0.2), step, 100) for step in range(100)]
    np.testing.assert_allclose(rates[:20], np.arange(1, 21) / 20)
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[60] == pytest.approx(0.5, abs=0.02)
    assert 0 < rates[-1] < 0.001
    level = [optimisation.rate(made(warmup=0), step, 10) for step in range(10)]
    assert max(level) == level[0] < 1


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_only_weights_decay(optimiser: str) -> None:
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    found = optimisation.optimiser(module, made(optimiser=optimiser, weight_decay=0.5))
    decays = {
        tuple(each.shape): group["weight_decay"]
        for group in found.param_groups
        for each in group["params"]
    }
    assert decays == {(2, 1, 3, 3): 0.5, (2,): 0.0}


def test_defaults_fit_strategy_and_data() -> None:
    assert recipe.default("scratch", "cifar10").flip
    assert not recipe.default("scratch", "mnist").flip
    assert recipe.default("scratch", "fashion-mnist").flip
    assert recipe.default("scratch", "mnist").crop == 0.0625
    assert not recipe.default("head", "cifar10").augments
    rates = [recipe.default(each, "cifar10").learning_rate for each in ("scratch", "finetune")]
    assert rates[1] <= rates[0] / 10


def test_options_go_before_settings_and_these_before_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('epochs = 2\nbatch_size = 3\noptimiser = "sgd"\n')
    found = recipe.wanted(made(), path, ["batch_size=4", "flip=false"], {"epochs": 5, "seed": None})
    assert (found.epochs, found.batch_size, found.optimiser) == (5, 4, "sgd")
    assert (found.flip, found.seed, found.learning_rate) == (False, 0, 1.0)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("epoch=3", r"^recipe: unknown key 'epoch'; did you mean 'epochs'\?$"),
        ("epochs=0", "^recipe: epochs must be 1 or more$"),
        ("optimiser=adam", r"^recipe: 'optimiser' is 'adam'; did you mean 'adamw'\?$"),
        ("warmup=2", r"^recipe: warmup is a share of the steps: 0\.2$"),
        ("learning_rate=0", "^recipe: learning_rate must be more than 0$"),
        ("validation=0", "^recipe: validation is a share of the training images"),
        ("crop=1", "^recipe: crop is a share"),
        ("flip", "^--set flip: say key=value"),
    ],
)
def test_a_recipe_that_cannot_be_followed(setting: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        recipe.wanted(made(), None, [setting], {})


def test_what_is_wrong_is_blamed_on_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("epochs = 2\n")
    with pytest.raises(UsageError, match=r"^recipe: warmup is a share"):
        recipe.wanted(made(), path, ["warmup=2"], {})
    path.write_text("warmup = 2\n")
    with pytest.raises(UsageError, match=r"mine\.toml: warmup is a share"):
        recipe.wanted(made(), path, [], {})


@pytest.mark.parametrize(
    ("flags", "precision"), [(["avx512_bf16"], "bf16"), (["amx_bf16"], "bf16"), (["avx2"], "fp32")]
)
def test_precision_is_what_the_processor_is_fast_at(
    monkeypatch: pytest.MonkeyPatch, flags: list[str], precision: str
) -> None:
    monkeypatch.setattr("harness.environment.fingerprint", lambda: {"cpu_flags": flags})
    assert setting.chosen("cpu", "auto", 1).precision == precision
    assert setting.chosen("cpu", "fp32", 1).precision == "fp32"


def test_torch_is_left_as_it_was() -> None:
    before = torch.get_num_threads()
    with setting.used(setting.Setting(device="cpu", precision="fp32", threads=before + 1)):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
