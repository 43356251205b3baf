"""What all tests share: the data folder beside the checkout, and CI's refusal to do without it where it exists."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, and nothing about the code: work is measured otherwise.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("COVE_SHARED") or ROOT.parent / "shared" / "tau2")
MISSING = "needs the data folder beside the checkout (../shared/tau2, or the path in COVE_SHARED)"

_skipped_shared: list[str] = []


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the recorded benchmark data; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip(MISSING)
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for `shared_data` is marked `shared`."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared") and not SHARED.is_dir():
        pytest.skip(MISSING)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and "shared" in report.keywords and not hasattr(report, "wasxfail"):
        _skipped_shared.append(report.nodeid)


def _refused() -> list[str]:
    """In CI, where the data folder is there, the tests that need it and were skipped none the less."""
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return _skipped_shared if in_ci and SHARED.is_dir() else []


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _refused() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in _refused():
        terminalreporter.write_line(f"FAILED {name}: skipped, though the shared data is there", red=True)
