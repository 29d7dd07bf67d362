"""NannyML's CBPE on the car loans.

Reads one JSON line per question: {"reference", "current"}. Answers {"seconds", "roc_auc"}: the estimates of the ten chunks.
"""

import json
import sys
import time

import nannyml as nml
import pandas as pd

for line in sys.stdin:
    question = json.loads(line)
    start = time.perf_counter()
    reference = pd.read_parquet(question["reference"])
    current = pd.read_parquet(question["current"])
    cbpe = nml.CBPE(
        problem_type="classification_binary",
        y_pred_proba="y_pred_proba",
        y_pred="y_pred",
        y_true="repaid",
        metrics=["roc_auc", "accuracy", "f1", "precision", "recall"],
        chunk_size=5000,
    )
    cbpe.fit(reference)
    frame = cbpe.estimate(current).filter(period="analysis").to_df()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "roc_auc": frame[("roc_auc", "value")].tolist()}), flush=True)
