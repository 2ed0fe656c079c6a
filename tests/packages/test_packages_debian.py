from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import DataError, UnavailableError
from harness.packages import debian

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Stub = Callable[[str, str], None]

APT = """
assert sys.argv[1:3] == ["download", "tiny"], sys.argv
open("tiny_1.0_all.deb", "w").write("package")
"""
DPKG = """
option, archive = sys.argv[1:]
assert option == "--fsys-tarfile", sys.argv
sys.stdout.write("files of " + open(archive).read())
"""


def test_apt_downloads_and_dpkg_turns_it_into_a_tar(folder: Path, stub: Stub) -> None:
    stub("apt-get", APT)
    stub("dpkg-deb", DPKG)
    assert debian.download("tiny", folder).read_text() == "files of package"


def test_a_package_that_is_none_is_named(folder: Path, stub: Stub) -> None:
    stub("apt-get", APT)
    stub("dpkg-deb", "sys.exit('dpkg-deb: error: not a Debian format archive')")
    with pytest.raises(DataError, match="cannot fetch Debian tiny: dpkg-deb: error: not a Debian"):
        debian.download("tiny", folder)


def test_a_machine_without_apt_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(UnavailableError, match=r"^apt-get is not installed.*tiny; give the path"):
        debian.download("tiny", folder)
