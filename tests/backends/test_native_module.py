"""The compiled module alone, against the formulas written out in NumPy."""

import itertools
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.backends.ingredients import random_density

native = pytest.importorskip("drumlin._native", reason="built without a compiler")

SETS = native.instruction_sets()
FORMS = ["full", "diagonal", "means"]
LARGEST = {"float64": np.finfo(np.float64).max / 4, "float32": np.finfo(np.float32).max / 4}


def expected_log_joint(x, means, whitening, constants):
    x = np.asarray(x, dtype=np.float64)
    out = np.empty((len(x), len(means)))
    for j, mean in enumerate(means):
        p = whitening[0 if len(whitening) == 1 else j]
        y = (x - mean) @ np.tril(p).T if p.ndim == 2 else (x - mean) * p
        out[:, j] = constants[j] - 0.5 * np.sum(y * y, axis=1)
    return out


def expected_moments(x, sample_weight, labels, means, whitening, constants, form):
    x = np.asarray(x, dtype=np.float64)
    joint = expected_log_joint(x, means, whitening, constants)
    if labels is not None:
        others = (labels[:, None] >= 0) & (labels[:, None] != np.arange(len(means)))
        joint = np.where(others, -np.inf, joint)
    peak = joint.max(axis=1, keepdims=True)
    density = np.exp(joint - peak)
    total = density.sum(axis=1, keepdims=True)
    weight = np.ones(len(x)) if sample_weight is None else sample_weight
    w = weight[:, None] * density / total
    centred = x[:, None, :] - means
    weighted = w[:, :, None] * centred
    return (
        float(weight @ (peak + np.log(total))[:, 0]),
        float(weight.sum()),
        w.sum(axis=0),
        weighted.sum(axis=0),
        {
            "full": lambda: weighted.transpose(1, 2, 0) @ centred.transpose(1, 0, 2),
            "diagonal": lambda: (weighted * centred).sum(axis=0),
            "means": lambda: np.zeros((0, x.shape[1], x.shape[1])),
        }[form](),
    )


def assert_moments_close(actual, expected, n, relative=1e-12):
    """Each entry within `relative` of the largest of its kind: sums of both signs cancel."""
    assert len(actual) == 5
    for got, want in zip(actual, expected, strict=True):
        got, want = np.asarray(got), np.asarray(want)
        assert got.shape == want.shape
        scale = np.abs(want).max(initial=0.0)
        np.testing.assert_allclose(got, want, rtol=0, atol=relative * max(scale, n))


