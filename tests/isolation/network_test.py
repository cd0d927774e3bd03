# SPDX-License-Identifier: Apache-2.0
"""Claim: with the network off no socket of a run leads anywhere; with it on, only to the Internet's protocols.

Origin: sandboxes that closed TCP and forgot UDP, raw packets, netlink or the hypervisor's sockets.
"""

import os
import socket

import attack
import pytest
import sandgate

CONNECT = """
import socket
def connect(kind):
    s = socket.socket(socket.AF_INET, kind)
    s.settimeout(3)
    s.connect(("127.0.0.1", port))
    s.send(b"x")
tell([attempt(connect, socket.SOCK_STREAM), attempt(connect, socket.SOCK_DGRAM)])
"""
# domain, type, protocol
SPECIAL = {"raw": (2, 3, 1), "raw6": (10, 3, 58), "packet": (17, 3, 0), "vsock": (40, 1, 0), "alg": (38, 5, 0),
           "xdp": (44, 3, 0), "key": (15, 3, 2), "tipc": (30, 1, 0), "can": (29, 3, 1), "bluetooth": (31, 3, 0),
           "netlink-netfilter": (16, 3, 12), "netlink-audit": (16, 3, 9), "netlink-uevent": (16, 3, 15)}

# Which files of /proc tell of a socket that listens on `port`, whoever's network they show.
SEEN_PORTS = """
folders = [f"/proc/{pid}{task}/net/" for pid in ["self", *range(1, 100)] for task in ("", f"/task/{pid}")]
paths = [folder + name for folder in folders for name in ("tcp", "tcp6")]
tell([path for path in paths if ":%04X " % port in str(attempt(lambda: open(path).read()))])
"""
SEEN_PORTS_IN_NODE = """
const fs = require('fs'), seen = [];
for (let pid = 1; pid < 100; ++pid) {
  for (const name of ['tcp', 'tcp6']) {
    const path = `/proc/${pid}/net/${name}`;
    try { if (fs.readFileSync(path, 'utf8').includes(PORT)) seen.push(path); } catch {}
  }
}
console.log(JSON.stringify(seen));
"""


def run(server, program: str, network: bool, **names):
    reply = server.run("python3", attack.text_of(program, **names), enable_network=network)
    return attack.value_of(reply["data"]["stdout"], reply)


def test_the_servers_own_port_is_not_reached(secret_server):
    assert attack.outside(CONNECT, port=secret_server.port) == ["done", "done"]
    assert set(attack.inside(secret_server, CONNECT, port=secret_server.port)) <= attack.ABSENT


def test_no_datagram_arrives(secret_server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        port = listener.getsockname()[1]
        attack.outside(CONNECT, port=port)
        assert listener.recv(10) == b"x"
        attack.inside(secret_server, CONNECT, port=port)
        with pytest.raises(BlockingIOError):
            listener.recv(10)


def test_node_does_not_connect_either(secret_server):
    code = f"""
const s = require('net').connect({secret_server.port}, '127.0.0.1');
s.on('connect', () => {{ console.log('done'); process.exit(0); }}).on('error', e => console.log(e.code));
"""
    assert secret_server.run("nodejs", code)["data"]["stdout"].strip() in attack.ABSENT


def test_no_interface_can_be_asked_for(secret_server):
    program = "import socket; tell(attempt(socket.if_nameindex))"
    assert ["lo" in name for _, name in attack.outside(program)]
    assert str(attack.inside(secret_server, program)) in attack.ABSENT


def test_sockets_of_the_host_are_not_listed(secret_server):
    assert attack.outside(SEEN_PORTS, port=secret_server.port)
    assert attack.inside(secret_server, SEEN_PORTS, port=secret_server.port) == []


def test_sockets_of_the_host_are_not_listed_for_node(secret_server):
    code = f"const PORT = ':{secret_server.port:04X} ';\n" + SEEN_PORTS_IN_NODE
    assert secret_server.run("nodejs", code)["data"]["stdout"] == "[]\n"


def test_every_process_of_a_run_is_in_its_network(secret_server, needs):
    """The init of its pid namespace too: procfs shows the network of each process that it shows."""
    needs("pid_ns", "net_ns")
    name = attack.unique("network")
    with attack.open_run(secret_server, "name_process(name)\ntime.sleep(600)", name=name):
        run_pid = attack.wait_named(name)[0]
        space = os.readlink(f"/proc/{run_pid}/ns/pid")
        processes = [pid for pid in secret_server.children() if os.readlink(f"/proc/{pid}/ns/pid") == space]
        assert len(processes) == 2, "run and init"
        networks = lambda: {os.readlink(f"/proc/{pid}/ns/net") for pid in processes}  # noqa: E731
        sandgate.wait_for(lambda: len(networks()) == 1, what="one network of all")
        assert networks() != {os.readlink("/proc/self/ns/net")}


def test_no_port_can_be_listened_on(secret_server):
    program = "import socket; tell(attempt(lambda: socket.create_server(('127.0.0.1', 0)) and None))"
    assert attack.outside(program) == "done"
    assert attack.inside(secret_server, program) in attack.ABSENT


@pytest.mark.parametrize("network", [False, True])
@pytest.mark.parametrize("name", SPECIAL)
def test_special_socket_is_refused(secret_server, name, network):
    program = "import socket; tell(attempt(lambda: socket.socket(*kind) and None))"
    assert run(secret_server, program, network, kind=SPECIAL[name]) in attack.REFUSED


def test_a_run_with_the_network_connects(secret_server):
    assert run(secret_server, CONNECT, True, port=secret_server.port) == ["done", "done"]


def test_a_run_with_the_network_needs_the_key(secret_server):
    program = """
import http.client
connection = http.client.HTTPConnection("127.0.0.1", port)
connection.request("POST", "/v1/sandbox/run", b"{}", {"Content-Type": "application/json"})
tell(connection.getresponse().status)
"""
    assert run(secret_server, program, True, port=secret_server.port) == 401


def test_the_configuration_can_refuse_the_network(make_server):
    server = make_server(config={"enable_network": False})
    reply = server.run("python3", attack.text_of(CONNECT, port=server.port), enable_network=True)
    assert reply["data"] is None or set(attack.value_of(reply["data"]["stdout"], reply)) <= attack.ABSENT
