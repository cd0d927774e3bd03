# SPDX-License-Identifier: Apache-2.0
"""Dify's compose file works with sandgate when one line of it is another."""

import re

import sandgate
import yaml

FOLDER = sandgate.REPOSITORY / "packaging/compose"
VERSION = re.search(r"project\(sandgate VERSION ([\d.]+)", (sandgate.REPOSITORY / "CMakeLists.txt").read_text()).group(1)
# What Dify's file says of the service, but for its image.
OF_DIFY = {
    "restart": "always",
    "environment": {
        "API_KEY": "${SANDBOX_API_KEY:-dify-sandbox}",
        "GIN_MODE": "${SANDBOX_GIN_MODE:-release}",
        "WORKER_TIMEOUT": "${SANDBOX_WORKER_TIMEOUT:-15}",
        "ENABLE_NETWORK": "${SANDBOX_ENABLE_NETWORK:-true}",
        "HTTP_PROXY": "${SANDBOX_HTTP_PROXY:-http://ssrf_proxy:3128}",
        "HTTPS_PROXY": "${SANDBOX_HTTPS_PROXY:-http://ssrf_proxy:3128}",
        "SANDBOX_PORT": "${SANDBOX_PORT:-8194}",
        "PIP_MIRROR_URL": "${PIP_MIRROR_URL:-}",
    },
    "volumes": ["./volumes/sandbox/dependencies:/dependencies", "./volumes/sandbox/conf:/conf"],
    "healthcheck": {"test": ["CMD", "curl", "-f", "http://localhost:8194/health"]},
    "networks": ["ssrf_proxy_network"],
}


def load(name: str) -> dict:
    return yaml.safe_load((FOLDER / name).read_text())


def test_only_the_image_is_another():
    assert load("sandbox.yaml")["services"]["sandbox"] == {"image": f"sandgate:{VERSION}", **OF_DIFY}
    assert load("docker-compose.override.yaml") == {"services": {"sandbox": {"image": f"sandgate:{VERSION}"}}}


def test_its_network_leads_nowhere_by_itself():
    assert load("sandbox.yaml")["networks"] == {"ssrf_proxy_network": {"driver": "bridge", "internal": True}}


def test_every_variable_is_an_option_or_said_to_have_no_effect():
    table = (sandgate.REPOSITORY / "docs/config.md").read_text()
    notes = (sandgate.REPOSITORY / "docs/migrate-from-dify-sandbox.md").read_text()
    for name in OF_DIFY["environment"]:
        assert f"`{name}`" in table or f"| `{name}` | Without effect" in notes, name


def test_the_chart_and_the_notes_name_the_same_version():
    chart = yaml.safe_load((sandgate.REPOSITORY / "packaging/helm/sandgate/Chart.yaml").read_text())
    assert chart["appVersion"] == VERSION
    assert f"image: sandgate:{VERSION}" in (sandgate.REPOSITORY / "docs/migrate-from-dify-sandbox.md").read_text()
