# SPDX-License-Identifier: Apache-2.0
"""Packages that take seconds to import are warm where `warm_modules` names them, and do their work all the same."""

import environment
import pytest
from all_programs import PROGRAMS

WARM = ["numpy", "pandas", "pyarrow", "matplotlib.pyplot", "scipy.stats", "sklearn.ensemble", "cv2", "grpc", "duckdb", "jieba",
        "transformers", "boto3", "lark_oapi"]
USED = ["numpy", "pandas", "pyarrow", "matplotlib", "scipy", "scikit-learn", "joblib", "opencv-python-headless", "duckdb", "jieba",
        "transformers", "seaborn"]


@pytest.fixture(scope="module")
def warm_server(mode, around):
    config = {"warm_modules": ["default", *WARM], "enable_network": False}
    env = {"SANDGATE_WARM_UP": "at_start", "SANDGATE_PYTHON_SPAWNER": "auto"}
    with environment.serve(around["DATA"], mode, config, env) as server:
        yield server


def test_they_are_imported_already(warm_server):
    code = f"import sys\nprint([name for name in {WARM} if name not in sys.modules])"
    reply = warm_server.run("python3", code)
    assert (reply["data"]["stdout"], reply["data"]["stderr"]) == ("[]\n", ""), reply


@pytest.mark.parametrize("program", [one for one in PROGRAMS["python3"] if one.package in USED], ids=lambda program: program.package)
def test_it_works_warm(warm_server, program, around):
    reply = environment.run(warm_server, "python3", program, around)
    assert environment.is_good(reply, program) and "Traceback" not in reply["data"]["stderr"], reply


def test_a_run_sees_nothing_of_what_they_wrote_or_were_told(warm_server):
    code = "import os\nprint(os.listdir('/tmp'), [name for name in os.environ if name.endswith(('_THREADS', '_CONF'))],\n" \
           "      os.environ['MPLCONFIGDIR'] == os.environ['HOME'])"
    assert warm_server.run("python3", code)["data"]["stdout"] == "[] [] True\n"
