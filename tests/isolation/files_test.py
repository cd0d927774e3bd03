# SPDX-License-Identifier: Apache-2.0
"""Claim: a run reads no secret of server or host and writes nothing but its own scratch directory.

Origin: predecessors mounted or linked too much into the runs' tree, and left files of one run to the next.
Each attack is first run outside, where it works.
"""

import os
import stat

import attack
import pytest
import sandgate

READ = "tell([attempt(read, path) for path in paths])"
WRITE = """
def write(path):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(fd, b"attack")
    os.close(fd)
tell([attempt(write, path) for path in paths])
"""


def check_unreadable(server, paths: list):
    works = attack.outside(READ, paths=paths)
    assert not any(value in attack.ABSENT for value in works), works
    refused = attack.inside(server, READ, paths=paths)
    assert all(value in attack.ABSENT for value in refused), list(zip(paths, refused))


def test_the_configuration_with_the_key_is_not_readable(secret_server):
    check_unreadable(secret_server, [str(secret_server.config_file)])


def test_logs_are_not_readable(secret_server):
    check_unreadable(secret_server, [str(secret_server.stdout_file), str(secret_server.folder / "logs/secret.log")])


def test_the_state_directory_is_not_listed(secret_server):
    program = "tell([attempt(lambda: len(os.listdir(path)) and None) or 'done' for path in paths])"
    state = secret_server.folder / "state"
    paths = [str(state), *(str(path) for path in state.rglob("*") if path.is_dir() and path.name == "scratch")]
    assert attack.outside(program, paths=paths[:1]) == ["done"]
    assert set(attack.inside(secret_server, program, paths=paths)) <= attack.ABSENT


def test_environment_of_server_and_init_is_not_readable(secret_server):
    paths = [f"/proc/{secret_server.pid}/environ", f"/proc/{os.getpid()}/environ"]
    check_unreadable(secret_server, paths)
    values = attack.inside(secret_server, READ, paths=["/proc/1/environ", f"/proc/{secret_server.pid}/task/1/environ"])
    assert set(values) <= attack.ABSENT


def test_memory_maps_and_descriptors_of_the_server_are_not_readable(secret_server):
    base = f"/proc/{secret_server.pid}"
    check_unreadable(secret_server, [f"{base}/maps", f"{base}/status", f"{base}/cmdline"])
    program = "tell([attempt(os.listdir, base + '/fd'), attempt(os.readlink, base + '/exe'), " \
              "attempt(open, base + '/mem', 'rb'), attempt(os.listdir, base + '/root/')])"
    assert set(attack.inside(secret_server, program, base=base)) <= attack.ABSENT


def test_no_variable_of_the_server_is_in_the_environment(secret_server):
    environment = attack.inside(secret_server, "tell(dict(os.environ))")
    assert "SECRET_TOKEN" not in environment
    assert secret_server.key not in str(environment)


def test_password_hashes_and_home_folders_are_not_readable(secret_server):
    check_unreadable(secret_server, ["/etc/shadow"])
    program = "tell([attempt(os.listdir, path) for path in ('/root', '/home', '/var/log', '/var/lib', '/boot')])"
    values = attack.inside(secret_server, program)
    assert all(value in attack.ABSENT for value in values), values


def test_a_walk_over_the_whole_tree_finds_no_secret(secret_server):
    program = """
skip = {"/proc", "/usr", "/lib", "/lib64", "/lib32", "/libx32", "/bin", "/sbin", "/sys"}
found, files = [], 0
for folder, folders, names in os.walk(start):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in skip]
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path) and not os.path.isfile(path):
            continue
        files += 1
        text = attempt(read, path)
        if "secret-of-the-" + "server-7f3a" in text:
            found.append(path)
tell([files, found])
"""
    assert attack.outside(program, start=str(secret_server.folder))[1]
    found = attack.inside(secret_server, program, start="/")[1]
    assert found == []


def test_the_root_of_another_process_is_no_way_out(secret_server):
    paths = [f"/proc/{who}/root{secret_server.config_file}" for who in ("self", "1", secret_server.pid)]
    paths += [f"/proc/{who}/cwd/config.yaml" for who in ("1", secret_server.pid)]
    paths.append("../../../../../../.." + str(secret_server.config_file))
    assert set(attack.inside(secret_server, READ, paths=paths)) <= attack.ABSENT


def test_a_symbolic_link_leads_nowhere_else(secret_server):
    program = "os.symlink(path, 'link'); tell(attempt(read, 'link'))"
    assert attack.inside(secret_server, program, path=str(secret_server.config_file)) in attack.ABSENT


def test_a_hard_link_to_a_foreign_file_is_refused(secret_server):
    program = "tell(attempt(os.link, path, 'linked'))"
    assert attack.inside(secret_server, program, path=str(secret_server.config_file)) in attack.ABSENT | {"EXDEV"}


def test_nothing_but_the_scratch_directory_is_writable(secret_server, tmp_path):
    places = ["", "/usr", "/usr/lib", "/usr/local/bin", "/etc", "/dev", "/run", "/opt", "/var", "/var/lib", "/home",
              "/root", "/srv", "/mnt", "/sys/kernel", "/proc", str(secret_server.folder),
              str(secret_server.folder / "state"), str(secret_server.folder / "logs")]
    assert attack.outside(WRITE, paths=[str(tmp_path / "written")]) == ["done"]
    values = attack.inside(secret_server, WRITE, paths=[f"{place}/sandgate-attack" for place in places])
    assert all(value in attack.ABSENT for value in values), list(zip(places, values))


