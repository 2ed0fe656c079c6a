"""Pickles of byte arrays in plain containers; whatever else one asks for is refused.

Not even NumPy's own functions are called as a pickle pleases: given an object array over bytes of
the file's, they would follow pointers that the file made up. `Array` and `Kind` stand for them.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from harness import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def read(path: Path) -> dict[str, Any]:
    """Return the dictionary in a pickle of Python 2 or 3; strings of Python 2 are bytes."""
    try:
        with path.open("rb") as stream:
            found = _Unpickler(stream, encoding="bytes").load()
    except Exception as reason:  # a damaged pickle raises whatever it meets
        message = f"{path} cannot be read: {reason or type(reason).__name__}"
        raise DataError(message) from reason
    if not isinstance(found, dict):
        message = f"{path} holds no dictionary"
        raise DataError(message)
    return {str(key, "utf-8") if isinstance(key, bytes) else key: found[key] for key in found}


def array(value: object) -> NDArray[np.uint8]:
    """Return the array of bytes that a pickle describes; raise `ValueError` for anything else."""
    import numpy as np

    match value:
        case Array(state=(_, tuple(shape), Kind(name="u1" | b"u1"), False, bytes(content))):
            return np.frombuffer(content, np.uint8).reshape(shape)
        case Array(
            given=(bytes() | bytearray() as content, Kind(name="u1" | b"u1"), tuple(shape), "C")
        ):
            return np.frombuffer(content, np.uint8).reshape(shape)
    message = "it holds no array of bytes where one is due"
    raise ValueError(message)


class Array:
    """What a pickle says of an array: arguments (`_frombuffer`) or a state (`_reconstruct`)."""

    def __init__(self, *given: object) -> None:
        self.given = given
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class Kind:
    """What a pickle says of an array's type."""

    def __init__(self, name: object = None, *_given: object) -> None:
        self.name = name

    def __setstate__(self, state: object) -> None:
        """Ignore the byte order: a byte has none."""


STAND_INS = {
    ("numpy", "ndarray"): Array,
    ("numpy", "dtype"): Kind,
    ("numpy.core.multiarray", "_reconstruct"): Array,
    ("numpy._core.multiarray", "_reconstruct"): Array,
    ("numpy.core.numeric", "_frombuffer"): Array,
    ("numpy._core.numeric", "_frombuffer"): Array,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        """Return the stand-in for one of NumPy's names; there is none for any other."""
        if (module, name) in STAND_INS:
            return STAND_INS[module, name]
        message = f"it asks for {module}.{name}, and only arrays and plain values are read"
        raise pickle.UnpicklingError(message)