def rows_of(name, x, density, n_threads=1, instruction_set="baseline"):
    n, k = len(x), len(density[0])
    shape = (n, k) if name in {"log_joint", "responsibilities"} else (n,)
    out = np.full(shape, 99, dtype=np.int64 if name == "labels" else x.dtype)
    getattr(native, name)(x, *density, out, n_threads, instruction_set)
    return out


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 33, 64])
def test_moments_equal_the_formulas(d):
    """Assert that all five sums equal the formulas for every set, form of input and odd size."""
    rng = np.random.default_rng(d)
    for k, n in [(1, 1), (2, 133), (3, 700), (7, 1291)]:
        x = 2.0 * rng.normal(size=(n, d))
        weights = rng.integers(0, 4, size=n).astype(float)
        labels = rng.integers(-1, k, size=n)
        for shared, triangular, form in itertools.product([False, True], [False, True], FORMS):
            if d == 1 and triangular:
                continue
            density = random_density(rng, d, k, shared=shared, triangular=triangular)
            for w, z in itertools.product([None, weights], [None, labels]):
                expected = expected_moments(x, w, z, *density, form)
                for instruction_set in SETS:
                    actual = native.expect(x, w, z, *density, form, 1, instruction_set)
                    assert_moments_close(actual, expected, n)


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("d", [1, 2, 5, 16, 33])
@pytest.mark.parametrize("triangular", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rows_equal_the_formulas(instruction_set, d, triangular, dtype):
    """Assert that log_joint, responsibilities, log_density and labels equal the formulas."""
    rng = np.random.default_rng(d)
    for k, n in [(1, 5), (3, 1291)]:
        x = 2 * rng.normal(size=(n, d)).astype(dtype)
        density = random_density(rng, d, k, triangular=triangular)
        joint = expected_log_joint(x, *density)
        log_density = np.logaddexp.reduce(joint, axis=1)
        # float32: q of about 4 d carries a few roundings per term
        relative = 1e-12 if dtype == "float64" else 1e-5
        tolerance = {"rtol": relative, "atol": relative}
        got = {
            name: rows_of(name, x, density, 2, instruction_set)
            for name in ["log_joint", "responsibilities", "log_density", "labels"]
        }
        np.testing.assert_allclose(got["log_joint"], joint, **tolerance)
        np.testing.assert_allclose(got["log_density"], log_density, **tolerance)
        expected = np.exp(joint - log_density[:, None])
        absolute = 1e-13 if dtype == "float64" else 2e-5
        np.testing.assert_allclose(got["responsibilities"], expected, rtol=0, atol=absolute)
        epsilon = np.finfo(dtype).eps
        np.testing.assert_allclose(got["responsibilities"].sum(axis=1), 1, rtol=0, atol=8 * epsilon)
        np.testing.assert_array_equal(got["labels"], got["log_joint"].argmax(axis=1))


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("n", "d", "k"), [(30000, 3, 4), (3000, 33, 5)])
def test_threads_do_not_change_a_bit(instruction_set, dtype, n, d, k):
    """Assert that 1, 2 and 5 threads give the same bits."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, d)).astype(dtype)
    density = random_density(rng, d, k)
    first, *others = (
        native.expect(x, None, None, *density, "full", threads, instruction_set)
        for threads in (1, 2, 5)
    )
    for other in others:
        for a, b in zip(first, other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("instruction_set", SETS)
def test_float32_far_from_the_origin_keeps_its_variance(instruction_set):
    """Assert that N(1e6, 1) in float32 has the variance of its float32 values."""
    rng = np.random.default_rng(0)
    x = (1e6 + rng.normal(size=(50001, 2))).astype(np.float32)
    mean = x.astype(np.float64).mean(axis=0)
    whitening = np.eye(2)[None]
    _, count, mass, shift, scatter = native.expect(
        x, None, None, mean[None], whitening, np.zeros(1), "full", 1, instruction_set
    )
    assert count == mass[0] == len(x)
    # partial sums of some 30 are rounded at 6e-8 of that; a float32 mean would be off by 0.03
    np.testing.assert_allclose(shift[0] / len(x), 0, atol=1e-6)
    np.testing.assert_allclose(
        scatter[0] / len(x), np.cov(x.astype(np.float64).T, bias=True), atol=1e-6
    )


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_any_memory_layout_gives_the_same_bits(instruction_set, dtype):
    """Assert that strided, reversed, Fortran, broadcast, unaligned, read-only x equals its copy."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(2000, 10)).astype(dtype)
    record = np.zeros(500, dtype=[("skip", "u1"), ("x", dtype, (5,))])
    record["x"] = base[:500, :5]
    frozen = base.copy()
    frozen.flags.writeable = False
    views = [
        base[::3, ::2],
        base[::-1, ::-2],
        np.asfortranarray(base[:, :5]),
        np.broadcast_to(base[0, :5], (300, 5)),
        np.broadcast_to(base[:300, :1], (300, 5)),
        record["x"],
        frozen[:, 5:],
    ]
    for view in views:
        density = random_density(rng, 5, 3)
        copy = np.array(view, order="C")
        for got, want in zip(
            native.expect(view, None, None, *density, "full", 1, instruction_set),
            native.expect(copy, None, None, *density, "full", 1, instruction_set),
            strict=True,
        ):
            np.testing.assert_array_equal(got, want)
        np.testing.assert_array_equal(
            rows_of("log_density", view, density, 1, instruction_set),
            rows_of("log_density", copy, density, 1, instruction_set),
        )


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("triangular", [False, True])
def test_output_is_finite_for_every_finite_row(instruction_set, dtype, triangular):
    """Assert that rows of the largest magnitudes give finite values and whole responsibilities."""
    big = float(np.finfo(dtype).max)
    x = np.array(
        [[big, -big, big], [1e18, 0, 0], [big / 1e8, 0, 1], [0, 0, 0], [1e30, -1e30, 1e30]], dtype
    )
    density = random_density(np.random.default_rng(1), 3, 3, triangular=triangular, spread=10)
    for name in ["log_joint", "log_density", "responsibilities"]:
        assert np.isfinite(rows_of(name, x, density, 1, instruction_set)).all()
    sums = rows_of("responsibilities", x, density, 1, instruction_set).sum(axis=1)
    np.testing.assert_allclose(sums, 1, atol=8 * np.finfo(dtype).eps)
    assert rows_of("log_joint", x, density, 1, instruction_set)[0].max() <= -LARGEST[dtype] / 4


