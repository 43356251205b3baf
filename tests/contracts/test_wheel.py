"""The wheel works outside the checkout: entry point, grammar, bundled desks and pages come with it. No network."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints, outside any virtual environment or source path; the test fails if the command does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of an environment with the wheel, and its dependencies lent by the running one."""
    home = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", scripts / "python", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=home)
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    site = run(scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home)
    # A path file adds these folders behind the environment's own and does not read their path files: the editable
    # install of the checkout stays out of reach.
    Path(site.strip(), "lent.pth").write_text("\n".join(sorted(lent)) + "\n", encoding="utf-8")
    return scripts


def test_the_wheel_holds_what_lives_at_the_root_of_the_checkout(wheel: Path):
    held = set(ZipFile(wheel).namelist())
    specs = {f"cove_dsl/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "specs").rglob("*.cove")}
    pages = {f"cove_dsl/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "docs/diagnostics").glob("*.md")}
    assert {"cove_dsl/grammar/cove.lark", *specs, *pages} <= held
    assert not any(name.startswith(("tests/", "runs/")) for name in held)


def test_a_bundled_desk_is_checked_outside_the_checkout(installed: Path, tmp_path: Path):
    origin = run(installed / "python", "-c", "import cove_dsl; print(cove_dsl.__file__)", cwd=tmp_path)
    assert Path(origin.strip()).is_relative_to(installed.parent)
    run(installed / "covec", "check", "retail", "--no-solve", cwd=tmp_path)
