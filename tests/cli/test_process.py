"""The command as a program of its own: pipes, terminals, signals, and what is not installed."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from drumlin import storage
from drumlin.em import Outcome
from tests.cli.ingredients import EXAMPLES, FAITHFUL, Command, Done, program

VERBS = (
    "fit",
    "select",
    "info",
    "summary",
    "predict",
    "score",
    "sample",
    "plot",
    "merge",
    "bootstrap-test",
    "discriminant",
    "discriminant fit",
    "discriminant predict",
    "discriminant assess",
    "discriminant plot",
    "discriminant info",
)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="terminals and signals")


def test_pipes(process: Command) -> None:
    """Assert that fit -o - and predict - join through a pipe, with nothing else on stdout."""
    data = Path(FAITHFUL).read_text(encoding="utf-8")
    fitted = process("fit", "-", "-k", "2", "-o", "-", stdin=data)
    assert fitted.code == 0
    assert "\x1b" not in fitted.err, "no terminal, no progress bar"
    done = process("predict", "-", FAITHFUL, stdin=fitted.out)
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) == 273


@linux
def test_a_closed_pipe_is_quiet(model: Path, tmp_path: Path) -> None:
    """Assert that a reader who has seen enough (head) ends the program without a word."""
    np.save(tmp_path / "x.npy", np.tile([[3.6, 79.0]], (50_000, 1)))
    with subprocess.Popen(
        program("score", model, tmp_path / "x.npy"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        assert run.stdout.readline() == b"log_density\n"
        run.stdout.close()
        assert run.stderr.read() == b""
        assert run.wait() == 0


def endless_fit(output: Path) -> list[str]:
    """The words that start a fit that would not end."""
    return program("fit", FAITHFUL, "-k", "3", "--tol", "0", "--max-iter", "100000000",
                   "--starts", "1", "--seed", "1", "-o", output)  # fmt: skip


def run_and_signal(
    number: int, words: list[str], awaited: str = "all rows, pass", shell: str = ""
) -> Done:
    """Start a program, wait until its progress line shows these words, send a signal to all."""
    if shell:
        words = ["sh", "-c", shell.format(shlex.join(words))]
    master, slave = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=slave, env=environment, start_new_session=True
    ) as run:
        os.close(slave)
        watch = threading.Timer(60, os.killpg, (run.pid, signal.SIGKILL))
        watch.start()
        seen = _read_until(master, awaited)
        os.killpg(run.pid, number)
        out = run.stdout.read().decode() if run.stdout else ""
        seen += _read_until(master, None)
        code = run.wait()
        watch.cancel()
    os.close(master)
    return Done(code, out, seen)


def _read_until(terminal: int, words: str | None) -> str:
    """What a terminal shows, until these words or its end."""
    seen = ""
    while words is None or words not in seen:
        try:
            piece = os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # closed at the other end
            return seen
        if not piece:
            return seen
        seen += piece
    return seen


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_fit_writes_what_it_has(number: int, tmp_path: Path) -> None:
    """Assert that Ctrl-C and SIGTERM stop a long fit, whose model is written, with code 130."""
    done = run_and_signal(number, endless_fit(tmp_path / "m.json"))
    assert done.code == 130
    assert "nats in total" in done.out
    assert "warning: the fit ended with 'interrupted'" in done.err
    assert re.search(r"run 1, all rows, pass \d+, log-likelihood -\d+\.\d{3}", done.err)
    record = storage.read(tmp_path / "m.json")
    assert record.facts is not None
    assert record.facts.outcome is Outcome.INTERRUPTED
    assert record.facts.log_likelihood > -1200


@linux
def test_an_interrupted_test_in_processes_prints_what_it_has() -> None:
    """Assert that Ctrl-C, which a terminal sends to all processes, keeps the samples so far."""
    words = program("bootstrap-test", FAITHFUL, "-k", 2, "--samples", 10_000, "--threads", 2)
    done = run_and_signal(signal.SIGINT, words, "samples of 2 components")
    assert done.code == 130, done.err
    assert re.search(r"not complete: [1-9]\d* of 10000 samples", done.out)
    assert "of 10000 samples: Ctrl-C" in done.err
    assert "Traceback" not in done.err


@linux
def test_an_interrupted_selection_prints_its_table(tmp_path: Path) -> None:
    """Assert that Ctrl-C keeps the cells so far, writes the chosen model, and leaves with 130."""
    words = program("select", FAITHFUL, "-k", "1-9", "--seed", 1, "-o", tmp_path / "m.json")
    done = run_and_signal(signal.SIGINT, words, "tree")
    assert done.code == 130, done.err
    assert "lower BIC is better" in done.out
    assert "warning: the selection ended with 'interrupted'" in done.err
    assert storage.load(tmp_path / "m.json").n_features == 2


@linux
def test_a_background_job_listens_to_sigterm(tmp_path: Path) -> None:
    """Assert that SIGTERM works where a script started the fit with SIGINT ignored."""
    done = run_and_signal(
        signal.SIGTERM,
        endless_fit(tmp_path / "m.json"),
        shell="trap '' INT; trap : TERM; {}; exit $?",
    )
    assert done.code == 130
    assert storage.load(tmp_path / "m.json").n_components == 3


@pytest.mark.parametrize("package", ["typer", "rich"])
def test_without_the_extra(package: str, process: Command) -> None:
    """Assert that the command without its extra says in one line how to install it."""
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from drumlin.cli.__main__ import main; main()"
    )
    done = process("--help", code=code)
    if package == "typer":
        assert (done.code, done.out) == (1, "")
        assert done.err == ("drumlin: the command needs the extra: pip install 'drumlin[cli]'\n")
    else:  # rich is needed for the progress bar alone
        assert done.code == 0


@pytest.mark.parametrize(("package", "verb"), [("pyarrow", "score"), ("matplotlib", "plot")])
def test_without_a_part_of_the_extra(
    package: str, verb: str, process: Command, model: Path
) -> None:
    """Assert that a missing package is named with its remedy, in one line."""
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from drumlin.cli.__main__ import main; main()"
    )
    done = process(verb, model, FAITHFUL, *(["-o", "f.png"] if verb == "plot" else []), code=code)
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(rf"drumlin: .*{package}: pip install 'drumlin\[\w+\]'\n", done.err)


def test_help_loads_nothing_heavy(process: Command) -> None:
    """Assert that --help of the command and its verbs loads no pyarrow, matplotlib or SciPy."""
    code = (
        "import sys\nfrom drumlin.cli.__main__ import main\n"
        f"for verb in {VERBS}:\n"
        "    sys.argv = ['drumlin', *verb.split(), '--help']\n"
        "    try: main()\n"
        "    except SystemExit as end: assert not end.code\n"
        "loaded = {'pyarrow', 'matplotlib', 'scipy', 'pandas'} & set(sys.modules)\n"
        "print(*sorted(loaded), file=sys.stderr)"
    )
    done = process(code=code)
    assert (done.code, done.err.strip()) == (0, "")
    assert done.out.count("Usage:") == len(VERBS)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["", *VERBS])
def test_every_example_in_the_help_runs(
    verb: str, drumlin: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assert that every --help has examples, and that they do what they say."""
    monkeypatch.chdir(tmp_path)
    for name in ("faithful.csv", "iris.csv"):
        source = EXAMPLES / name
        if not source.exists():
            source = EXAMPLES.parent / "tests" / "reference" / "data" / name
        (tmp_path / name).write_bytes(source.read_bytes())
    (tmp_path / "new.csv").write_bytes((tmp_path / "iris.csv").read_bytes())
    if verb.startswith("discriminant "):
        drumlin("discriminant", "fit", "iris.csv", "--labels", "Species", "-o", "model.json")
    else:
        drumlin("fit", "faithful.csv", "-k", "2", "-o", "model.json")
    text = drumlin(*verb.split(), "--help").out
    examples = re.findall(r"^ +(drumlin .*)$", text.partition("Example:")[2], re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(example.partition(">")[0])
        done = drumlin(*words[1:])
        assert done.code == 0, f"{example}\n{done.err}"


def test_version(drumlin: Command) -> None:
    """Assert that --version prints the version."""
    import drumlin as library

    assert drumlin("--version").out == f"drumlin {library.__version__}\n"
