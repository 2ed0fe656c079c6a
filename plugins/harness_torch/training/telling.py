"""A finished training in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_torch.training.card import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness_torch.training.card import Card, Score


def lines(card: Card, folder: Path) -> Iterator[str]:
    """Yield what came out, and how it is used."""
    plan, epoch = card.plan, card.curve[card.epoch - 1]
    stopped = f"; stopped early: {card.stopped}" if card.stopped else ""
    yield (
        f"{plan.model} on {plan.training.dataset}, {plan.strategy} from {plan.start}: epoch "
        f"{card.epoch} of {len(card.curve)}, {card.seconds:.0f} s{stopped}"
    )
    yield f"validation {_share(epoch.validation)}, by which the epoch was chosen"
    if card.test:
        ended = "was stopped" if card.stopped else "ended"
        yield f"test       {_share(card.test)}, looked at when the training {ended}, in float32"
    else:
        yield f"no test: {plan.training.dataset} has no images besides those learnt from"
    yield f"{folder / FILE}; as a model everywhere: trained:{folder}"


def _share(score: Score) -> str:
    return f"{score.accuracy:.2f} % ({score.right:,} of {score.total:,})"
