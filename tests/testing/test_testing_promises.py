from __future__ import annotations

import errno
import os
from concurrent.futures import Future
from dataclasses import replace
from threading import Event, Lock, get_ident
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness import measure
from harness.testing import broken_promises, contract, promises, sample_batch
from harness.testing.promises import SIZES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.catalog import Catalogs
    from harness.session import Batch, Outputs
    from harness.testing import Check

    Answer = Callable[[Batch], Outputs]
    Spoilt = Callable[..., harness.Backend]


def by_name(checks: Iterator[Check]) -> dict[str, Check]:
    return {each.name: each for each in checks}


def failed(checks: Iterator[Check]) -> dict[str, str]:
    return {each.name: each.detail for each in checks if each.grade == "fail"}


def drifting(session: Answer) -> Answer:
    calls: list[int] = []

    def run(batch: Batch) -> Outputs:
        calls.append(1)
        return session(batch) + len(calls)

    return run


def remembering(session: Answer) -> Answer:
    """Answer rightly to what is asked twice in a row, and as before to what is asked later."""
    seen: list[Batch] = []

    def run(batch: Batch) -> Outputs:
        same = not seen or np.array_equal(seen[-1], batch)
        seen.append(batch)
        return session(batch) + (0 if same else len(seen))

    return run


def once(call: int) -> Callable[[Answer], Answer]:
    """Return what makes one call of a session wrong."""

    def wrap(session: Answer) -> Answer:
        calls: list[int] = []

        def run(batch: Batch) -> Outputs:
            calls.append(1)
            return session(batch) + (len(calls) == call)

        return run

    return wrap


def scribbling(session: Answer) -> Answer:
    def run(batch: Batch) -> Outputs:
        outputs = session(batch)
        batch *= 2
        return outputs

    return run


def reusing(session: Answer) -> Answer:
    buffers: dict[int, Outputs] = {}

    def run(batch: Batch) -> Outputs:
        outputs = session(batch)
        buffer = buffers.setdefault(len(batch), outputs)
        buffer[:] = outputs
        return buffer

    return run


def crowded(session: Answer) -> Answer:
    """Answer rightly to one at a time."""
    busy = Lock()

    def run(batch: Batch) -> Outputs:
        if not busy.acquire(blocking=False):
            return session(batch) + 1
        try:
            measure.rest()  # long enough for the others to come
            return session(batch)
        finally:
            busy.release()

    return run


def submitting(answer: Answer) -> Callable[[Batch], Future[Outputs]]:
    def submit(batch: Batch) -> Future[Outputs]:
        future: Future[Outputs] = Future()
        future.set_result(answer(batch))
        return future

    return submit


def raising(session: Answer) -> Answer:
    def run(batch: Batch) -> Outputs:
        message = f"{len(session(batch))} rows\nare too many"
        raise RuntimeError(message)

    return run


@pytest.mark.parametrize(
    ("wrap", "name", "detail"),
    [
        (
            lambda session: lambda batch: session(batch)[1:],
            "shapes and types",
            "answers float32 (2, 10), not floats (3, 10)",
        ),
        (
            lambda session: lambda batch: np.resize(session(batch), (3, 10)),
            "shapes and types",
            "answers float32 (3, 10), not floats (1, 10)",
        ),
        (
            lambda session: lambda batch: np.int64(session(batch)),
            "shapes and types",
            "answers int64 (3, 10), not floats (3, 10)",
        ),
        (
            lambda session: lambda batch: session(batch).tolist(),
            "shapes and types",
            "answers a list, not an array",
        ),
        (
            lambda session: lambda batch: session(batch) * np.float32(np.nan),
            "shapes and types",
            "an output is not finite",
        ),
        (raising, "shapes and types", "raises RuntimeError: 3 rows are too many"),
        (
            lambda session: lambda batch: session(batch) + len(batch),
            "batch of one",
            "a row's answer depends on the other rows of its batch, by ",
        ),
        *(
            (
                lambda session, size=size: lambda batch: session(batch) + (len(batch) == size),
                name,
                detail,
            )
            for size in SIZES
            for name, detail in (
                ("batch of one", "a row's answer depends on the other rows of its batch, by "),
                ("right answers", "differs from the oracle by "),
            )
        ),
        (drifting, "asked again", "answers differently when asked again, by "),
        (remembering, "asked again", "answers differently when asked again, by "),
        *(
            (once(call), "asked again", "answers differently when asked again, by ")
            for call in (1, 2, 4)
        ),
        (scribbling, "input untouched", "writes into the batch that it is given"),
        (reusing, "outputs kept", "a later call overwrites an earlier answer"),
        (
            lambda session: lambda batch: session(batch) * 1.01,
            "right answers",
            "differs from the oracle by 0.01, over 0.0001",
        ),
    ],
)
def test_a_broken_promise_is_named(  # noqa: PLR0913, PLR0917 - fixtures and parameters
    tiny: Catalogs,
    artefact: harness.Artefact,
    spoilt: Spoilt,
    wrap: Callable[[Answer], Answer],
    name: str,
    detail: str,
) -> None:
    oracle = tiny.backends["numpy"]
    found = failed(contract(spoilt(oracle, wrap), artefact, reference=oracle))
    assert found[name].startswith(detail)
    assert f"{name}: {found[name]}" in broken_promises(
        spoilt(oracle, wrap), artefact, reference=oracle
    )


