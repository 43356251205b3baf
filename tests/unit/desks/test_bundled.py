"""Every bundled desk is free of findings: each of its scenarios can be played out, or is refused as it says."""

import pytest
from click.testing import CliRunner

from cove_dsl.tools.cli import covec


@pytest.mark.parametrize("desk", ["retail", "airline", "telecom", "clinic"])
def test_a_bundled_desk_checks_clean(desk):
    found = CliRunner().invoke(covec, ["check", desk, "--no-cache"])
    assert found.exit_code == 0, found.output
    assert f"{desk}: fine" in found.output
    assert "neither" not in found.output
