"""A model server: it takes its model from an object store when it starts, and answers POST /predict.

    MODEL_URL=s3://models/flowers.onnx uvicorn server:app --port 8000

The store's endpoint and keys are in AWS_ENDPOINT, AWS_ACCESS_KEY_ID, … as every S3 client knows them. A request is
{"features": [5.1, 3.5, 1.4, 0.2]}, the answer {"score": 0.93, "model": "<ETag of the model>"}.
"""

import os
from urllib.parse import urlsplit

import numpy as np
import onnxruntime
from fastapi import FastAPI
from obstore.store import from_url
from pydantic import BaseModel, Field


class Request(BaseModel):
    features: list[float] = Field(min_length=1, max_length=1_000)


class Answer(BaseModel):
    score: float
    model: str


def fetch(url: str) -> tuple[bytes, str]:
    """The model's bytes and ETag."""
    place = urlsplit(url)
    found = from_url(f"{place.scheme}://{place.netloc}").get(place.path.lstrip("/"))
    return bytes(found.bytes()), str(found.meta["e_tag"]).strip('"')


content, version = fetch(os.environ["MODEL_URL"])
session = onnxruntime.InferenceSession(content)
app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Answer:
    (scores,) = session.run(None, {"features": np.array([request.features], dtype=np.float32)})
    return Answer(score=float(scores[0][0]), model=version)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"model": version}
