"""What a Python user would run: onnxruntime on one thread, the same file and the same rows.

Reads one JSON line per question: {"model", "rows" (a JSON file: input name -> values), "batch", "calls"}. Answers {"seconds", "sum"}: the time of
that many calls with that many rows each, and the sum of the predictions of the last one.
"""

import json
import sys
import time

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
cache = {}

for line in sys.stdin:
    ask = json.loads(line)
    key = (ask["model"], ask["rows"])
    if key not in cache:
        session = onnxruntime.InferenceSession(ask["model"], options)
        with open(ask["rows"]) as file:
            columns = json.load(file)
        types = {i.name: np.float64 if "double" in i.type else object for i in session.get_inputs()}
        cache[key] = session, {name: np.array(columns[name], dtype=kind)[:, None] for name, kind in types.items()}
    session, columns = cache[key]
    feeds = {name: column[: ask["batch"]] for name, column in columns.items()}
    start = time.perf_counter()
    for _ in range(ask["calls"]):
        (result,) = session.run(None, feeds)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "sum": float(result.sum())}))
