# SPDX-License-Identifier: Apache-2.0
"""Where one program could leave a mark for a later one: a table of places, and programs made from it.

A place has a text that plants the mark and one that looks for it, and a way in which it carries marks where
no jail is: from a process to the next one (`machine`), to a later program in the same interpreter (`interpreter`,
as in a worker that is used again), or by a process that stays (`holder`). The tables are in python_places.py and
node_places.py; a name that is in both is the same place, so one language can look for what the other planted.

Whoever looks is not given the mark, or its own memory would hold it: only `shifted`, each letter's number plus one.
Plain facts that name places (`tag`, `number`, paths) both are given. All runs in the programs, outside and inside.

Out of scope: timing (of caches, processors, disks), and the kernel's counters (next process id, inode, port).
"""

import json
import os
import random
import socket
from typing import NamedTuple

import attack


class Place(NamedTuple):
    name: str
    way: str
    plant: str
    look: str  # ends with `return FOUND`


PYTHON_PRELUDE = attack.PRELUDE + """
import builtins, fcntl, gc, mmap, signal, socket, stat, struct, threading, types

def is_mark(data):
    text = data.decode("latin-1") if isinstance(data, (bytes, bytearray)) else str(data)
    return "".join(chr(ord(letter) + 1) for letter in text[:len(shifted)]) == shifted

def readable(pages, step=1 << 16):
    # As far as the kernel reads them: it is asked to write them into a pipe, which holds less than a step where
    # its user has many.
    ends = os.pipe()
    os.set_blocking(ends[1], False)
    address = pages[0]
    while address < pages[1]:
        rest = step - (address - pages[0]) % step
        size = libc.write(ends[1], ctypes.c_void_p(address), min(rest, pages[1] - address))
        if size > 0:
            yield os.read(ends[0], size)
        address += size if size > 0 else rest
    for end in ends:
        os.close(end)

def own_pair():
    # Two ends of a connection between addresses that nobody else uses.
    listener = socket.create_server(("127.7.7.1", 0))
    near = socket.create_connection(listener.getsockname(), source_address=("127.%d.%d.2" % divmod(closing_port, 256), 0))
    return near, listener.accept()[0], listener

def mapped_around(address, most=16 << 20):
    # Where mapped memory around an address begins and ends; works without /proc.
    vector = ctypes.create_string_buffer(64)
    is_mapped = lambda at, size: libc.mincore(ctypes.c_void_p(at), size, vector) == 0
    begin = end = address - address % 4096
    for step in (64 * 4096, 4096):
        while begin > address - most and is_mapped(begin - step, step):
            begin -= step
        while end < address + most and is_mapped(end, step):
            end += step
    return begin, end

def own_memory():
    try:
        lines = [line.split() for line in open(maps)]
        ranges = [[int(end, 16) for end in line[0].split("-")] for line in lines if line[1].startswith("rw")]
        return [pages for pages in ranges if pages[1] - pages[0] < 64 << 20]
    except OSError:
        fresh = [bytearray(1 << power) for power in range(6, 23)] + ["fresh" * n for n in range(50)]
        inner = [ctypes.addressof(ctypes.c_char.from_buffer(one)) for one in fresh[:17]]
        ranges = [(0, 0)]
        for address in sorted({*map(id, gc.get_objects()), *map(id, fresh), *inner}):
            if address >= ranges[-1][1]:
                ranges.append(mapped_around(address))
        return ranges

def find_in_memory(kind):
    start = (kind + "".join(chr(ord(letter) - 1) for letter in shifted[:8])).encode()
    for pages in own_memory():
        for data in readable(pages):
            at = data.find(start)
            while at >= 0:
                if is_mark(data[at + len(kind):]):
                    return True
                at = data.find(start, at + 1)
    return False

def number_of(x86_64, others):
    return x86_64 if os.uname().machine == "x86_64" else others

def check(result):
    if result in (-1, None):
        raise OSError(ctypes.get_errno(), "refused")
    return result
"""

NODE_PRELUDE = """
const fs = require('fs'), os = require('os'), path = require('path');
const isMark = (text) => {
  const letters = Buffer.from(text).subarray(0, shifted.length);
  return Buffer.from(letters.map((letter) => letter + 1)).toString('latin1') === shifted;
};
const attempt = (work) => {
  try { return work() || 'done'; } catch (error) { return error.code || error.name; }
};
"""


def new_facts(**more) -> dict:
    """A mark and what names its places; `more` are paths."""
    mark = "".join(random.choices("0123456789abcdef", k=32))
    facts = {"mark": mark, "shifted": "".join(chr(ord(letter) + 1) for letter in mark),
             "tag": f"leak-{os.getpid()}-{random.randrange(10**9)}", "number": random.randrange(10**8, 10**9), "pid": 0,
             "maps": "/proc/self/maps", **free_ports()}
    return {**facts, **more}


def free_ports() -> dict:
    with socket.socket() as one, socket.socket() as another:
        one.bind(("127.0.0.1", 0))
        another.bind(("127.0.0.1", 0))
        return {"port": one.getsockname()[1], "closing_port": another.getsockname()[1]}


def facts_for(verb: str, facts: dict) -> dict:
    """What one side is told: who looks learns no mark, who plants does not need what is compared."""
    return {name: value for name, value in facts.items() if name != ("shifted" if verb == "plant" else "mark")}


def python_program(places: list, verb: str, facts: dict, before: str = "", after: str = "") -> str:
    """Plants in or looks at all places; tells a dict: what came of it, by name."""
    lines = [f"{name} = {value!r}" for name, value in facts_for(verb, facts).items()]
    lines += [PYTHON_PRELUDE, before, "results = {}"]
    for place in places:
        body = getattr(place, verb).strip("\n").replace("\n", "\n    ")
        lines.append(f"def one():\n    {body}\nresults[{place.name!r}] = attempt(one)")
    return "\n".join([*lines, "tell(results)", after])


def node_program(places: list, verb: str, facts: dict) -> str:
    lines = [f"const {name} = {json.dumps(value)};" for name, value in facts_for(verb, facts).items()]
    lines += [NODE_PRELUDE, "const results = {};"]
    for place in places:
        lines.append(f"results[{json.dumps(place.name)}] = attempt(() => {{\n{getattr(place, verb)}\n}});")
    return "\n".join([*lines, "console.log(JSON.stringify(results));"])


def program(language: str, places: list, verb: str, facts: dict) -> str:
    make = python_program if language == "python3" else node_program
    return make(places, verb, facts)


def found_in(results: dict) -> set:
    """The names of the places where the mark was seen."""
    return {name for name, value in results.items() if value is True}
