# SPDX-License-Identifier: Apache-2.0
"""Each package does its work in the image $SANDGATE_TEST_IMAGE, whose server has installed it, as Docker starts it."""

import os

import environment
import pytest
from packages_test import test_node, test_python

__all__ = ["test_node", "test_python"]

pytestmark = pytest.mark.skipif(not os.environ.get("SANDGATE_TEST_IMAGE"), reason="there is no image in $SANDGATE_TEST_IMAGE")


@pytest.fixture(scope="module")
def server(around):
    with environment.serve(around["DATA"], environment.IMAGE) as running:
        yield running
