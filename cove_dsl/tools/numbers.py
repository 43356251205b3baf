"""Numbers that options take. A comparison with `nan` is never true, so ranges alone would let it through."""

import math
from typing import Any

import click


class Number(click.FloatRange):
    """A number in a range. Refuses what is none (`nan`) and what never ends (`inf`)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = float(click.FLOAT.convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"`{value}` is not a number that can be counted with", param, ctx)
        return super().convert(number, param, ctx)


POSITIVE = Number(0, min_open=True)
WHOLE = click.IntRange(1)


__all__ = ["POSITIVE", "WHOLE", "Number"]
