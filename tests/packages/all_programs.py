# SPDX-License-Identifier: Apache-2.0
"""Every program of the suite, by language."""

import node_programs
import python_data
import python_services
import python_text

PROGRAMS = {
    "python3": [*python_data.PROGRAMS, *python_text.PROGRAMS, *python_services.PROGRAMS],
    "nodejs": node_programs.PROGRAMS,
}
