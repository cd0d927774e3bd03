# SPDX-License-Identifier: Apache-2.0
"""Fixtures shared by the pytest suites: servers in each isolation mode.

`server` is one server per mode for the whole session; tests that use it run once per mode. `make_server`
starts further servers with a configuration of the test's own. `container_server` is the server in a real
container (tests/container/), only there. SANDGATE_TEST_MODES=full,container,rootless chooses the modes,
SANDGATE_TEST_SPAWNER=exec or auto how runs start, SANDGATE_TEST_INSIDE=MODE that the machine of the tests has one mode
only (tests/support/sandgate.py): then tests of others are left out. With SANDGATE_TEST_RUNNING=PORT `server` is the one
that listens there.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))

import sandgate  # noqa: E402

DEFAULT_MODES = "full,container"


def chosen_modes() -> list:
    if sandgate.INSIDE:
        return [sandgate.INSIDE]
    if os.geteuid() != 0:
        return ["full"]
    return [name.strip() for name in os.environ.get("SANDGATE_TEST_MODES", DEFAULT_MODES).split(",") if name.strip()]


def pytest_configure(config):
    config.addinivalue_line("markers", "modes(*names): run the test only in these isolation modes")
    config.addinivalue_line("markers", "machine: the test needs the machine itself; left out with SANDGATE_TEST_INSIDE")
    for mode in chosen_modes():
        if mode not in sandgate.MODES:
            raise pytest.UsageError(f"SANDGATE_TEST_MODES: {mode!r} is none of {', '.join(sandgate.MODES)}")


def pytest_collection_modifyitems(config, items):
    def is_had(item) -> bool:
        mode = item.callspec.params.get("mode") if hasattr(item, "callspec") else None
        return not sandgate.INSIDE or (mode in (None, sandgate.INSIDE) and not item.get_closest_marker("machine"))
    left_out = [item for item in items if not is_had(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if is_had(item)]


def pytest_generate_tests(metafunc):
    if "mode" not in metafunc.fixturenames:
        return
    own = [str(one.args[0]) for one in metafunc.definition.iter_markers("parametrize")]
    if any("mode" in names.replace(" ", "").split(",") for names in own):
        return
    modes = chosen_modes()
    marker = metafunc.definition.get_closest_marker("modes")
    if marker:
        modes = [mode for mode in modes if mode in marker.args]
    metafunc.parametrize("mode", modes, indirect=True, scope="session")


@pytest.fixture(scope="session")
def mode(request):
    """The isolation mode of this test; asking for it runs the test once per mode."""
    return request.param


@pytest.fixture(scope="session")
def server(mode):
    """A server in `mode`, shared by the tests of the session; do not stop it."""
    if sandgate.RUNNING:
        yield sandgate.RunningServer()
        return
    with sandgate.Server(mode=mode) as running:
        yield running
    assert not running.leftovers, "processes outlived the server"


@pytest.fixture
def make_server(mode):
    """make_server(config, env, **more): a server of this test's own in `mode`, stopped at its end."""
    started = []

    def make(config=None, env=None, **more):
        running = sandgate.Server(config=config, env=env, **{"mode": mode, **more})
        started.append(running)
        return running.start()

    yield make
    for running in reversed(started):
        running.close()
    assert not any(running.leftovers for running in started), "processes outlived the server"
