"""A wheel built from the checkout works in a fresh environment, outside the checkout."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import kreport

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


def run(*command: object, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("build")
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """The Python of a fresh environment with the wheel, and the packages of this one by their folder."""
    folder = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    # A folder in a .pth file is searched, the .pth files in it are not read: an editable kreport stays out of sight.
    (site / "packages-of-the-tests.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "-q", wheel, cwd=folder)
    return python


def test_the_wheel_holds_code_templates_data_and_licences(wheel):
    members = set(zipfile.ZipFile(wheel).namelist())
    for template in (ROOT / "templates").rglob("*.j2"):
        assert f"kreport/templates/{template.relative_to(ROOT / 'templates').as_posix()}" in members
    assert {"kreport/py.typed", "kreport/data/digits.npz", "kreport/data/LICENSE-digits.md"} <= members
    assert any(member.endswith("licenses/LICENSE") for member in members)
    assert not [member for member in members if "__pycache__" in member or "node_modules" in member]
    assert wheel.stat().st_size < 2_000_000


def test_the_demo_runs_outside_the_checkout_and_its_report_is_complete(python, tmp_path):
    command = python.with_name("kreport" + python.suffix)
    out = run(command, "demo", cwd=tmp_path)
    path = tmp_path / "digits_resnet.report.html"
    assert str(path) in out
    html = path.read_text("utf-8")
    for section in ("overview", "architecture", "weights", "training", "layers"):
        assert f'id="{section}"' in html
    assert str(tmp_path) not in html
    code = (
        "import kreport, sys\n"
        "assert 'fresh' in kreport.__file__, kreport.__file__\n"
        "report = kreport.load(sys.argv[1])\n"
        "print(report.subject.name, len(report.layers), len(report.history), [g.stage for g in report.gaps])\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    assert run(python, "-c", code, path, cwd=tmp_path) == "digits_resnet 31 18 []\n"


def test_the_version_is_that_of_the_package(python, tmp_path):
    assert run(python, "-m", "kreport", "--version", cwd=tmp_path) == f"kreport {kreport.__version__}\n"
