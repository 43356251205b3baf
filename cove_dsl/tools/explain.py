"""The page of a diagnostic code: `docs/diagnostics/CODE.md`, from the checkout or the packaged copy."""

import re
from pathlib import Path

from ..source import suggest
from ..source.registry import CODES
from .cells import visible

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE.parent / "docs" / "diagnostics", _PACKAGE / "docs" / "diagnostics")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


def explain(code: str) -> str:
    """The page of a code; for a code without one, a sentence with the codes that may have been meant."""
    page = find_page(code)
    if page is not None:
        return page
    if code in CODES:
        return f"{code}: {CODES[code].title}"
    near = suggest(code, known_codes())
    names = ", ".join(f"`{name}`" for name in near)
    return f"there is no diagnostic code `{visible(code)}`" + (f"; did you mean {names}?" if near else "")


def find_page(code: str) -> str | None:
    """The text of a code's page, or None. A name that is no code never becomes a path."""
    if not _CODE.fullmatch(code):
        return None
    pages = (folder / f"{code}.md" for folder in _FOLDERS)
    return next((page.read_text(encoding="utf-8") for page in pages if page.is_file()), None)


def known_codes() -> tuple[str, ...]:
    """Every code that is registered or has a page, sorted."""
    pages = {page.stem for folder in _FOLDERS for page in folder.glob("*.md") if _CODE.fullmatch(page.stem)}
    return tuple(sorted(pages | CODES.keys()))
