# SPDX-License-Identifier: Apache-2.0
"""A program that really uses one package, and what it must print."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Program:
    package: str  # the distribution, as the installer calls it
    does: str     # in a few words, for docs/packages.md
    code: str
    prints: str
    network: bool = False  # it talks to the servers of peers.py, whose addresses take the place of {NAME}
