"""Reports as files: written at once or not at all, read back as equal reports."""

from __future__ import annotations

import os
import re
import tempfile
from lzma import LZMAError
from pathlib import Path

from kreport.document.report import Report, Written, json_of
from kreport.errors import KreportError
from kreport.render.assets import unarchived

_ARCHIVE = re.compile(r'<script type="application/octet-stream;base64" id="kreport-archive">([^<]*)</script>')


def save(report: Report, path: str | Path, *, interactive: bool) -> Written:
    """Write a report as HTML or JSON, by the suffix; see :meth:`Report.save`."""
    target = writable(path)
    if target.suffix.lower() == ".json":
        content = report.to_json().encode("utf-8")
        write_atomically(target, content)
        return Written(target, len(content), {})
    from kreport.render.html import render_html

    page = render_html(report, interactive=interactive)
    content = page.html.encode("utf-8")
    write_atomically(target, content)
    return Written(target, len(content), page.section_bytes, page.gaps)


def writable(path: object) -> Path:
    """Return the absolute path, checked before any work is done.

    Raises:
        KreportError: the suffix is unknown, the folder is missing or cannot be written to.
    """
    if not isinstance(path, str | os.PathLike):
        message = f"`output` is {type(path).__name__}; a path ending in .html or .json is accepted."
        raise KreportError(message)
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm", ".json"):
        found = f"ends in {target.suffix!r}" if target.suffix else "has no suffix"
        message = f"`output` {found}; .html and .json are accepted."
        raise KreportError(message)
    try:
        target = target.absolute()
    except OSError:
        reason = "the working folder no longer exists; an absolute path is accepted"
        message = f"`output` is the relative path {str(path)!r}, but {reason}."
        raise KreportError(message) from None
    if target.is_dir():
        message = f"`output` {target.name!r} is a folder; the name of a file is accepted."
        raise KreportError(message)
    if not target.parent.is_dir():
        message = f"`output` {target.name!r}: its folder {target.parent.name!r} does not exist."
        raise KreportError(message)
    if not os.access(target.parent, os.W_OK):
        message = f"`output` {target.name!r}: its folder {target.parent.name!r} cannot be written to."
        raise KreportError(message)
    return target


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` in one step, or leave it as it was.

    Raises:
        KreportError: the disk is full or the file cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.stem[:40]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        message = f"`output` {path.name!r} could not be written: {error.strerror or error}."
        raise KreportError(message) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        message = f"`output` {path.name!r} could not be written: {error.strerror or error}."
        raise KreportError(message) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def stored_json(path: str | Path) -> dict[str, object]:
    """Return what a report file holds, HTML or JSON, told by its content.

    Raises:
        KreportError: there is no such file, or it holds no kreport report.
    """
    source = Path(path)
    try:
        text = source.read_text("utf-8")
    except FileNotFoundError:
        message = f"`path` {source.name!r} does not exist; a report written by kreport (.html or .json) is accepted."
        raise KreportError(message) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        message = f"`path` {source.name!r} cannot be read ({reason}); a report written by kreport is accepted."
        raise KreportError(message) from None
    found = _ARCHIVE.search(text)
    try:
        return json_of(unarchived(found[1]) if found else text)
    except (ValueError, LZMAError):
        message = (
            f"`path` {source.name!r} holds no kreport report; a .html or .json file written by kreport is accepted."
        )
        raise KreportError(message) from None
