"""The code registry: every diagnostic code there is, each with a title.

A code is kebab-case and permanent: once published it is never renamed or given another meaning. Each has a page
`docs/diagnostics/CODE.md`.
"""

from attrs import frozen


@frozen
class Code:
    """A permanent diagnostic code and what it stands for, in a few words."""

    code: str
    title: str


def _registry(**titles: str) -> dict[str, Code]:
    codes = (name.replace("_", "-") for name in titles)
    return {code: Code(code, title) for code, title in zip(codes, titles.values(), strict=True)}


CODES: dict[str, Code] = _registry()
