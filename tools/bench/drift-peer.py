"""What a Python user would run: pandas and SciPy, column by column.

Reads one JSON line per question: {"reference", "current", "columns": how many, or null for all}. Answers {"seconds", "statistics"}: Kolmogorov-Smirnov,
Wasserstein and PSI (deciles of the reference, 1e-4 for empty bins) of each column.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from scipy import stats


def psi(x, y):
    inner = np.unique(np.quantile(x, np.linspace(0, 1, 11)))[1:-1]
    p = np.bincount(np.searchsorted(inner, x, side="right"), minlength=len(inner) + 1) / len(x)
    q = np.bincount(np.searchsorted(inner, y, side="right"), minlength=len(inner) + 1) / len(y)
    p[p == 0] = 1e-4
    q[q == 0] = 1e-4
    return float(np.sum((q - p) * np.log(q / p)))


for line in sys.stdin:
    question = json.loads(line)
    start = time.perf_counter()
    count = question.get("columns")
    names = None if count is None else [f"x{i}" for i in range(count)]
    reference = pd.read_parquet(question["reference"], columns=names)
    current = pd.read_parquet(question["current"], columns=names)
    statistics = []
    for name in reference.columns:
        x = reference[name].to_numpy()
        y = current[name].to_numpy()
        statistics.append(float(stats.ks_2samp(x, y, method="asymp").statistic))
        statistics.append(float(stats.wasserstein_distance(x, y)))
        statistics.append(psi(x, y))
    print(json.dumps({"seconds": time.perf_counter() - start, "statistics": statistics}), flush=True)
