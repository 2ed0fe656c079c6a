"""A network with its weights: drawn, fetched, or read from files, none of which may run code."""

from __future__ import annotations

import errno
import pickle
from typing import TYPE_CHECKING

from harness import ModelError
from harness.recipe import PRETRAINED, RANDOM
from harness_torch import drawing
from harness_torch.build import built, described, first_line, quiet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from harness.recipe import Recipe

    State = Mapping[str, torch.Tensor]

WRAPPERS = ("state_dict", "model")


def weighted(wanted: Recipe, folder: Path) -> torch.nn.Module:
    """Return the network with the weights that were asked for."""
    if wanted.weights == RANDOM:
        return drawing.drawn(wanted)
    if wanted.weights == PRETRAINED:
        return built(wanted, pretrained=True)
    path = folder / wanted.weights
    model = built(wanted)
    fill(model, read(path), wanted, path.name)
    return model


def loaded(wanted: Recipe, path: Path) -> torch.nn.Module:
    """Return the network with the weights that `to_torch` saved."""
    import safetensors
    import safetensors.torch

    model = built(wanted)
    try:
        held = safetensors.torch.load_file(path)
        state = model.state_dict()  # a plain dict lacks the version that some networks ask for
        shared = {state[name].data_ptr() for name in held if name in state}
        absent = [name for name in {*state} - {*held} if state[name].data_ptr() not in shared]
        state.update(held)
        model.load_state_dict(state)
    except (safetensors.SafetensorError, RuntimeError) as reason:
        message = f"weights {path} are damaged ({first_line(reason)}); prepare the model again"
        raise ModelError(message) from reason
    if absent:
        message = f"weights {path} lack {min(absent)!r}; prepare the model again"
        raise ModelError(message)
    return model


def save(model: torch.nn.Module, path: Path) -> None:
    """Write a network's weights; `OSError` where they cannot be written."""
    import safetensors.torch

    with quiet():
        try:
            safetensors.torch.save_model(model, str(path))
        except safetensors.SafetensorError as reason:  # a full disk among others
            raise OSError(errno.EIO, str(reason)) from reason


def read(path: Path) -> State:
    """Return the tensors of a safetensors file or of a saved state dict, by name."""
    if not path.is_file():
        message = f"weights {path} do not exist"
        raise ModelError(message)
    return unwrapped(_safetensors(path) if path.suffix == ".safetensors" else _pickled(path), path)


def unwrapped(state: object, path: Path) -> State:
    """Return the state dict without what trainers commonly wrap around it."""
    import torch

    for wrapper in WRAPPERS:
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not state:
        message = f"weights {path.name} hold no state dict (found {type(state).__name__})"
        raise ModelError(message)
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            message = (
                f"weights {path.name} hold no state dict ({name!r} is a {type(value).__name__})"
            )
            raise ModelError(message)
    if all(name.startswith("module.") for name in state):
        return {name.removeprefix("module."): value for name, value in state.items()}
    return state


def fill(model: torch.nn.Module, state: State, wanted: Recipe, origin: str) -> None:
    """Copy the tensors into the network; raise `ModelError` unless they fit exactly."""
    own = model.state_dict()
    counters = {name: own[name] for name in own if name.endswith("num_batches_tracked")}
    given = {**counters, **state}  # files from before PyTorch 0.4.1 lack the counters
    reshaped = [name for name in own if name in given and own[name].shape != given[name].shape]
    fitting = model.state_dict()
    fitting.clear()  # of the tensors, not of the version that some networks ask for
    fitting.update({name: value for name, value in given.items() if name not in reshaped})
    found = model.load_state_dict(fitting, strict=False)
    missing = [name for name in found.missing_keys if name not in reshaped]
    unexpected = found.unexpected_keys
    faults = []
    if missing:
        faults.append(f"{len(missing)} missing (first {missing[0]!r})")
    if unexpected:
        faults.append(f"{len(unexpected)} unexpected (first {unexpected[0]!r})")
    if reshaped:
        name = reshaped[0]
        shapes = f"{tuple(given[name].shape)}, needed {tuple(own[name].shape)}"
        faults.append(f"{len(reshaped)} of another shape (first {name!r}: {shapes})")
    if faults:
        message = f"weights {origin} are not those of {described(wanted)}: {', '.join(faults)}"
        raise ModelError(message)


def _safetensors(path: Path) -> object:
    import safetensors
    import safetensors.torch

    try:
        return safetensors.torch.load_file(path)
    except safetensors.SafetensorError as reason:
        message = f"weights {path.name} are damaged or not safetensors: {reason}"
        raise ModelError(message) from reason


def _pickled(path: Path) -> object:
    import torch

    try:
        with quiet():
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as reason:
        if "nsupported" in str(reason):  # its word for any object that is not a tensor
            message = (
                f"weights {path.name} hold code or objects besides tensors, which is refused; "
                "save the network's state_dict() alone, best as safetensors"
            )
        else:
            message = f"weights {path.name} are damaged or not a saved state dict"
        raise ModelError(message) from reason
    except (RuntimeError, EOFError, OSError, LookupError, ValueError) as reason:
        message = f"weights {path.name} are damaged or not a saved state dict"
        raise ModelError(message) from reason
