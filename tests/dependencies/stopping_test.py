# SPDX-License-Identifier: Apache-2.0
"""A server that stops gives up what it installs: that is no error, and who waits for it does not hold the server up."""

import json
import signal
from concurrent.futures import ThreadPoolExecutor

import exposition
import packages
import pytest
import sandgate
from conftest import environments, version_of

FOREVER = 3600
GIVEN_UP = "the installation of packages was given up, as the server stops"
SLEEP = """
    import time
    time.sleep(3600)
"""
ROUTES = [("POST", "/v1/sandbox/dependencies/update"), ("GET", "/v1/sandbox/dependencies/refresh")]

# In rootless without user namespaces an installer starts no process, so it builds nothing.
pytestmark = pytest.mark.modes("full", "container", "rootless-userns")


def serve(site, requirements: str):
    config = {"server": {"drain_timeout": FOREVER}, "dependencies": {"wait_seconds": FOREVER}, "worker_timeout": FOREVER}
    site.require(requirements)
    return site.serve(config=config)


def require_what_takes_for_ever(site):
    packages.make_sdist(site.wheels, "never", "1.0", SLEEP)
    site.require("never\n")


def wait_installing(server):
    def told():
        warnings = json.loads(server.request("GET", "/ready")[2])["warnings"]
        return any("installing packages" in warning for warning in warnings)
    sandgate.wait_for(told, 30, "the installer to begin")


def wait_under_way(server):
    sandgate.wait_for(lambda: exposition.of(server).value("sandgate_requests_under_way", key="default") == 1, what="the run")


def stop_in_the_middle(server):
    """What the log says of it."""
    below = server.children()
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_exit() == 0
    sandgate.wait_for(lambda: not any(sandgate.read_stat(pid) for pid in below), what="all processes to end")
    log = server.log_since("draining")
    assert not [line for line in log if line["level"] in ("warn", "error")], log
    assert [(line["level"], line["language"]) for line in log if line["msg"] == GIVEN_UP] == [("info", "python3")]
    return log


@pytest.mark.parametrize("method, route", ROUTES)
def test_who_waits_for_an_update_is_told_at_once(site, method, route):
    packages.make_wheel(site.wheels, "good", "1.0")
    server = serve(site, "good\n")
    assert version_of(server, "good") == "1.0"
    before = environments(server)
    require_what_takes_for_ever(site)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.request, method, route + "?language=python3")
        wait_installing(server)
        log = stop_in_the_middle(server)
        status, headers, body = waiting.result()
    reply = json.loads(body)
    assert (status, reply["code"], reply["data"]) == (503, -503, None) and headers["retry-after"]
    assert reply["message"] == "the server is stopping; the installation of packages was given up"
    told = next(line for line in log if line.get("path") == route)
    assert (told["status"], told["message"]) == (503, reply["message"])
    assert environments(server) == before


def test_a_run_that_waits_for_its_packages_is_told_at_once(site):
    require_what_takes_for_ever(site)
    server = serve(site, "never\n")
    with ThreadPoolExecutor(1) as pool:
        body = {"language": "python3", "code": "print(1)"}
        waiting = pool.submit(server.request, "POST", "/v1/sandbox/run", body)
        wait_installing(server)
        wait_under_way(server)
        stop_in_the_middle(server)
        status, _, answer = waiting.result()
    assert (status, json.loads(answer)["code"]) == (503, -503)
    assert "server is stopping" in json.loads(answer)["message"]
    assert not environments(server)


def test_a_run_under_way_gets_its_time_while_the_installation_is_given_up(site):
    packages.make_wheel(site.wheels, "good", "1.0")
    server = serve(site, "good\n")
    assert version_of(server, "good") == "1.0"
    require_what_takes_for_ever(site)
    with ThreadPoolExecutor(1) as pool:
        server.process.send_signal(signal.SIGHUP)
        wait_installing(server)
        run = pool.submit(server.run, "python3", "import time; time.sleep(2); import good; print(good.version)")
        wait_under_way(server)
        stop_in_the_middle(server)
        assert run.result()["data"]["stdout"] == "1.0\n"
