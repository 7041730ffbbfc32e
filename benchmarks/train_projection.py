"""Build the net of `shared.projection`: ``python -m benchmarks.train_projection``, about four minutes on one core.

Accounts are pieces of real series (`benchmarks/data`, MIT and CC0 only) and invented ones, half and half; every second
one is given a monthly fee, a spike, a step or a ramp. From each, days are drawn; the net sees the habits of the history
before the day (read by the product's own code) and learns quantiles of what was spent after it, as multiples of the
plain path, by the pinball loss. The seed is fixed; other builds of numpy may differ in the last digits of a weight.
"""

from __future__ import annotations

import argparse
import base64
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.spend_series import Disturbance, Series, disturb, firsts_of_months, happens, invent, read_series
from shared import projection
from shared.projection import KNOTS, QUANTILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

DATA = Path(__file__).parent / "data" / "spend_series.csv"
WEIGHTS = Path(projection.__file__).with_name("projection_weights.py")
SEED = 20
HIDDEN = (32, 16)
AHEAD = KNOTS[-1]
PER_ACCOUNT = 14
"""Examples drawn from one account."""
WARM = (1, 3, 5, 14, 60)
"""Days of history, at least, from which an account's examples are drawn."""
LATE = 0.3
"""The share of mornings on which yesterday's bill is still incomplete."""
BATCH, EPOCHS, RATE = 1024, 20, 3e-3
KNOT_WEIGHTS = np.array((0.6, 1.0, 2.0, 0.7, 0.7))
"""Warnings are decided on the sixth day (twice 72 hours), so it counts most."""
QUANTILE_WEIGHTS = np.array((1.3, 1.3, 1.2, 1.0, 0.8, 0.7, 0.7))
"""Warnings are decided on the low quantiles, so they count most."""


# ---------------------------------------------------------------- accounts and examples


@dataclass(frozen=True, slots=True)
class Account:
    """What an account really spent, from the ordinal ``first`` on, and how many days are history at least."""

    first: int
    days: NDArray[np.float64]
    warm: int


def real_account(series: list[Series], rng: Generator) -> Account:
    """Cut a piece out of a real series, often moved by whole weeks, made calmer or wilder, or joined with another."""
    one = series[int(rng.choice(len(series), p=_chances(series)))]
    days, first = _piece(one, _length(rng), None, rng)
    if happens(0.3, rng):
        days = (days / max(days.mean(), 1e-9)) ** rng.uniform(0.5, 1.6)
    if happens(0.15, rng):
        other = series[int(rng.choice(len(series), p=_chances(series)))]
        if len(other.days) >= len(days) + 7:
            second, _ = _piece(other, len(days), first % 7, rng)
            days = days / max(days.mean(), 1e-9) + rng.uniform(0.1, 1) * second / max(second.mean(), 1e-9)
    if happens(0.1, rng):
        days = days * rng.lognormal(0, rng.uniform(0.05, 0.4), len(days))
    return _disturbed(first + (7 * int(rng.integers(52)) if happens(0.6, rng) else 0), days, rng)


def invented_account(rng: Generator) -> Account:
    """Invent an account that begins on some Monday."""
    monday = 730_001 + 7 * int(rng.integers(520))
    return _disturbed(monday, invent(_length(rng), rng), rng)


def _length(rng: Generator) -> int:
    return 187 if happens(0.65, rng) else int(rng.integers(50, 187))


def _chances(series: list[Series]) -> NDArray[np.float64]:
    """Long series more often than short ones; many series of one kind not as often as their number says."""
    kinds = [one.name.split("-")[0] for one in series]
    weights = np.array([np.sqrt(len(one.days) / kinds.count(kind)) for one, kind in zip(series, kinds, strict=True)])
    return np.asarray(weights / weights.sum())


def _piece(series: Series, length: int, weekday: int | None, rng: Generator) -> tuple[NDArray[np.float64], int]:
    days = series.filled()
    start = int(rng.integers(0, max(len(days) - length, 0) + 1))
    if weekday is not None:
        start = (start + (weekday - series.first - start)) % 7
    return days[start : start + length].copy(), series.first + start


def _disturbed(first: int, days: NDArray[np.float64], rng: Generator) -> Account:
    warm = int(rng.choice([warm for warm in WARM if warm + PER_ACCOUNT + AHEAD < len(days)]))
    if happens(0.5, rng):
        kind = list(Disturbance)[int(rng.integers(4))]
        between = (warm + 5, max(warm + 6, len(days) - AHEAD - 3))
        days = disturb(days, kind, between, firsts_of_months(first, len(days)), rng)
    return Account(first, days, warm)


