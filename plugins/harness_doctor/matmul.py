"""A child that multiplies matrices on the first CUDA device, each turn in the next precision.

Run as `python -m harness_doctor.matmul`; it answers `Turn` with `Turned`.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from harness import ceiling, protocol
from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 8192
FLOPS_PER_CALL = 2 * ROWS**3
PRECISIONS = {
    "fp32": ("float32", "highest"),
    "tf32": ("float32", "high"),
    "fp16": ("float16", "highest"),
}
"""In the order of turns: the elements' type, and what torch may do to a float32 product (`high`
rounds to TF32)."""


def products(device: str, rows: int) -> Iterator[Callable[[], object]]:
    """Yield a callable for each precision, which returns when its product is ready."""
    import torch

    left, right = torch.randn((2, rows, rows), device=device)
    for kind, allowed in PRECISIONS.values():
        given = [each.to(getattr(torch, kind)) for each in (left, right)]

        def multiply(given: list[Any] = given, allowed: str = allowed) -> object:
            torch.set_float32_matmul_precision(allowed)
            product = torch.mm(*given)
            if product.is_cuda:
                torch.cuda.synchronize()
            return product

        yield multiply


def main() -> None:
    """Serve turns until the parent has no more."""
    requests = itertools.cycle(products("cuda", ROWS))

    def handle(command: protocol.Command) -> protocol.Turned:
        if isinstance(command, protocol.Turn):
            return ceiling.turn(next(requests), command)
        message = f"{type(command).__name__} does not fit here"
        raise HarnessError(message)

    protocol.serve(handle)


if __name__ == "__main__":
    main()
