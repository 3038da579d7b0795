"""assets/vega: the built bundle is the one that package.json describes, and its licences come along."""

import json
import re

import pytest

from kreport.render.assets import vega
from kreport.render.templates import templates_dir

FOLDER = templates_dir() / "assets" / "vega"
PINNED = json.loads((FOLDER / "package.json").read_text("utf-8"))["dependencies"]
HEADER = vega().split("*/", 1)[0]
BUNDLED = dict(re.findall(r"(\S+)@(\d+\.\d+\.\d+)", HEADER))


def test_the_bundle_names_every_package_it_was_built_from():
    assert BUNDLED == PINNED
    assert len(BUNDLED) > 30


@pytest.mark.parametrize("package", sorted(set(PINNED) - {"esbuild"}))
def test_every_bundled_package_has_its_licence(package):
    text = (FOLDER / "LICENSES.txt").read_text("utf-8")
    assert re.search(rf"^{re.escape(package)} {re.escape(PINNED[package])} \(\S+\)$", text, re.MULTILINE)


def test_every_version_is_exact():
    assert {version for version in PINNED.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == set()


@pytest.mark.parametrize("trap", ["</script", "<!--", "sourceMappingURL"])
def test_the_bundle_can_stand_in_a_page(trap):
    assert trap.lower() not in vega().lower()


def test_the_bundle_is_the_core_only():
    assert 300_000 < len(vega().encode("utf-8")) < 450_000
    assert vega().split("*/", 1)[1].strip().startswith("var kreportVega=")