def examples(account: Account, rng: Generator) -> Iterator[tuple[list[float], NDArray[np.float64]]]:
    """Draw days of an account -> what the net sees, and the logarithms of what came at each knot over the plain path.

    Days are missing now and then, and the last one is incomplete in three of ten cases.
    """
    days, count = account.days, len(account.days)
    spent = np.concatenate([[0.0], np.cumsum(days)])
    shown = np.where(rng.random(count) < (0.04 if happens(0.1, rng) else 0.01), np.nan, days)
    billed = np.where(rng.random(count) < LATE, rng.uniform(0.3, 0.95, count), 1.0)
    candidates = np.arange(account.warm, count - AHEAD)
    for at in rng.choice(candidates, min(PER_ACCOUNT, len(candidates)), replace=False).tolist():
        history = shown[max(0, at - 90) : at].tolist()
        history[-1] *= billed[at]
        known = [None if day != day else day for day in history]  # noqa: PLR0124 (NaN)
        habits = projection.measure_habits(known, date.fromordinal(account.first + at))
        if habits.typical_day > 0.0:
            path = projection.plain_path(habits, AHEAD)
            plain = np.array([path[knot - 1] for knot in KNOTS])
            came = np.array([spent[at + knot] - spent[at] for knot in KNOTS]) + days[at - 1] * (1 - billed[at])
            yield projection.traits(habits), np.clip(np.log(np.maximum(came, 0.01 * plain) / plain), -4.5, 4.5)


