# SPDX-License-Identifier: Apache-2.0
"""A sandgate server in a real container, with the interface of sandgate.Server.

Used by tests/container/ through its conftest.py. container.sh makes the base image and calls podman;
this file writes the configuration, learns the port and finds the server's process id. The server's
state is inside the container, so scratch_files() lists what stands under /tmp and /var/lib there.
"""

import os
import signal
import subprocess
from pathlib import Path

import sandgate

SCRIPT = Path(__file__).resolve().parents[1] / "container/container.sh"
# Docker gives these to a container, podman does not.
FOR_INSTALLERS = ("PIP_", "UV_", "NPM_CONFIG_", "npm_config_", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
FILES_OF_INSTALLERS = ("/etc/pip.conf", "/etc/npmrc")
DOCKER_CAPABILITIES = ["NET_RAW", "MKNOD", "AUDIT_WRITE"]


def why_not() -> str:
    """Why no container can be started here, or "" when one can. Makes the base image the first time."""
    done = subprocess.run([SCRIPT, "check"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode == 0:
        return ""
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"container.sh check ended with {done.returncode}"


def installing(dependencies: Path, state: Path) -> list:
    """Arguments of a container whose server installs what the files in `dependencies` name, and keeps it in `state`. Its
    pip and npm ask the registries that those of this machine do: with the same variables and files of settings, and
    $SSL_CERT_FILE for both."""
    variables = {name: value for name, value in os.environ.items() if name.startswith(FOR_INSTALLERS)}
    if "SSL_CERT_FILE" in variables:
        variables.setdefault("NODE_EXTRA_CA_CERTS", variables["SSL_CERT_FILE"])
    files = {value for value in variables.values() if value.startswith("/")} | set(FILES_OF_INSTALLERS)
    volumes = [f"{dependencies}:/dependencies:ro", f"{state}:/var/lib/sandgate"]
    volumes += [f"{file}:{file}:ro" for file in sorted(files) if os.path.exists(file)]
    return [*(f"--volume={volume}" for volume in volumes), *(f"--env={name}={value}" for name, value in variables.items())]


class ContainerServer(sandgate.Server):
    """`sandgate serve` as the only program of a container on the host's network.

    profile    "podman": its default settings; "docker": Docker's default capabilities and refusals
    arguments  more arguments for podman run, e.g. ["--user", "12345"]
    configured whether /conf is one of this test's; an image has its own
    """

    counter = 0

    def __init__(self, config=None, env=None, profile: str = "podman", arguments=None,
                 configured: bool = True):
        super().__init__(config=config, env={}, launcher=[])
        ContainerServer.counter += 1
        self.name = f"sandgate-test-{os.getpid()}-{ContainerServer.counter}"
        self.profile = profile
        self.configured = configured
        self.arguments = [item for pair in (env or {}).items() for item in ("--env", "=".join(pair))]
        self.arguments += arguments or []
        for name in {"log_path", "state_dir"} - set(config or {}):
            del self.config[name]
        if "folder" not in (config or {}).get("dependencies", {}):
            del self.config["dependencies"]["folder"]

    def spawn(self):
        conf = self.folder / "conf"
        conf.mkdir(exist_ok=True)
        self.config_file = conf / "config.yaml"
        self.config_file.write_text(sandgate.json.dumps(self.config))
        command = [str(SCRIPT), "run", self.name, str(conf) if self.configured else "", *self._profile_arguments(), *self.arguments]
        with open(self.stdout_file, "ab") as out, open(self.stderr_file, "ab") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            start_new_session=True)
        return self

    def _profile_arguments(self) -> list:
        if self.profile != "docker":
            return []
        profile = self.folder / "seccomp.json"
        with open(profile, "wb") as out:
            subprocess.run([str(sandgate.containerize()), "--print-profile"], stdout=out, check=True)
        capabilities = [item for name in DOCKER_CAPABILITIES for item in ("--cap-add", name)]
        return ["--security-opt", f"seccomp={profile}", *capabilities]

    @property
    def pid(self) -> int:
        """The server's process id as the host sees it."""
        done = subprocess.run([SCRIPT, "pid", self.name], stdout=subprocess.PIPE, text=True, check=True)
        return int(done.stdout)

    def exec(self, *command, seconds: float = 60) -> subprocess.CompletedProcess:
        """A command inside the container."""
        return subprocess.run([SCRIPT, "exec", self.name, *command], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=seconds)

    def scratch_files(self) -> list:
        return sorted(self.exec("find", "/tmp", "/var/lib/sandgate").stdout.split())

    def stop(self, seconds: float = sandgate.STOP_SECONDS) -> int:
        """SIGTERM to the container; the exit code of the server. Removes the container."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                pass
        subprocess.run([SCRIPT, "remove", self.name], check=False)
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.process.returncode
