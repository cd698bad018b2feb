"""Random numbers by counting, in plain NumPy: number i of a stream depends on key and i alone.

So any thread can draw any rows, in any order. The compiled core has the same streams.
"""

from __future__ import annotations

import numpy as np

from drumlin._types import Array

NORMALS, UNIFORMS = 0, 1
"""The streams of one key."""

_FACTORS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_STEPS = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10
_HALF = np.uint64(32)
_MANTISSA = np.uint64(2**52 - 1)


def philox(counter: Array, key: int) -> Array:
    """Philox 4x32-10: counters (m, 2) of two 64-bit words, and a key of 64 bits -> (m, 2) words.

    Each round multiplies two of the four 32-bit halves and swaps, adding a key that moves by a
    constant from round to round. Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as
    easy as 1, 2, 3.
    """
    low = np.uint64(0xFFFFFFFF)
    a, b = counter[:, 0] & low, counter[:, 0] >> _HALF
    c, d = counter[:, 1] & low, counter[:, 1] >> _HALF
    keys = [key & 0xFFFFFFFF, key >> 32]
    for _ in range(_ROUNDS):
        left, right = a * _FACTORS[0], c * _FACTORS[1]
        a, b = (right >> _HALF) ^ b ^ np.uint64(keys[0]), right & low
        c, d = (left >> _HALF) ^ d ^ np.uint64(keys[1]), left & low
        keys = [(word + step) & 0xFFFFFFFF for word, step in zip(keys, _STEPS, strict=True)]
    return np.stack([a | (b << _HALF), c | (d << _HALF)], axis=1)


def uniforms(key: int, stream: int, first: int, count: int) -> Array:
    """Numbers first, ..., first + count − 1 of a stream in [0, 1), multiples of 2⁻⁵²; first even.

    Block p of the stream, Philox of the counter (p, stream), makes numbers 2p and 2p + 1 of the
    low 52 bits of its two words.
    """
    blocks = np.arange(first // 2, (first + count + 1) // 2, dtype=np.uint64)
    words = philox(np.stack([blocks, np.full_like(blocks, stream)], axis=1), key)
    unit: Array = (words & _MANTISSA) * 2.0**-52
    return unit.ravel()[:count]


def normals(key: int, stream: int, first: int, count: int) -> Array:
    """Standard normal numbers first, ..., first + count − 1 of a stream; first even.

    Two uniforms u, v make r cos 2πv and r sin 2πv with r = √(−2 log(1 − u)) <= 8.49 (Box and
    Muller 1958). The angle is reduced to an eighth of a turn, where both are accurate.
    """
    u, v = uniforms(key, stream, first, count + count % 2).reshape(-1, 2).T
    radius = np.sqrt(-2.0 * np.log1p(-u))
    quarter = np.rint(4.0 * v)
    angle = (4.0 * v - quarter) * (np.pi / 2.0)
    turn = quarter.astype(np.int64)
    both = np.stack([np.cos(angle), np.sin(angle)])
    rows = np.arange(len(u))
    cosine = both[turn % 2, rows] * np.where((turn + 1) % 4 < 2, 1.0, -1.0)
    sine = both[(turn + 1) % 2, rows] * np.where(turn % 4 < 2, 1.0, -1.0)
    return (radius * np.stack([cosine, sine])).T.ravel()[:count]
