"""Months of days that are open: exact whole-number arithmetic over the years in which every fourth is a leap year.

A day is a number of days since 1970. Years are counted from March on, so that the odd day comes last. The first day of
March 1904 begins a cycle of four such years, and up to February 2100 every cycle has as many days.
"""

from datetime import date
from fractions import Fraction

from .. import terms

BEGIN = date(1904, 3, 1).toordinal() - date(1970, 1, 1).toordinal()
END = date(2100, 2, 28).toordinal() - date(1970, 1, 1).toordinal()
CYCLE, YEAR = 4 * 365 + 1, 365


def within(day: str) -> str:
    """That a day is one that can be counted here."""
    return f"(<= (- {-BEGIN}) {day} {END})"


def months_and_day(day: str) -> tuple[str, str]:
    """The months since March 1904, and the day of the month, from 0; of a day `within` the calendar."""
    since = f"(+ {day} {-BEGIN})"
    rest = f"(mod {since} {CYCLE})"
    year = f"(ite (= {rest} {CYCLE - 1}) 3 (div {rest} {YEAR}))"
    of_year = f"(- {rest} (* {YEAR} {year}))"
    month = f"(div (+ (* 5 {of_year}) 2) 153)"
    months = f"(+ (* 48 (div {since} {CYCLE})) (* 12 {year}) {month})"
    return months, f"(- {of_year} (div (+ (* 153 {month}) 2) 5))"


def months_between(one: tuple[str, str], two: tuple[str, str]) -> str:
    """Whole months from the first to the second; less than none if that comes before."""
    (m, d), (n, e) = one, two
    later = terms.either([f"(> {n} {m})", terms.both([terms.equal(n, m), f"(>= {e} {d})"])])
    forth = f"(- (- {n} {m}) (ite (< {e} {d}) 1 0))"
    back = f"(- (- (- {m} {n}) (ite (< {d} {e}) 1 0)))"
    return f"(ite {later} {forth} {back})"


def whole_day(term: str) -> str:
    """A day as a whole number: days are kept as reals."""
    if term.startswith("(to_real "):
        return term[9:-1]
    number = term.removesuffix(".0")
    return number if number.isdigit() else f"(to_int {term})"


def literal_day(term: str) -> tuple[str, str] | None:
    """What is known of a day that is written in the source."""
    negative = term.startswith("(- ")
    digits = term.removeprefix("(- ").removesuffix(")").removesuffix(".0")
    if not digits.isdigit():
        return None
    found = date.fromordinal(date(1970, 1, 1).toordinal() + int(Fraction(digits)) * (-1 if negative else 1))
    months = (found.year - 1904) * 12 + found.month - 3
    return (str(months) if months >= 0 else f"(- {-months})"), str(found.day - 1)


__all__ = ["literal_day", "months_and_day", "months_between", "whole_day", "within"]
