"""Trains gradient-boosted trees of scikit-learn: `python train.py <folder>`, and `python train.py --version`."""

import json
import sys
from importlib import metadata
from pathlib import Path

if sys.argv[1:] == ["--version"]:  # Before anything that takes long to load.
    print(f"train.py 1, scikit-learn {metadata.version('scikit-learn')}, skl2onnx {metadata.version('skl2onnx')}")
    sys.exit()

import numpy as np
import pandas as pd
import skl2onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from skl2onnx.sklapi import CastTransformer
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder



def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text())
    train = rows(folder / request["read"]["train"], request)
    validation = rows(folder / request["read"]["validation"], request)
    pipeline = fit(request, *train)
    (folder / request["write"]["model"]).write_bytes(as_onnx(request, pipeline))
    # What the worker compares the ONNX file with: the parity gate then says something about this program, too.
    scores = predict(request, pipeline, validation[0])
    (folder / request["write"]["scores"]).write_text(json.dumps(scores.tolist()))
    (folder / request["write"]["metrics"]).write_text(json.dumps({"epochs": pipeline[-1].n_estimators_}))


def rows(path: Path, request: dict) -> tuple[pd.DataFrame, np.ndarray]:
    """Inputs and labels. A missing category is the empty text, as it will be when the model serves."""
    table = pd.read_parquet(path)
    x = pd.DataFrame(index=table.index)
    for given in request["inputs"]:
        column = table[given["name"]]
        number = given["type"] == "number"
        x[given["name"]] = column.astype("float64") if number else column.astype(object).fillna("")
    if request["classes"] is None:
        return x, table["label"].to_numpy(np.float64)
    place = {name: index for index, name in enumerate(request["classes"])}
    return x, table["label"].map(place).fillna(-1).to_numpy(np.int64)


def fit(request: dict, x: pd.DataFrame, y: np.ndarray) -> Pipeline:
    numbers, categories = names(request, "number"), names(request, "category")
    columns = ColumnTransformer([
        # ONNX trees compare in single precision: what trains them is rounded alike.
        ("numbers", make_pipeline(CastTransformer(), SimpleImputer(keep_empty_features=True)), numbers),
        ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories),
    ])
    kind = GradientBoostingRegressor if request["classes"] is None else GradientBoostingClassifier
    params = {"n_estimators": 300, "learning_rate": 0.05, "max_depth": 5, "subsample": 0.8, **request["params"]}
    model = kind(random_state=request["seed"], **params)
    encoded = columns.fit_transform(x).astype(np.float32)

    def progress(round_: int, fitted, _locals) -> bool:
        if (round_ + 1) % 25 == 0:
            loss = float(fitted.train_score_[round_])
            print(json.dumps({"epoch": round_ + 1, "epochs": params["n_estimators"], "loss": loss}), flush=True)
        return False

    model.fit(encoded, y, monitor=progress)
    return Pipeline([("columns", columns), ("cast", CastTransformer()), ("model", model)])


def predict(request: dict, pipeline: Pipeline, x: pd.DataFrame) -> np.ndarray:
    if len(x) == 0:
        return np.empty(0)
    return pipeline.predict(x) if request["classes"] is None else pipeline.predict_proba(x)


def as_onnx(request: dict, pipeline: Pipeline) -> bytes:
    """One file with named inputs [N, 1], and the output `prediction` or `scores`."""
    types = {"number": DoubleTensorType, "category": StringTensorType}
    inputs = [(given["name"], types[given["type"]]([None, 1])) for given in request["inputs"]]
    output = (request["output"]["name"], FloatTensorType([None, request["output"]["columns"]]))
    outputs = [output] if request["classes"] is None else [("label", Int64TensorType([None])), output]
    options = None if request["classes"] is None else {id(pipeline): {"zipmap": False}}
    onnx = skl2onnx.convert_sklearn(
        pipeline, initial_types=inputs, final_types=outputs, options=options, target_opset={"": 17, "ai.onnx.ml": 3}
    )
    return onnx.SerializeToString()


def names(request: dict, kind: str) -> list[str]:
    return [given["name"] for given in request["inputs"] if given["type"] == kind]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
