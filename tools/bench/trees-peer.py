"""What a Python user would run: LightGBM and scikit-learn's HistGradientBoosting.

Reads one JSON line per question: {"file", "rows", "columns", "categorical", "train", "keep", "library", "objective", "rounds", "classes",
"threads", "out"}. The file holds float64 columns one after another (categories as codes, -1 for missing), then the labels. `keep` names a
file of uint8, 1 for each training row that takes part. Answers {"binning", "training", "scoring", "memory"} in seconds and bytes and
writes the scores of the rows after `train` to `out` as float64, row by row.
"""

import json
import resource
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
data = {}


def lightgbm_fit(x, y, test, ask):
    import lightgbm as lgb

    names = {"squared": "l2", "absolute": "l1", "logistic": "binary", "softmax": "multiclass"}
    settings = {
        "objective": names[ask["objective"]],
        "num_threads": ask["threads"],
        "verbose": -1,
        "num_leaves": 31,
        "learning_rate": 0.1,
        "cat_smooth": 50,
    }
    if ask["objective"] == "softmax":
        settings["num_class"] = ask["classes"]
    start = time.perf_counter()
    rows = lgb.Dataset(x, y, categorical_feature=ask["categorical"], params=settings).construct()
    binned = time.perf_counter()
    model = lgb.train(settings, rows, ask["rounds"])
    trained = time.perf_counter()
    scores = model.predict(test, num_threads=ask["threads"])
    return binned - start, trained - binned, time.perf_counter() - trained, scores


def sklearn_fit(x, y, test, ask):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    shared = {"max_iter": ask["rounds"], "learning_rate": 0.1, "max_leaf_nodes": 31, "early_stopping": False}
    if ask["objective"] in ("logistic", "softmax"):
        model = HistGradientBoostingClassifier(**shared)
    else:
        loss = {"squared": "squared_error", "absolute": "absolute_error"}[ask["objective"]]
        model = HistGradientBoostingRegressor(loss=loss, **shared)
    with threadpool_limits(ask["threads"]):
        start = time.perf_counter()
        model.fit(x, y)
        trained = time.perf_counter()
    if ask["objective"] == "logistic":
        scores = model.predict_proba(test)[:, 1]
    else:
        scores = model.predict_proba(test) if ask["objective"] == "softmax" else model.predict(test)
    return 0.0, trained - start, time.perf_counter() - trained, scores


for line in sys.stdin:
    ask = json.loads(line)
    if ask["file"] not in data:
        data.clear()
        raw = np.fromfile(ask["file"], dtype=np.float64).reshape(ask["columns"] + 1, ask["rows"])
        data[ask["file"]] = np.ascontiguousarray(raw[:-1].T), raw[-1].copy()
    x, y = data[ask["file"]]
    keep = np.fromfile(ask["keep"], dtype=np.uint8).astype(bool)
    train = ask["train"]
    fit = lightgbm_fit if ask["library"] == "lightgbm" else sklearn_fit
    binning, training, scoring, scores = fit(x[:train][keep], y[:train][keep], x[train:], ask)
    np.asarray(scores, dtype=np.float64).tofile(ask["out"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"binning": binning, "training": training, "scoring": scoring, "memory": memory}))
