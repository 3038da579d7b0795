"""Style, script and data blocks of the page, and the policy that admits nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib
import lzma
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

from kreport.render.templates import templates_dir


def _assets(folder: str, suffix: str) -> list[Path]:
    return sorted((templates_dir() / "assets" / folder).glob(f"*{suffix}"))


@cache
def style() -> str:
    """Return all style sheets as one, without comments and blank lines."""
    text = "\n".join(path.read_text("utf-8") for path in _assets("css", ".css"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


@cache
def script() -> str:
    """Return all behaviours in one scope; ``_behaviour.js`` comes first by its name."""
    parts = [path.read_text("utf-8") for path in _assets("js", ".js")]
    text = "\n".join(re.sub(r"^\s*//.*\n", "", part, flags=re.MULTILINE) for part in parts)
    return f'(() => {{\n"use strict";\n{text}}})();'


@cache
def vega() -> str:
    """Return the prebuilt Vega core."""
    return (templates_dir() / "assets" / "vega" / "vega-core.js").read_text("utf-8")


@cache
def packed_vega() -> str:
    """Return the Vega core as a data block holds it."""
    return packed(vega())


def hash_of(text: str) -> str:
    """Return the source expression that admits exactly this inline text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy(*, interactive: bool) -> str:
    """Return the Content-Security-Policy: our style and scripts by hash, pictures from data, nothing else."""
    scripts = [hash_of(script()), *([hash_of(vega())] if interactive else [])]
    return (
        f"default-src 'none'; script-src {' '.join(scripts)}; style-src {hash_of(style())}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def packed(text: str) -> str:
    """Return ``text`` gzipped, in base64: nothing in it can end the block it stands in."""
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 9, mtime=0)).decode("ascii")


def archived(text: str) -> str:
    """Return ``text`` as xz, in base64: a third smaller than gzip, and no browser has to read it."""
    return base64.b64encode(lzma.compress(text.encode("utf-8"))).decode("ascii")


def unarchived(block: str) -> str:
    """Return the text of an archive.

    Raises:
        ValueError, lzma.LZMAError: it is none.
    """
    return lzma.decompress(base64.b64decode(block)).decode("utf-8")


def inline(text: str) -> Markup:
    """Return our own style or script for its element, whose text must stay as it was hashed.

    Raises:
        ValueError: it would end its element.
    """
    if "</" in text and re.search(r"</(script|style)", text, re.IGNORECASE):
        message = "an asset ends its own element"
        raise ValueError(message)
    return Markup(text)  # noqa: S704
