# SPDX-License-Identifier: Apache-2.0
"""Claim: whatever the server's own standard descriptors lead to, it starts, serves and stops."""

import os
import subprocess

import sandgate


class Unread(sandgate.Server):
    """Its stdout is a pipe that the test may read; the log is read from its file."""

    def spawn(self):
        self.write_config()
        self.reader, writer = os.pipe()
        os.set_blocking(self.reader, False)
        command = [*self.launcher, str(sandgate.binary()), "serve", "--config", str(self.config_file)]
        with open(self.stderr_file, "ab") as err:
            self.process = subprocess.Popen(command, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                                            stdout=writer, stderr=err, start_new_session=True)
        os.close(writer)
        return self

    def log_lines(self) -> list:
        log = self.folder / "logs" / "app.log"
        return sandgate.parse_log(log.read_text()) if log.exists() else []

    def read(self) -> bytes:
        """What the pipe holds now."""
        parts = []
        try:
            while part := os.read(self.reader, 1 << 20):
                parts.append(part)
        except BlockingIOError:
            pass
        return b"".join(parts)

    def close(self):
        super().close()
        if self.reader is not None:
            os.close(self.reader)


def test_a_log_that_nobody_reads_keeps_no_request_waiting():
    """The one thread of the server stood in write(2), and a signal did not end it."""
    with Unread() as server:
        for _ in range(400):
            assert server.run("ruby", "1")["code"] == -400
        assert b"ruby" in server.read()
        assert server.run("perl", "1")["code"] == -400
        told, *_, last = sandgate.parse_log(server.read().decode().lstrip("\n"))
        assert (told["level"], "perl" in last["message"]) == ("warn", True) and told["lines"] > 10, told
        assert len([line for line in server.log_lines() if "ruby" in line.get("message", "")]) == 400
        for _ in range(400):
            server.run("ruby", "1")
        assert server.stop() == 0


def test_a_server_starts_where_the_reader_of_its_log_has_gone():
    with Unread() as server:
        server.stop()
        os.close(server.reader)
        (server.folder / "logs" / "app.log").unlink()
        read, write = os.pipe()
        os.close(read)
        server.reader = None
        command = [str(sandgate.binary()), "serve", "--config", str(server.config_file)]
        server.process = subprocess.Popen(command, cwd=server.folder, env=server.env, stdout=write,
                                          start_new_session=True)
        os.close(write)
        sandgate.wait_for(server._is_up, 20, "the server to listen")
        assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"


def test_closed_standard_descriptors_are_not_used_for_something_else():
    """The log went into an eventfd, and messages into an epoll descriptor."""
    with Unread(launcher=["sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"]) as server:
        opened = [os.readlink(f"/proc/{server.pid}/fd/{fd}") for fd in (0, 1, 2)]
        assert opened == ["/dev/null"] * 3
        assert server.run("python3", "print(1)")["data"]["stdout"] == "1\n"