def collect(series: list[Series], count: int, rng: Generator) -> tuple[Matrix, Matrix]:
    """Collect ``count`` examples, alternately from real accounts (if there are any) and invented ones."""
    seen: list[list[float]] = []
    came: list[NDArray[np.float64]] = []
    real = False
    while len(seen) < count:
        real = bool(series) and not real
        account = real_account(series, rng) if real else invented_account(rng)
        for one_seen, one_came in examples(account, rng):
            seen.append(one_seen)
            came.append(one_came)
        if len(seen) % (count // 10) < PER_ACCOUNT:
            print(f"\r{len(seen):>8} of {count} examples", end="", flush=True)
    print()
    return np.array(seen, dtype=np.float32), np.array(came, dtype=np.float32)


# ---------------------------------------------------------------- the net


@dataclass(slots=True)
class Net:
    """Weights and biases of each layer; ReLU between them."""

    weights: list[Matrix]
    biases: list[Matrix]

    def forward(self, seen: Matrix) -> list[Matrix]:
        """Return what goes into each layer, and the answers last."""
        values = [seen]
        for at, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            out = values[-1] @ weight + bias
            values.append(out if at == len(self.weights) - 1 else np.maximum(out, 0))
        return values

    def backward(self, values: list[Matrix], slope: Matrix) -> list[Matrix]:
        """Return the gradients of the weights, then of the biases."""
        of_weights: list[Matrix] = []
        of_biases: list[Matrix] = []
        for value, weight in zip(reversed(values[:-1]), reversed(self.weights), strict=True):
            of_weights.insert(0, value.T @ slope + 1e-5 * weight)
            of_biases.insert(0, slope.sum(0))
            slope = (slope @ weight.T) * (value > 0)
        return of_weights + of_biases


def train(seen: Matrix, came: Matrix, rng: Generator) -> Net:
    """Fit a net to the examples, the rate falling to nothing along a cosine; what it sees need not be scaled."""
    centre, spread = seen.mean(0), seen.std(0) + 1e-3
    net, scaled = _fresh(seen.shape[1], came, rng), (seen - centre) / spread
    adam, steps = Adam(net), EPOCHS * (len(seen) // BATCH)
    for epoch in range(EPOCHS):
        order, losses = rng.permutation(len(seen)), []
        for start in range(0, len(seen) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            values = net.forward(scaled[chosen])
            slope, loss = _pinball(came[chosen], values[-1])
            losses.append(loss)
            adam.follow(net.backward(values, slope), RATE * 0.5 * (1 + np.cos(np.pi * adam.step / steps)))
        print(f"epoch {epoch + 1:>2} of {EPOCHS}: pinball loss {np.mean(losses):.4f}", flush=True)
    weight = net.weights[0] / spread[:, None]
    return Net([weight, *net.weights[1:]], [net.biases[0] - centre @ weight, *net.biases[1:]])


class Adam:
    """Steps down the slope, each parameter at its own pace (Kingma and Ba, arxiv.org/abs/1412.6980)."""

    def __init__(self, net: Net) -> None:
        self.step = 0
        self._parameters = net.weights + net.biases
        self._first = [np.zeros_like(p) for p in self._parameters]
        self._second = [np.zeros_like(p) for p in self._parameters]

    def follow(self, gradients: list[Matrix], rate: float) -> None:
        """Take one step against the gradients, in place; the first 200 steps are shorter."""
        self.step += 1
        pace = np.float32(rate * min(1.0, self.step / 200))
        for at, gradient in enumerate(gradients):
            self._first[at] += np.float32(0.1) * (gradient - self._first[at])
            self._second[at] += np.float32(0.002) * (gradient * gradient - self._second[at])
            mean = self._first[at] / np.float32(1 - 0.9**self.step)
            size = np.sqrt(self._second[at] / np.float32(1 - 0.998**self.step)) + np.float32(1e-8)
            self._parameters[at] -= pace * mean / size


def _fresh(inputs: int, came: Matrix, rng: Generator) -> Net:
    """Return random weights; the last biases are the quantiles over all examples."""
    sizes = (inputs, *HIDDEN, len(KNOTS) * len(QUANTILES))
    gains = [2.0] * len(HIDDEN) + [0.3]
    weights = [
        rng.normal(0, np.sqrt(gain / rows), (rows, columns)).astype(np.float32)
        for gain, rows, columns in zip(gains, sizes, sizes[1:], strict=False)
    ]
    biases = [np.zeros(columns, dtype=np.float32) for columns in sizes[1:]]
    biases[-1] = np.quantile(came, QUANTILES, axis=0).T.reshape(-1).astype(np.float32)
    return Net(weights, biases)


def _pinball(came: Matrix, answers: Matrix) -> tuple[Matrix, float]:
    """Return the slope of the weighted pinball loss, rounded off within 0.02 of the truth, and the loss."""
    weights = np.outer(KNOT_WEIGHTS, QUANTILE_WEIGHTS).reshape(-1)
    weights /= weights.mean()
    levels = np.tile(QUANTILES, len(KNOTS))
    error = np.repeat(came, len(QUANTILES), axis=1) - answers
    slope = np.where(error > 0, -levels, 1 - levels) * np.minimum(np.abs(error) / 0.02, 1) * weights / len(came)
    return slope.astype(np.float32), float((np.maximum(levels * error, (levels - 1) * error) * weights).mean())


def source(net: Net) -> str:
    """Return the Python file that holds the net: each unit's bias and weights as 32-bit floats, in base 64."""
    layers = [np.vstack([bias, weight]).T for weight, bias in zip(net.weights, net.biases, strict=True)]
    shape = (layers[0].shape[1] - 1, *[len(layer) for layer in layers])
    packed = base64.b64encode(b"".join(layer.astype("<f4").tobytes() for layer in layers)).decode()
    lines = "\n".join(f'    "{packed[at : at + 110]}"' for at in range(0, len(packed), 110))
    return _SOURCE.format(shape=shape, lines=lines)


_SOURCE = '''"""The net of `shared.projection`, written by ``python -m benchmarks.train_projection``: do not edit."""

from base64 import b64decode
from itertools import islice, pairwise
from struct import iter_unpack

_SHAPE = {shape}
_PACKED = (
{lines}
)


def _unpacked() -> tuple[tuple[tuple[float, ...], ...], ...]:
    numbers = (number for (number,) in iter_unpack("<f", b64decode(_PACKED)))
    return tuple(tuple(tuple(islice(numbers, inputs + 1)) for _ in range(units)) for inputs, units in pairwise(_SHAPE))


LAYERS = _unpacked()
"""For each layer its units: the bias, then the weight of every input."""
'''


def main() -> None:
    """Build the weights and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="real series; default: %(default)s")
    parser.add_argument("--examples", type=int, default=700_000)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    began, rng = time.perf_counter(), np.random.default_rng(SEED)
    net = train(*collect(read_series(options.data), options.examples, rng), rng)
    options.out.write_text(source(net), encoding="utf-8")
    print(f"{options.out}: {sum(w.size for w in net.weights)} weights, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
