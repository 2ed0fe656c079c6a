from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from harness import hookspecs

if TYPE_CHECKING:
    from collections.abc import Callable


def test_every_hook_is_documented_with_its_signature(page: Callable[[str], str]) -> None:
    shown = re.findall(r"^\| `(harness_.*?)` \| \S", page("hooks.md"), re.MULTILINE)
    hooks = {name: each for name, each in vars(hookspecs).items() if name.startswith("harness_")}
    assert shown == [
        f"{name}{inspect.signature(each)}".replace("'", "") for name, each in hooks.items()
    ]
