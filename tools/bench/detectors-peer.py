"""River's detectors as its users call them: one update per value.

Reads one JSON line per question: {"detector", "values"}. Answers {"seconds", "alarms"}.
"""

import json
import sys
import time

from river import drift

KINDS = {"adwin": drift.ADWIN, "page-hinkley": drift.PageHinkley, "kswin": lambda: drift.KSWIN(seed=1)}

for line in sys.stdin:
    question = json.loads(line)
    values = question["values"]
    detector = KINDS[question["detector"]]()
    alarms = []
    start = time.perf_counter()
    for i, x in enumerate(values):
        detector.update(x)
        if detector.drift_detected:
            alarms.append(i)
    print(json.dumps({"seconds": time.perf_counter() - start, "alarms": alarms}), flush=True)
