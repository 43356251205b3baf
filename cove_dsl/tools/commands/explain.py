"""`covec explain`: a diagnostic's page."""

import sys

import click

from ..explain import explain, find_page
from ..output import FINE, USAGE


@click.command("explain")
@click.argument("code")
def command(code: str) -> None:
    """What the diagnostic CODE means, what to avoid and what to write instead."""
    print(explain(code))
    sys.exit(FINE if find_page(code) is not None else USAGE)
