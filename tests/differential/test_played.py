"""What the solver proves, against what the reference has played out: no argument refutes a story that there is.

pytest -q tests/differential/test_played.py             seconds
pytest -q -s -m long tests/differential/test_played.py  thousands of scenarios, then every mutant; prints what it saw
"""

import os
from collections import Counter
from collections.abc import Callable
from multiprocessing import Pool
from typing import Any

import pytest
from attrs import define, evolve, field

from cove_dsl.backends.smt import Budget, check_scenario
from cove_dsl.backends.smt.bounded.world import Bounds
from cove_dsl.core.nodes import Apply, Goal
from cove_dsl.core.types import BOOL
from cove_dsl.solve.errors import BOUNDED
from cove_dsl.solve.scenarios import ask_scenario
from cove_dsl.solve.search import Knobs

from .played import Played, played
from .proof_mutants import NAMES, misproved
from .test_solver import TooLarge, at_most

BUDGET = Budget(steps=300_000)
SECONDS = 6  # of computing, for one question
