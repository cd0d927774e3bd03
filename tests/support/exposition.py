# SPDX-License-Identifier: Apache-2.0
"""Reads the text format of Prometheus strictly: a line that is not of the format is an error.

    metrics = exposition.of(server)
    assert metrics.value("sandgate_queue_depth", key="team-a") == 3
"""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
COMMENT = re.compile(rf"# (HELP|TYPE) ({NAME}) (.*)")
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)')


class Exposition:
    """.help and .type by metric; .samples: {(name, frozenset of labels): number}."""

    def __init__(self, text: str):
        self.help, self.type, self.samples = {}, {}, {}
        assert text.endswith("\n")
        for line in text.splitlines():
            self._read(line)

    def _read(self, line: str):
        comment = COMMENT.fullmatch(line)
        if comment:
            kept = self.help if comment[1] == "HELP" else self.type
            assert comment[2] not in kept, f"twice: {line}"
            kept[comment[2]] = comment[3]
            return
        sample = SAMPLE.fullmatch(line)
        assert sample, f"no sample: {line!r}"
        labels = frozenset((name, value) for name, value in LABEL.findall(sample[2] or ""))
        assert (sample[1], labels) not in self.samples, f"twice: {line}"
        self.samples[sample[1], labels] = float(sample[3])

    def value(self, name: str, **labels) -> float:
        """Of exactly this series. KeyError where it is not there."""
        return self.samples[name, frozenset(labels.items())]

    def total(self, name: str, **labels) -> float:
        """The sum of all series with these labels."""
        return sum(value for (metric, own), value in self.samples.items()
                   if metric == name and own >= frozenset(labels.items()))

    def labels(self, name: str) -> set:
        """The names of labels of that metric, without those of a histogram's form."""
        forms = (name, name + "_bucket", name + "_sum", name + "_count")
        return {label for metric, own in self.samples for label, _ in own if metric in forms} - {"le"}


def of(server, **headers) -> Exposition:
    """What GET /metrics of `server` answers to its key."""
    status, got, body = server.request("GET", "/metrics", headers=headers)
    assert status == 200, body
    assert got["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Exposition(body.decode())
