"""Trains boosted trees of LightGBM: `python train.py <folder>`, and `python train.py --version`."""

import json
import sys
from importlib import metadata
from pathlib import Path

if sys.argv[1:] == ["--version"]:  # Before anything that takes long to load.
    print(f"train.py 1, lightgbm {metadata.version('lightgbm')}, onnxmltools {metadata.version('onnxmltools')}")
    sys.exit()

import lightgbm
import numpy as np
import pandas as pd
import skl2onnx
from lightgbm import LGBMClassifier, LGBMRegressor
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from skl2onnx.sklapi import CastTransformer
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

ROUNDS_WITHOUT_GAIN = 50


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text())
    train = rows(folder / request["read"]["train"], request)
    validation = rows(folder / request["read"]["validation"], request)
    pipeline = fit(request, train, validation)
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


def fit(request: dict, train: tuple[pd.DataFrame, np.ndarray], validation: tuple[pd.DataFrame, np.ndarray]) -> Pipeline:
    numbers, categories = names(request, "number"), names(request, "category")
    columns = ColumnTransformer([
        # ONNX trees compare in single precision: what trains them is rounded alike. A missing number stays NaN.
        ("numbers", CastTransformer(), numbers),
        ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories),
    ])
    x, y = columns.fit_transform(train[0]).astype(np.float32), train[1]
    known = validation[1] >= 0 if request["classes"] is not None else np.full(len(validation[1]), True)
    held = columns.transform(validation[0][known]).astype(np.float32) if known.any() else None
    kind = LGBMRegressor if request["classes"] is None else LGBMClassifier
    params = {"n_estimators": 500, "learning_rate": 0.05, "num_leaves": 15, **request["params"]}
    model = kind(random_state=request["seed"], deterministic=True, n_jobs=1, verbose=-1, **params)
    callbacks = [progress(params["n_estimators"])]
    if held is None:
        model.fit(x, y, callbacks=callbacks)
    else:
        callbacks.append(lightgbm.early_stopping(ROUNDS_WITHOUT_GAIN, verbose=False))
        model.fit(x, y, eval_set=[(held, validation[1][known])], callbacks=callbacks)
    return Pipeline([("columns", columns), ("cast", CastTransformer()), ("model", model)])


def progress(rounds: int):
    def tell(env) -> None:
        if (env.iteration + 1) % 25 == 0:
            held = {"validationLoss": env.evaluation_result_list[0][2]} if env.evaluation_result_list else {}
            print(json.dumps({"epoch": env.iteration + 1, "epochs": rounds, **held}), flush=True)

    return tell


def predict(request: dict, pipeline: Pipeline, x: pd.DataFrame) -> np.ndarray:
    if len(x) == 0:
        return np.empty(0)
    return pipeline.predict(x) if request["classes"] is None else pipeline.predict_proba(x)


def as_onnx(request: dict, pipeline: Pipeline) -> bytes:
    """One file with named inputs [N, 1], and the output `prediction` or `scores`."""
    register_converters()
    types = {"number": DoubleTensorType, "category": StringTensorType}
    inputs = [(given["name"], types[given["type"]]([None, 1])) for given in request["inputs"]]
    output = (request["output"]["name"], FloatTensorType([None, request["output"]["columns"]]))
    outputs = [output] if request["classes"] is None else [("label", Int64TensorType([None])), output]
    options = None if request["classes"] is None else {id(pipeline): {"zipmap": False}}
    onnx = skl2onnx.convert_sklearn(
        pipeline, initial_types=inputs, final_types=outputs, options=options, target_opset={"": 17, "ai.onnx.ml": 3}
    )
    return onnx.SerializeToString()


def register_converters() -> None:
    skl2onnx.update_registered_converter(
        LGBMRegressor,
        "LightGbmLGBMRegressor",
        calculate_linear_regressor_output_shapes,
        convert_lightgbm,
        options={"split": None},
    )
    skl2onnx.update_registered_converter(
        LGBMClassifier,
        "LightGbmLGBMClassifier",
        calculate_linear_classifier_output_shapes,
        convert_lightgbm,
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
    )


def names(request: dict, kind: str) -> list[str]:
    return [given["name"] for given in request["inputs"] if given["type"] == kind]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