@pytest.mark.parametrize("instruction_set", SETS)
def test_rows_of_weight_zero_are_absent(instruction_set):
    """Assert that a row of weight 0 changes no bit, even when its values are not finite."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 3))
    weight = rng.uniform(0.5, 2, size=100)
    weight[10] = weight[50] = 0
    density = random_density(rng, 3, 2)
    for form in FORMS:
        want = native.expect(x, weight, None, *density, form, 1, instruction_set)
        broken = x.copy()
        broken[10], broken[50] = np.nan, np.inf
        got = native.expect(broken, weight, None, *density, form, 1, instruction_set)
        for a, b in zip(got, want, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_known_labels_are_one_hot(instruction_set, dtype):
    """Assert that with all labels known the mass counts them, exactly, also for absurd labels."""
    rng = np.random.default_rng(0)
    x = (1e3 * rng.normal(size=(400, 3))).astype(dtype)
    labels = rng.integers(0, 4, size=400)
    density = random_density(rng, 3, 4)
    log_likelihood, _, mass, *_ = native.expect(
        x, None, labels, *density, "full", 1, instruction_set
    )
    np.testing.assert_array_equal(mass, np.bincount(labels, minlength=4))
    joint = expected_log_joint(x, *density)
    expected = joint[range(400), labels].sum()
    np.testing.assert_allclose(log_likelihood, expected, rtol=1e-12 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("instruction_set", SETS)
def test_ties_go_to_the_lowest_label(instruction_set):
    """Assert that equal components give label 0."""
    x = np.random.default_rng(0).normal(size=(37, 2))
    density = (np.zeros((3, 2)), np.ones((1, 2)), np.zeros(3))
    assert not rows_of("labels", x, density, 1, instruction_set).any()


@pytest.mark.parametrize("instruction_set", SETS)
def test_no_rows_give_zero_sums(instruction_set):
    """Assert that an empty x gives zero moments and no output."""
    density = random_density(np.random.default_rng(0), 3, 2)
    x = np.empty((0, 3))
    assert all(
        not np.any(part)
        for part in native.expect(x, None, None, *density, "full", 2, instruction_set)
    )
    assert rows_of("labels", x, density, 1, instruction_set).shape == (0,)


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize(("dtype", "deepest"), [("float64", -700.0), ("float32", -80.0)])
def test_the_exponential_is_right_to_a_few_units(instruction_set, dtype, deepest):
    """Assert that e^t / (1 + e^t), read off a responsibility, is right for tiny e^t too."""
    x = np.sqrt(np.linspace(0, -2 * deepest, 20011)).astype(dtype)
    t = (-(x * x) / 2).astype(np.longdouble)
    density = (np.zeros((2, 1)), np.array([[0.0], [1.0]]), np.zeros(2))
    got = rows_of("responsibilities", x[:, None], density, 1, instruction_set)[:, 1]
    expected = np.exp(t) / (1 + np.exp(t))
    # two roundings besides those of the exponential itself, at most 2 units
    np.testing.assert_allclose(
        got.astype(np.longdouble), expected, rtol=4 * float(np.finfo(dtype).eps), atol=0
    )


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_logarithm_is_right_to_a_few_units(instruction_set, dtype):
    """Assert that log(1 + e^t), read off a log-density, is right where it is tiny and where not."""
    x = np.sqrt(np.linspace(0, 60, 20011)).astype(dtype)
    t = (-(x * x) / 2).astype(np.longdouble)
    for k in [2, 3, 7, 30]:
        precisions = np.zeros((k, 1))
        precisions[1:] = 1.0
        density = (np.zeros((k, 1)), precisions, np.zeros(k))
        got = rows_of("log_density", x[:, None], density, 1, instruction_set)
        expected = np.log1p((k - 1) * np.exp(t))
        # each addition in 1 + (k - 1) e^t rounds by half a unit, equal terms the same way
        unit = float(np.finfo(dtype).eps) * (4 + k / 2)
        np.testing.assert_allclose(got.astype(np.longdouble), expected, rtol=unit, atol=unit)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_a_forked_child_computes_as_its_parent():
    """Assert that after a threaded pass a forked child gets the same bits, with threads."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30000, 8))
    density = random_density(rng, 8, 4)
    want = native.expect(x, None, None, *density, "full", 4, SETS[-1])
    child = os.fork()
    if child == 0:
        got = native.expect(x, None, None, *density, "full", 4, SETS[-1])
        os._exit(0 if all(np.array_equal(a, b) for a, b in zip(got, want, strict=True)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_concurrent_calls_do_not_disturb_each_other():
    """Assert that calls from several Python threads at once give the bits of single calls."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20000, 4))
    densities = [random_density(rng, 4, 3) for _ in range(8)]

    def call(density):
        return native.expect(x, None, None, *density, "full", 2, SETS[-1])

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(call, densities))
    for got, density in zip(together, densities, strict=True):
        for a, b in zip(got, call(density), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", SETS)
def test_the_peak_rate_is_a_rate(name):
    """Assert that it is positive: a busy machine may slow any loop down, a wide one too."""
    assert native.multiply_add_rate(False, 1, 0.02, name) > 0.0


def valid_arguments():
    rng = np.random.default_rng(0)
    means, whitening, constants = random_density(rng, 3, 2)
    return {
        "x": rng.normal(size=(10, 3)),
        "sample_weight": None,
        "labels": None,
        "means": means,
        "whitening": whitening,
        "constants": constants,
        "form": "full",
        "n_threads": 1,
        "instruction_set": "baseline",
    }


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("x", np.zeros((10, 3), dtype=np.int64), "x must be float64 or float32"),
        ("x", np.zeros((10, 3)).astype(">f8"), "x must be float64 or float32"),
        ("x", np.zeros(10), "x has the wrong number of dimensions"),
        ("x", np.zeros((10, 4)), r"means must have shape \(2, 4\)"),
        ("means", np.zeros((2, 6))[:, ::2], "means must be C-contiguous"),
        ("whitening", np.zeros((3, 3, 3)), r"whitening must have shape \(2, 3, 3\)"),
        ("whitening", np.zeros((2, 3, 2)), r"whitening must have shape \(2, 3, 3\)"),
        ("constants", np.zeros(3), r"constants must have shape \(2\)"),
        ("constants", np.zeros(2, np.float32), "constants must be float64"),
        ("sample_weight", np.ones(9), r"sample_weight must have shape \(10\)"),
        ("labels", np.zeros(10, np.int32), "labels must be int64"),
        ("labels", np.full(10, 2), "labels must lie between"),
        ("labels", np.full(10, -2), "labels must lie between"),
        ("n_threads", 0, "n_threads must be at least 1"),
        ("instruction_set", "mmx", "'mmx' is not available"),
    ],
)
def test_wrong_arguments_are_refused(argument, value, message):
    """Assert that each wrong argument is named in a ValueError."""
    with pytest.raises(ValueError, match=message):
        native.expect(**(valid_arguments() | {argument: value}))


def valid_draws():
    return {
        "key": 2**64 - 1,
        "cumulative": np.array([0.5]),
        "means": np.zeros((2, 3)),
        "colouring": np.zeros((2, 3, 3)),
        "x": np.empty((10, 3)),
        "labels": np.empty(10, np.int64),
        "n_threads": 1,
        "instruction_set": "baseline",
    }


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("cumulative", np.zeros(2), r"cumulative must have shape \(1\)"),
        ("cumulative", np.zeros(1, np.float32), "cumulative must be float64"),
        ("means", np.zeros((2, 0)), "means must have at least one row and one column"),
        ("means", np.zeros((2, 6))[:, ::2], "means must be C-contiguous"),
        ("colouring", np.zeros((3, 3, 3)), r"colouring must have shape \(2, 3, 3\)"),
        ("colouring", np.zeros((2, 2)), r"colouring must have shape \(2, 3\)"),
        ("x", np.empty((10, 2)), r"x must have shape \(10, 3\)"),
        ("x", np.empty((10, 3), np.float32), "x must be float64"),
        ("labels", np.empty(9, np.int64), r"labels must have shape \(10\)"),
        ("labels", np.empty(10), "labels must be int64"),
        ("n_threads", 0, "n_threads must be at least 1"),
        ("instruction_set", "mmx", "'mmx' is not available"),
    ],
)
def test_wrong_arguments_of_draws_are_refused(argument, value, message):
    """Assert that each wrong argument is named in a ValueError; triangles of one column too."""
    with pytest.raises(ValueError, match=message):
        native.sample(**(valid_draws() | {argument: value}))
    narrow = {"means": np.zeros((2, 1)), "colouring": np.zeros((2, 1, 1))}
    with pytest.raises(ValueError, match="colouring of one column is a scale"):
        native.sample(**(valid_draws() | narrow))


@pytest.mark.parametrize("instruction_set", SETS)
def test_draws_read_the_lower_triangle_only(instruction_set):
    """Assert that rows are finite with NaN above the diagonals of the factors."""
    given = valid_draws() | {"colouring": np.tril(np.ones((2, 3, 3)))}
    given["colouring"] += np.triu(np.full((3, 3), np.nan), 1)
    native.sample(**(given | {"instruction_set": instruction_set}))
    assert np.isfinite(given["x"]).all()


def test_outputs_must_fit():
    """Assert that an output of the wrong shape, type or without write permission is refused."""
    given = valid_arguments()
    density = given["means"], given["whitening"], given["constants"]
    x = given["x"]
    with pytest.raises(ValueError, match=r"out must have shape \(10, 2\)"):
        native.log_joint(x, *density, np.empty((10, 3)), 1, "baseline")
    with pytest.raises(ValueError, match="out must be of the float type of x"):
        native.log_density(x, *density, np.empty(10, np.float32), 1, "baseline")
    with pytest.raises(ValueError, match="out must be int64"):
        native.labels(x, *density, np.empty(10), 1, "baseline")
    frozen = np.empty(10)
    frozen.flags.writeable = False
    with pytest.raises((ValueError, BufferError), match=r"read-only|not writ"):
        native.log_density(x, *density, frozen, 1, "baseline")
