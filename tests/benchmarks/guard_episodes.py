"""A guard in front of a scripted agent over 1,000 dialogues of the shop, as they are and with planted mistakes."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.differential.guarding import experiment


def main(n: int) -> None:
    clean, planted, rules = experiment(n)
    for name, outcome in (("as they are", clean), ("spoiled", planted)):
        print(f"{name}: {outcome.episodes} episodes, {outcome.calls} calls, {dict(outcome.right)} as they should be, "
              f"{len(outcome.wrong)} not, {len(outcome.leftover)} violations in what happened")  # fmt: skip
    for rule in sorted(rules):
        print(f"  {rule:<32} broken by {planted.rules[rule]} planted calls")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
