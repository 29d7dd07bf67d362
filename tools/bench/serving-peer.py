"""What a Python user would run: FastAPI on uvicorn, scoring with ONNX Runtime, the same protocol and the same model.

Usage: python serving-peer.py <model.onnx> <port>. It logs nothing and keeps no prediction log: the comparison favours it.
"""

import sys

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options)
TYPES = {"tensor(double)": np.float64, "tensor(string)": object}
WANTED = {i.name: TYPES[i.type] for i in session.get_inputs()}


class Input(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list[float | str | None]


class Request(BaseModel):
    inputs: list[Input]


app = FastAPI()


@app.post("/infer")
async def infer(request: Request):
    feeds = {
        i.name: np.array(i.data, dtype=WANTED[i.name]).reshape(-1, 1) for i in request.inputs
    }
    (prediction,) = session.run(None, feeds)
    return {
        "model_name": "bench",
        "model_version": "1",
        "outputs": [
            {
                "name": "prediction",
                "datatype": "FP64",
                "shape": [len(prediction)],
                "data": prediction.ravel().tolist(),
            }
        ],
    }


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
