"""Faults of model servers, as data: what each server does, and what must come out of a call that meets it.

To add one, write it beside its like; the matrix (tests/models/test_fault_matrix.py), runs of evals and the benchmark
(eval/benchmarks/client_faults.py) take it from here.
"""

from __future__ import annotations

from faults.connections import CONNECTION_FAULTS
from faults.fault import Fault
from faults.http_responses import HTTP_FAULTS
from faults.json_documents import JSON_FAULTS
from faults.refusals import REFUSAL_FAULTS
from faults.sizes import SIZE_FAULTS
from faults.slowness import TIME_FAULTS
from faults.streams import STREAM_FAULTS
from faults.tool_calls import CALL_FAULTS

FAULTS: tuple[Fault, ...] = (
    *HTTP_FAULTS,
    *REFUSAL_FAULTS,
    *STREAM_FAULTS,
    *JSON_FAULTS,
    *CALL_FAULTS,
    *CONNECTION_FAULTS,
    *TIME_FAULTS,
    *SIZE_FAULTS,
)
