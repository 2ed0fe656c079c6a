"""A new plugin's package, from the templates beside this module."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from harness import StorageError, UsageError

if TYPE_CHECKING:
    from harness.catalog import Catalogs

TEMPLATES = Path(__file__).parent / "template"
LONGEST = 60
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def write(name: str, out: Path, catalogs: Catalogs) -> Path:
    """Return the folder of a new package that offers a backend of that name.

    Raises `UsageError` for a name that cannot be used and `StorageError` for a folder that is
    there already or cannot be made.
    """
    _check(name, catalogs)
    module = f"harness_{name}"
    project = module.replace("_", "-")
    folder = out / project
    if folder.exists():
        message = f"{folder} is there already; remove it or choose another name or --out"
        raise StorageError(message)
    try:
        for template in sorted(TEMPLATES.rglob("*.txt")):
            relative = str(template.relative_to(TEMPLATES)).removesuffix(".txt")
            path = folder / relative.replace("module", module)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = Template(template.read_text(encoding="utf-8")).substitute(
                name=name, module=module, project=project
            )
            path.write_text(text, encoding="utf-8")
    except OSError as reason:
        message = f"cannot write {folder}: {reason.strerror}; choose another --out"
        raise StorageError(message) from reason
    return folder


def _check(name: str, catalogs: Catalogs) -> None:
    if len(name) > LONGEST or not NAME.fullmatch(name):
        message = (
            f"{name!r} cannot name a plugin: begin with a small letter and go on with small "
            f"letters, digits and single underscores, {LONGEST} at the most, as in my_engine"
        )
        raise UsageError(message)
    owners = {each.name.removeprefix("harness_"): each.name for each in catalogs.plugins}
    owners |= {backend: owner.name for backend, owner in catalogs.backends.owners.items()}
    if name in owners:
        message = f"{name!r} is taken by {owners[name]}; choose another name"
        raise UsageError(message)
