from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import networks  # type: ignore[import-not-found]  # beside this file
import pytest
from networks import source

from harness import ModelError
from harness_torch import build, convert, weights

if TYPE_CHECKING:
    from pathlib import Path

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")
State = dict[str, Any]


@pytest.fixture
def state() -> State:
    found: State = networks.tiny().state_dict()
    return found


class Malicious:
    """Runs a command when it is unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.witness),)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_pickle_is_refused_and_not_run(tmp_path: Path, *, zipped: bool) -> None:
    path, witness = tmp_path / "evil.pth", tmp_path / "witness"
    held = {"weight": Malicious(witness)}
    torch.save(held, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match=r"^weights .*evil\.pth hold code .*$"):
        weights.read(path)
    assert not witness.exists()


def test_a_whole_pickled_network_is_refused(tmp_path: Path) -> None:
    torch.save(networks.tiny(), tmp_path / "net.pth")
    with pytest.raises(ModelError, match=r"save the network's state_dict\(\) alone"):
        weights.read(tmp_path / "net.pth")


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_common_wrappers_are_seen_through(
    tmp_path: Path, state: State, wrapper: str | None, prefix: str
) -> None:
    held: Any = {prefix + name: value for name, value in state.items()}
    torch.save({wrapper: held, "epoch": 3} if wrapper else held, tmp_path / "net.pth")
    found = weights.read(tmp_path / "net.pth")
    assert list(found) == list(state)
    assert all(torch.equal(found[name], state[name]) for name in state)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_of_a_file_become_the_networks(tmp_path: Path, state: State, suffix: str) -> None:
    path = tmp_path / f"given{suffix}"
    if suffix == ".pth":
        torch.save(state, path)
    else:
        safetensors.save_file(state, path)
    form = convert.to_torch(source(weights=path.name), tmp_path)
    found = safetensors.load_file(tmp_path / form.file)
    assert all(torch.equal(found[name], state[name]) for name in state)


def test_counters_that_old_files_lack_are_not_missed(state: State) -> None:
    del state["1.num_batches_tracked"]
    model, recipe = networks.tiny(), build.recipe(source().details)
    weights.fill(model, state, recipe, "old.pth")
    assert torch.equal(model.state_dict()["1.weight"], state["1.weight"])


def test_networks_that_ask_for_the_version_of_a_state(tmp_path: Path) -> None:
    own = networks.versioned().state_dict()
    safetensors.save_file(dict(own), tmp_path / "given.safetensors")
    given = source(builder="networks:versioned", weights="given.safetensors")
    form = convert.to_torch(given, tmp_path)
    found = weights.loaded(build.recipe(form.details), tmp_path / form.file).state_dict()
    assert all(torch.equal(found[name], own[name]) for name in own)


def test_weights_of_another_network_are_told_apart_in_one_line(state: State) -> None:
    state["fc.weight"] = state.pop("0.weight")
    state["5.weight"] = torch.zeros(9, 16)
    recipe = build.recipe(source().details)
    with pytest.raises(ModelError) as caught:
        weights.fill(networks.tiny(), state, recipe, "net.pth")
    assert str(caught.value) == (
        "weights net.pth are not those of networks:tiny(): 1 missing (first '0.weight'), "
        "1 unexpected (first 'fc.weight'), "
        "1 of another shape (first '5.weight': (9, 16), needed (5, 16))"
    )


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("size", [0, 5, 300, -40])
def test_truncated_files(tmp_path: Path, state: State, suffix: str, size: int) -> None:
    path = tmp_path / f"net{suffix}"
    if suffix == ".pth":
        torch.save(state, path)
    else:
        safetensors.save_file(state, path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ModelError, match=r"^weights .* are damaged or not .*$"):
        weights.read(path)


@pytest.mark.parametrize(
    ("held", "reason"),
    [([1, 2], "found list"), ({}, "found dict"), ({"epoch": 3}, "'epoch' is a int")],
)
def test_files_without_a_state_dict(tmp_path: Path, held: object, reason: str) -> None:
    torch.save(held, tmp_path / "net.pth")
    with pytest.raises(ModelError, match=f"hold no state dict .*{reason}"):
        weights.read(tmp_path / "net.pth")


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"weights .*no\.pth do not exist"):
        weights.read(tmp_path / "no.pth")


def test_saved_weights_that_lack_a_tensor_are_refused(tmp_path: Path, state: State) -> None:
    wanted = build.recipe(source().details)
    path = tmp_path / "weights.safetensors"
    safetensors.save_file(state, path)
    weights.loaded(wanted, path)
    safetensors.save_file({name: state[name] for name in state if name != "5.bias"}, path)
    with pytest.raises(ModelError, match=r"lack '5\.bias'; prepare the model again"):
        weights.loaded(wanted, path)
