"""Evidently's drift report with its defaults: one test per column.

Reads one JSON line per question: {"reference", "current"}. Answers {"seconds", "columns"}.
"""

import json
import sys
import time

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

for line in sys.stdin:
    question = json.loads(line)
    start = time.perf_counter()
    reference = pd.read_parquet(question["reference"])
    current = pd.read_parquet(question["current"])
    texts = [name for name in reference.columns if reference[name].dtype == object]
    numbers = [name for name in reference.columns if name not in texts]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    report = Report([DataDriftPreset()])
    report.run(
        Dataset.from_pandas(current, data_definition=definition),
        Dataset.from_pandas(reference, data_definition=definition),
    )
    print(json.dumps({"seconds": time.perf_counter() - start, "columns": len(reference.columns)}), flush=True)
