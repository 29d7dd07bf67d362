"""What a Python user would run: pandas with pyarrow.

Reads one JSON line per question: {"file", "out", "blocks"}. Checks the file's digest, the ranges, missing values and keys, cuts the blocks,
orders and digests the rows, writes them and reads them again as arrays. Answers {"seconds", "seen"}.
"""

import hashlib
import json
import sys
import time

import numpy as np
import pandas as pd

NUMBERS = [f"x{i}" for i in range(18)]
TEXTS = ["c0", "c1"]


def extract(file, out, blocks):
    with open(file, "rb") as raw:
        hashlib.file_digest(raw, "sha256").hexdigest()
    frame = pd.read_parquet(file)
    frame["t"] = pd.to_datetime(frame["t"], utc=True)
    frame["key"] = frame["t"].astype("int64").astype(str)
    violations = 0
    for name in NUMBERS:
        column = frame[name]
        violations += int(column.min() < 0 or column.max() > 1 or column.isna().any() or not np.isfinite(column).all())
    for name in [*TEXTS, "y", "t"]:
        violations += int(frame[name].isna().any())
    violations += int(frame["key"].duplicated().any())
    frame["block"] = ""
    for name, span in blocks.items():
        start = pd.Timestamp("1677-09-22", tz="UTC") if span["from"] < "1677" else pd.Timestamp(span["from"])
        inside = (frame["t"] >= start) & (frame["t"] < pd.Timestamp(span["to"]))
        frame.loc[inside, "block"] = name
    frame = frame[frame["block"] != ""].sort_values(["t", "key"], kind="stable")
    digest = hashlib.sha256()
    for name in NUMBERS:
        digest.update(frame[name].to_numpy().tobytes())
    for name in ["key", "block", *TEXTS]:
        digest.update("".join(f"{len(v)}:{v}" for v in frame[name]).encode())
    frame.to_parquet(out, compression="snappy", index=False)
    again = pd.read_parquet(out)
    tables = {name: again[again["block"] == name] for name in blocks}
    arrays = {name: [table[column].to_numpy() for column in [*NUMBERS, *TEXTS, "key", "y"]] for name, table in tables.items()}
    counts = " ".join(str(len(table)) for table in tables.values())
    total = 0.0
    for value in arrays["holdout"][0]:
        total += value
    return f"{violations} {counts} {total:.6f}"


for line in sys.stdin:
    ask = json.loads(line)
    start = time.perf_counter()
    seen = extract(ask["file"], ask["out"], ask["blocks"])
    print(json.dumps({"seconds": time.perf_counter() - start, "seen": seen}), flush=True)
