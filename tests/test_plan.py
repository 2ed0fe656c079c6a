from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import plan
from harness.plan import Ready
from harness.types import (
    Artefact,
    Encoding,
    Form,
    Geometry,
    Manifest,
    Node,
    Parameters,
    Subset,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs
    from harness.suite import ModelSpec, Suite
    from harness.types import Group, Job

    MakeSuite = Callable[..., Suite]


def form(format: str) -> Form:  # noqa: A002 - the field's own word
    return Form(node=Node(format=format), file=format, sha256=f"sha-{format}", size=1)


def ready(spec: ModelSpec, *formats: str) -> Ready:
    manifest = Manifest(
        schema=1,
        model=spec.name,
        weights=spec.weights,
        id="id",
        geometry=Geometry(input_size=(8, 8)),
        encoding=Encoding(mean=(0.0,), std=(1.0,)),
        activation="logits",
        label_space="tiny",
        num_classes=3,
        forms={each: form(each) for each in formats},
        parameters=Parameters(stored=1),
        macs=1,
        depth={},
        agreement={},
    )
    subset = Subset(
        dataset="tiny", split="test", label_space="tiny", count=1, total=1, seed=0, sha256="s"
    )
    return Ready(
        spec=spec,
        artefact=Artefact(folder=Path("models"), manifest=manifest),
        images=Path("images"),
        subset=subset,
    )


def jobs(groups: list[Group], kind: str) -> list[Job]:
    return [job for group in groups for job in group.jobs if group.kind == kind]


def keys(groups: list[Group], kind: str) -> list[str]:
    return [job.key for job in jobs(groups, kind)]


def test_groups_hold_the_contenders_of_one_case(tiny: Catalogs, make_suite: MakeSuite) -> None:
    suite = make_suite("numpy", "onnxruntime", "null", speed={"batch_sizes": [1, 4]})
    groups = plan.make(suite, [ready(suite.models[0], "onnx")], tiny)
    assert [(group.kind, group.case.batch_size, len(group.jobs)) for group in groups] == [
        ("static", None, 1),
        ("accuracy", None, 2),
        ("memory", 1, 2),
        ("speed", 1, 3),
        ("memory", 4, 2),
        ("speed", 4, 3),
    ]
    assert len({job.key for group in groups for job in group.jobs}) == 13


def test_a_suite_may_ask_for_some_kinds_alone(tiny: Catalogs, make_suite: MakeSuite) -> None:
    suite = make_suite("numpy", kinds=["accuracy", "speed"])
    groups = plan.make(suite, [ready(suite.models[0], "onnx")], tiny)
    assert [group.kind for group in groups] == ["accuracy", "speed"]


def test_a_label_is_part_of_who_a_contender_is(tiny: Catalogs, make_suite: MakeSuite) -> None:
    suite = make_suite(backends=["numpy", {"name": "numpy", "label": "again"}])
    groups = plan.make(suite, [ready(suite.models[0], "onnx")], tiny)
    assert [job.contender.name for job in jobs(groups, "accuracy")] == ["numpy", "again"]
    assert len(set(keys(groups, "accuracy"))) == 2


def test_a_backend_runs_the_first_format_that_there_is(
    tiny: Catalogs, make_suite: MakeSuite
) -> None:
    suite = make_suite("numpy")
    groups = plan.make(suite, [ready(suite.models[0], "structure", "onnx")], tiny)
    assert jobs(groups, "accuracy")[0].contender.format == "onnx"


@pytest.mark.parametrize(
    ("backend", "keys", "reason"),
    [
        ("numpy", {"devices": ["cuda"]}, "numpy runs on cpu, not on cuda"),
        ("numpy", {"precisions": ["int8"]}, "numpy computes in fp32, fp64, not in int8"),
        ("pytorch", {}, "pytorch takes torch; no conversion leads there from what there is (onnx)"),
    ],
)
def test_what_cannot_be_done_says_why(
    tiny: Catalogs, make_suite: MakeSuite, backend: str, keys: dict[str, Any], reason: str
) -> None:
    suite = make_suite(backend, **keys)
    groups = plan.make(suite, [ready(suite.models[0], "onnx")], tiny)
    assert {job.skip for kind in ("accuracy", "speed") for job in jobs(groups, kind)} == {reason}


def test_a_fixed_batch_is_never_changed(tiny: Catalogs, make_suite: MakeSuite) -> None:
    suite = make_suite("numpy", speed={"batch_sizes": [1, 4]})
    model = ready(suite.models[0], "onnx")
    assert model.artefact is not None
    forms = {"onnx": replace(form("onnx"), details={"batch": 4})}
    manifest = replace(model.artefact.manifest, forms=forms)
    fixed = replace(model, artefact=replace(model.artefact, manifest=manifest))
    groups = plan.make(suite, [fixed], tiny)
    assert [job.skip for job in jobs(groups, "speed")] == [
        "the model's file is fixed to batch 4",
        "",
    ]
    assert jobs(groups, "accuracy")[0].skip == ""


def test_a_model_that_could_not_be_prepared_skips_all_its_jobs(
    tiny: Catalogs, make_suite: MakeSuite
) -> None:
    suite = make_suite("numpy")
    lost = Ready(spec=suite.models[0], reason="the hub does not answer")
    groups = plan.make(suite, [lost], tiny)
    assert {job.skip for group in groups for job in group.jobs} == {"the hub does not answer"}


def test_a_key_changes_with_what_its_kind_depends_on_and_nothing_else(
    tiny: Catalogs, make_suite: MakeSuite
) -> None:
    suite = make_suite("numpy")
    model = ready(suite.models[0], "onnx")
    base = plan.make(suite, [model], tiny)

    def changed(kind: str, groups: list[Group]) -> bool:
        return keys(groups, kind) != keys(base, kind)

    rounds = plan.make(make_suite("numpy", speed={"rounds": 9}), [model], tiny)
    assert [changed(kind, rounds) for kind in ("static", "accuracy", "speed", "memory")] == [
        False,
        False,
        True,
        False,
    ]
    metrics = plan.make(make_suite("numpy", accuracy={"metrics": ["top1"]}), [model], tiny)
    assert [changed(kind, metrics) for kind in ("static", "accuracy", "speed", "memory")] == [
        False,
        True,
        False,
        False,
    ]
    assert model.artefact is not None
    manifest = replace(
        model.artefact.manifest, forms={"onnx": replace(form("onnx"), sha256="another export")}
    )
    other = replace(model, artefact=replace(model.artefact, manifest=manifest))
    exported = plan.make(suite, [other], tiny)
    assert [changed(kind, exported) for kind in ("static", "accuracy", "speed", "memory")] == [
        False,
        True,
        True,
        True,
    ]


def test_a_backend_of_a_file_is_identified_by_the_files_hash(tiny: Catalogs) -> None:
    version = plan.version("zeros", tiny.backends)
    assert version == tiny.backends.owners["zeros"].version
    assert len(version) == 12
    assert plan.version("onnxruntime", tiny.backends)[0].isdigit()