@pytest.mark.parametrize("wrap", [scribbling, reusing])
def test_one_broken_promise_is_not_held_against_the_others(
    tiny: Catalogs,
    artefact: harness.Artefact,
    spoilt: Spoilt,
    wrap: Callable[[Answer], Answer],
) -> None:
    oracle = tiny.backends["numpy"]
    assert len(failed(contract(spoilt(oracle, wrap), artefact, reference=oracle))) == 1


def test_declared_concurrency_is_used(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt
) -> None:
    threadsafe = tiny.backends["onnxruntime"]
    found = by_name(contract(spoilt(threadsafe, concurrency=3), artefact))["concurrent use"]
    assert (found.grade, found.detail) == ("pass", "3 threads")
    found = by_name(contract(spoilt(threadsafe, crowded, concurrency=3), artefact))[
        "concurrent use"
    ]
    assert found.grade == "fail"
    assert found.detail.startswith("3 threads: an answer differs from the one alone by ")


def test_what_is_submitted_is_compared(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt
) -> None:
    numpy = tiny.backends["numpy"]
    loaded = numpy.load(artefact, harness.LoadOptions(format="onnx"))
    assert callable(loaded.session)
    right, last = submitting(loaded.session), sample_batch(artefact, 3)
    found = by_name(contract(spoilt(numpy, submit=right), artefact))["concurrent use"]
    assert (found.grade, found.detail) == ("pass", "submit")
    answer = loaded.session(last)
    wrong = submitting(lambda _batch: answer)
    found = by_name(contract(spoilt(numpy, submit=wrong), artefact))["concurrent use"]
    assert found.grade == "fail"
    assert found.detail.startswith("submit: an answer differs from the one alone by ")


def test_what_is_submitted_and_never_answered_is_lost(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promises, "PATIENCE", 0.01)
    backend = spoilt(tiny.backends["numpy"], submit=lambda _batch: Future())
    found = by_name(contract(backend, artefact))["concurrent use"]
    assert (found.grade, found.detail) == ("fail", "raises TimeoutError")


@pytest.mark.parametrize("size", [1, 5, 17])
def test_the_batch_size_that_is_wrong_is_named(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt, size: int
) -> None:
    numpy = tiny.backends["numpy"]
    wrong = spoilt(numpy, lambda session: lambda batch: session(batch) + (len(batch) == size))
    found = failed(contract(wrong, artefact, reference=numpy))
    assert found["right answers"].endswith(f", over 0.0001 in batches of {size}")
    others = str(size) if size > 1 else "2, 3, 5, 17"
    assert found["batch of one"].endswith(f" in batches of {others}")


@pytest.mark.parametrize("call", [1, 2, 5])
def test_a_call_that_is_wrong_once_and_never_again_is_seen(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt, call: int
) -> None:
    calls: list[int] = []

    def counting(session: Answer) -> Answer:
        def run(batch: Batch) -> Outputs:
            calls.append(1)
            return session(batch) + (len(calls) == call)

        return run

    found = failed(contract(spoilt(tiny.backends["numpy"], counting), artefact))
    assert found.keys() == {"asked again"}


def test_who_asks_does_not_wait_for_threads_that_block_each_other(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promises, "PATIENCE", 0.5)

    def deadlocked(session: Answer) -> Answer:
        main = get_ident()

        def run(batch: Batch) -> Outputs:
            if get_ident() != main:
                Event().wait()
            return session(batch)

        return run

    backend = spoilt(tiny.backends["numpy"], deadlocked, concurrency=2)
    assert broken_promises(backend, artefact) == ["concurrent use: raises TimeoutError"]


def test_a_full_disk_is_no_answer(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt
) -> None:
    def writing(session: Answer) -> Answer:
        def run(batch: Batch) -> Outputs:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"of {len(session(batch))}")

        return run

    with pytest.raises(harness.StorageError, match="cannot write of 3: No space left on device"):
        broken_promises(spoilt(tiny.backends["numpy"], writing), artefact)


def test_a_backend_of_one_batch_size_is_asked_for_no_other(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt
) -> None:
    sizes: set[int] = set()

    def counting(session: Answer) -> Answer:
        def run(batch: Batch) -> Outputs:
            sizes.add(len(batch))
            return session(batch)

        return run

    backend = spoilt(tiny.backends["numpy"], counting)
    found = by_name(contract(replace(backend, batching="static"), artefact))
    assert sizes == {3}
    assert (found["batch of one"].grade, found["asked again"].grade) == ("not applicable", "pass")
    sizes.clear()
    forms = artefact.manifest.forms
    fixed = forms | {"onnx": replace(forms["onnx"], details={"batch": 2})}
    manifest = replace(artefact.manifest, forms=fixed)
    assert failed(contract(backend, replace(artefact, manifest=manifest))) == {}
    assert sizes == {2}


def test_a_row_that_differs_by_rounding_is_no_broken_promise(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt
) -> None:
    def rounding(session: Answer) -> Answer:
        return lambda batch: session(batch) * np.float32(1 + 2e-6 * (len(batch) == 1))

    found: Any = by_name(contract(spoilt(tiny.backends["numpy"], rounding), artefact))
    assert (found["batch of one"].grade, found["batch of one"].detail) == ("pass", "off by 2e-06")
