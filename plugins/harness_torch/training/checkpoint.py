"""What a training goes on from: its state at the end of an epoch."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness import StorageError, UsageError, decode, store
from harness_torch.training.card import Epoch, Plan

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import nn

FILE = "checkpoint.pt"


@dataclass(slots=True, kw_only=True)
class State:
    """All that changes from epoch to epoch."""

    folder: Path
    """Where it is kept."""
    module: nn.Module
    optimiser: torch.optim.Optimizer
    best: dict[str, torch.Tensor]
    """The weights of the epoch that the held-out images like best."""
    epochs: list[Epoch] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    """Of every step."""

    @property
    def seconds(self) -> float:
        """Return what the epochs took."""
        return sum(each.seconds for each in self.epochs)


def save(state: State, plan: Plan) -> None:
    """Write a state, all of it or nothing."""
    import torch

    held = {
        "plan": decode.encode(plan).decode(),
        "module": state.module.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "best": state.best,
        "epochs": decode.encode(state.epochs).decode(),
        "losses": state.losses,
    }
    content = io.BytesIO()
    torch.save(held, content)  # to a file, a full disk would be torch's RuntimeError
    with store.whole(state.folder / FILE) as partial:
        partial.write_bytes(content.getbuffer())


def restore(state: State, plan: Plan) -> None:
    """Put a saved state back, if there is one; `UsageError` where it is that of another plan."""
    import torch

    path = state.folder / FILE
    if not path.is_file():
        return
    try:
        held: dict[str, Any] = torch.load(path, weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as reason:
        message = f"{path} is damaged; start anew with --fresh"
        raise StorageError(message) from reason
    earlier = decode.json(held["plan"].encode(), Plan, str(path), error=StorageError)
    check(earlier, plan, state.folder)
    state.module.load_state_dict(held["module"])
    state.optimiser.load_state_dict(held["optimiser"])
    state.best = held["best"]
    state.epochs = decode.json(held["epochs"].encode(), list[Epoch], str(path), error=StorageError)
    state.losses = held["losses"]


def check(held: Plan, plan: Plan, folder: Path) -> None:
    """Raise `UsageError` unless a plan on disk is the one that is asked for."""
    theirs, ours = (flat(decode.plain(each)) for each in (held, plan))
    for name in sorted({*theirs, *ours}):
        if theirs.get(name) != ours.get(name):
            message = (
                f"{folder} holds a training with {name} = {theirs.get(name)}, asked for is "
                f"{ours.get(name)}; give another --output, or --fresh to start anew"
            )
            raise UsageError(message)


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested plain data by dotted names."""
    found: dict[str, Any] = {}
    for name, value in data.items():
        inner = isinstance(value, dict)
        found |= flat(value, f"{prefix}{name}.") if inner else {f"{prefix}{name}": value}
    return found
