"""What a Python user would run: scikit-learn's MLPClassifier on one thread.

Reads one JSON line per question: {"file", "rows", "columns", "hidden", "batch", "epochs", "rate"}. The file holds float32 rows, then float32
labels. Answers {"seconds", "loss"}.
"""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore")
data = {}

for line in sys.stdin:
    ask = json.loads(line)
    rows, columns = ask["rows"], ask["columns"]
    if ask["file"] not in data:
        raw = np.fromfile(ask["file"], dtype=np.float32)
        data[ask["file"]] = raw[: rows * columns].reshape(rows, columns), raw[rows * columns :].astype(int)
    x, y = data[ask["file"]]
    model = MLPClassifier(
        ask["hidden"],
        batch_size=ask["batch"],
        learning_rate_init=ask["rate"],
        max_iter=ask["epochs"],
        n_iter_no_change=10**6,
        tol=0,
        alpha=0,
        random_state=1,
    )
    start = time.perf_counter()
    model.fit(x, y)
    print(json.dumps({"seconds": time.perf_counter() - start, "loss": model.loss_}))