def test_shared_places_for_temporary_files_are_the_runs_own(secret_server):
    names = [f"{place}/sandgate-attack-{os.getpid()}" for place in ("/tmp", "/dev/shm", "/var/tmp")]
    attack.inside(secret_server, WRITE, paths=names)
    assert [name for name in names if os.path.exists(name)] == []
    read = "tell([attempt(read, path) for path in paths])"
    assert set(attack.inside(secret_server, read, paths=names)) <= attack.ABSENT


@pytest.mark.skipif(attack.only_x86_64, reason="numbers of x86_64")
def test_system_calls_past_libc_write_nothing_either(secret_server):
    name = f"/tmp/sandgate-raw-{os.getpid()}"
    attack.inside(secret_server, "tell(call(2, path.encode(), 0o101, 0o644))", path=name)
    assert not os.path.exists(name)


def test_existing_files_are_neither_changed_nor_removed(secret_server):
    program = """
tell([attempt(os.truncate, path, 0), attempt(os.unlink, path), attempt(os.rename, path, path + "2"),
      attempt(open, path, "a"), attempt(os.rename, path, "mine")])
"""
    for path in (str(secret_server.config_file), "/usr/bin/env", "/etc/hosts"):
        values = attack.inside(secret_server, program, path=path)
        assert set(values) <= attack.ABSENT | {"EXDEV", "EBUSY"}, (path, values)
    assert secret_server.config_file.exists()


def test_mode_and_owner_of_foreign_files_are_not_changed(secret_server, needs):
    needs("unique_uid")
    program = "tell([attempt(os.chmod, path, 0o777), attempt(os.chown, path, os.getuid(), os.getgid()), " \
              "attempt(os.utime, path)])"
    for path in (str(secret_server.config_file), "/usr/bin/env"):
        assert set(attack.inside(secret_server, program, path=path)) <= attack.ABSENT


def test_settings_of_the_kernel_are_not_written(secret_server):
    paths = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger",
             "/proc/self/oom_score_adj", "/sys/kernel/uevent_helper", "/proc/self/uid_map"]
    values = attack.inside(secret_server, WRITE, paths=paths)
    assert set(values) <= attack.ABSENT, list(zip(paths, values))


def test_the_five_devices_work(secret_server):
    program = """
with open("/dev/null", "wb") as null:
    null.write(b"x")
full = attempt(lambda: os.write(os.open("/dev/full", os.O_WRONLY), b"x"))
tell([read("/dev/null"), open("/dev/zero", "rb").read(4) == bytes(4), full,
      *(len(open("/dev/" + name, "rb").read(8)) for name in ("random", "urandom"))])
"""
    assert attack.inside(secret_server, program) == ["", True, "ENOSPC", 8, 8]


def test_no_other_device_opens(secret_server):
    devices = sorted(entry.path for entry in os.scandir("/dev") if not entry.is_symlink()
                     and (stat.S_ISCHR(entry.stat().st_mode) or stat.S_ISBLK(entry.stat().st_mode)))
    others = [path for path in devices if os.path.basename(path) not in ("null", "zero", "full", "random", "urandom")]
    others += ["/dev/kmsg", "/dev/mem", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/vhost-vsock", "/dev/ptmx"]
    program = "tell({p: attempt(os.open, p, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY) for p in paths})"
    values = attack.inside(secret_server, program, paths=others)
    opened = {path: value for path, value in values.items() if value not in attack.ABSENT | {"ENXIO"}}
    assert opened == {}


def test_the_tree_of_a_run_has_only_the_five_devices(secret_server, layers):
    if not layers & {"readonly_root", "chroot"}:
        pytest.skip("a run has no tree of its own here")
    listed = set(attack.inside(secret_server, "tell(os.listdir('/dev'))"))
    assert listed - {"fd", "stdin", "stdout", "stderr", "shm"} == {"null", "zero", "full", "random", "urandom"}


def test_a_device_file_cannot_be_made(secret_server, tmp_path):
    program = "tell(attempt(os.mknod, path, 0o20666, os.makedev(1, 1)))"
    assert attack.outside(program, path=str(tmp_path / "mem")) == "done"
    data = attack.data_of(secret_server, program, path="mem")
    assert attack.value_of(data["stdout"], data) == "EPERM"
    assert [denial["syscall"] for denial in data["denied"]] in (["mknod"], ["mknodat"])


@pytest.mark.modes("container")  # in `full` runs do not see it, in `rootless` they are its user
def test_a_state_directory_that_runs_cannot_enter_stops_the_start(mode):
    server = sandgate.Server(mode=mode)
    closed = server.folder / "closed"
    closed.mkdir(mode=0o700)
    server.config["state_dir"] = str(closed / "state")
    try:
        assert server.spawn().wait_exit() == 1
        assert f"cannot enter {closed}: chmod o+x {closed}" in server.output()
    finally:
        server.close()
