"""A training from beginning to end: model and data in, a folder with weights and card out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from harness import ModelError, UsageError, cache, prepare, preprocess, store
from harness.recipe import PRETRAINED, RANDOM
from harness.suite import ModelSpec
from harness_torch.build import recipe as form_recipe
from harness_torch.training import checkpoint, data, learner, loop, network, setting, task
from harness_torch.training.card import FILE, SCHEMA, WEIGHTS, Card, Plan, facts, read, write
from harness_torch.training.epoch import scored
from harness_torch.weights import save

if TYPE_CHECKING:
    from torch import nn

    from harness import Dataset, Sourced
    from harness.catalog import Catalogs
    from harness_torch.training.data import Splits
    from harness_torch.training.network import Start
    from harness_torch.training.progress import Progress
    from harness_torch.training.recipe import Strategy, TrainingRecipe
    from harness_torch.training.setting import Setting
    from harness_torch.training.task import Task

FORMAT = "torch-source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for."""

    model: str
    dataset: str
    strategy: Strategy
    weights: str | None
    """`pretrained` or a file; None leaves the strategy's own."""
    limit: int | None
    test_limit: int | None
    time_limit: float | None
    output: Path
    fresh: bool


def train(
    wish: Wish, recipe: TrainingRecipe, where: Setting, catalogs: Catalogs, progress: Progress
) -> Card:
    """Train a model, or go on with its training, and return the card of what came out.

    A training that is finished is not done again. Raises `HarnessError` saying why it cannot be.
    """
    began = time.monotonic()
    dataset, given = data.named(wish.dataset, catalogs)
    choice = data.Choice(
        limit=wish.limit,
        validation=recipe.validation,
        test_limit=wish.test_limit,
        seed=recipe.seed,
    )
    with TemporaryDirectory(prefix="harness-") as scratch, setting.used(where):
        sourced = fetched(wish, recipe.seed, Path(scratch), catalogs)
        progress.heard(f"reading {dataset.name}")
        splits = data.splits(dataset, given, sourced.geometry, choice)
        plan = Plan(
            model=wish.model,
            strategy=wish.strategy,
            start=sourced.weights,
            start_identity=sourced.form.sha256,
            data=dataset.source,
            training=splits.training.subset,
            validation=splits.validation.subset,
            recipe=recipe,
            setting=where,
        )
        if done := finished(wish, plan):
            return done
        goal = task.of_targets(splits.training.targets.ndim)
        start = network.start(
            form_recipe(sourced.form.details),
            Path(scratch),
            wish.strategy,
            classes=len(dataset.classes),
            same_labels=sourced.label_space == dataset.label_space,
            seed=recipe.seed,
            task=goal,
        )
        return learn(wish, plan, sourced, dataset, splits, start, goal, began, progress)


def fetched(wish: Wish, seed: int, folder: Path, catalogs: Catalogs) -> Sourced:
    """Put the model's recipe and its first weights into a folder."""
    offered = catalogs.model_sources.available(wish.model.partition(":")[0])
    if offered.format != FORMAT:
        message = f"{wish.model} comes as {offered.format}; only networks of torch can be trained"
        raise ModelError(message)
    scratch = wish.strategy == "scratch"
    if wish.weights is not None and scratch != (wish.weights == RANDOM):
        message = (
            f"strategy {wish.strategy} does not start from weights = {wish.weights!r}; "
            "scratch starts from random ones, head and finetune from pretrained ones or a file"
        )
        raise UsageError(message)
    spec = ModelSpec(
        name=wish.model, weights=RANDOM if scratch else wish.weights or PRETRAINED, seed=seed
    )
    sourced = offered.fetch(prepare.request(spec, Path.cwd()), folder)
    preprocess.check(sourced.geometry, sourced.encoding, wish.model)
    if sourced.activation != "logits":
        message = f"{wish.model} gives probabilities; to be trained it must give logits"
        raise ModelError(message)
    return sourced


def finished(wish: Wish, plan: Plan) -> Card | None:
    """Return the card of a training that an earlier call brought to its end, if one did.

    With `fresh` whatever is there is removed. `StorageError` where nothing can be written.
    """
    path, going = wish.output / FILE, wish.output / checkpoint.FILE
    if path.is_file() and not going.is_file() and not wish.fresh:
        card = read(wish.output)
        checkpoint.check(card.plan, plan, wish.output)
        return card
    with store.writable(path), TemporaryFile(dir=wish.output):
        if wish.fresh:
            path.unlink(missing_ok=True)
            going.unlink(missing_ok=True)
    return None


def learn(  # noqa: PLR0913, PLR0917 - what the steps before have found
    wish: Wish,
    plan: Plan,
    sourced: Sourced,
    dataset: Dataset,
    splits: Splits,
    start: Start,
    goal: Task,
    began: float,
    progress: Progress,
) -> Card:
    """Carry out a plan, write weights and card, and return the card."""
    makers = {"scratch": learner.whole, "head": learner.head, "finetune": learner.given}
    whole = makers[wish.strategy](start, sourced.encoding, plan.setting)
    learning, seen = whole, splits
    if wish.strategy == "head" and not plan.recipe.augments:
        progress.heard("computing what the trunk says of each image, once")
        learning, seen = learner.on_features(whole, splits) or (whole, splits)
    state = loop.begun(learning, plan, wish.output)
    stopped = loop.finish(learning, seen, goal, plan, state, wish.time_limit, began, progress)
    if splits.test:
        progress.heard(f"testing on {splits.test.subset.count} images")
    parts = [each for each in (splits.training, splits.validation, splits.test) if each]
    card = Card(
        schema=SCHEMA,
        plan=plan,
        builder=start.recipe.builder,
        arguments=start.recipe.arguments,
        geometry=sourced.geometry,
        encoding=sourced.encoding,
        label_space=dataset.label_space,
        classes=dataset.classes,
        test=scored(whole, splits.test, goal) if splits.test else None,
        tested=splits.test.subset if splits.test else None,
        weights=saved(start.model, wish.output),
        parameters=network.counted(start.model),
        learnt=sum(each.numel() for each in start.model.parameters() if each.requires_grad),
        curve=tuple(state.epochs),
        epoch=loop.favourite(state.epochs).number,
        stopped=stopped,
        unreadable=sum(each.unreadable for each in parts),
        seconds=state.seconds,
        facts=facts(),
    )
    write(card, wish.output)
    if not stopped:
        (wish.output / checkpoint.FILE).unlink(missing_ok=True)
    return card


def saved(model: nn.Module, folder: Path) -> str:
    """Write a network's weights and return the file's sha256."""
    import torch

    plain = model.cpu().to(memory_format=torch.contiguous_format)
    with store.whole(folder / WEIGHTS) as partial:
        save(plain, partial)
    return cache.file_digest(folder / WEIGHTS)
