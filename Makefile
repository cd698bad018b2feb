# Every target creates and uses .venv by itself. Needed: Python >= 3.11, make, a C++17 compiler
# (without a compiler everything still works, on the slower reference backend).
PYTHON ?= python3
JOBS   ?= 2
# The tests of a file go to one worker: what they share is built once. Files in their order: xdist
# would keep those of few tests for the end, where one long test lets the other worker wait.
PYTEST := python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
DEMO   := build/demo

TOOLS     := .venv/.tools
INSTALLED := .venv/.installed
NATIVE    := CMakeLists.txt $(shell find native -name "*.?pp")
CPP       := $(shell find native tests/native -name "*.?pp")
SITE      := python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'

.DEFAULT_GOAL := help
.PHONY: help demo test test-reference lint format portable sanitize bench bench-full bench-peers docs dist clean
.DELETE_ON_ERROR:

help:
	@echo "make demo            fit Old Faithful, draw the picture"
	@echo "make test            the whole test-suite"
	@echo "make lint            ruff, mypy and clang-format"
	@echo "make bench           speed beside other programs and the machine's limits; bench-full: all of it"
	@echo "make bench-peers     install the other programs, in an environment of their own"
	@echo "make docs            the pages, in build/docs"
	@echo "make dist            sdist and wheel, in dist"
	@echo "make test-reference  the test-suite as on a machine without a compiler"
	@echo "make portable        the compiled core for Arm, macOS and Windows; run on Arm where qemu-aarch64 is"
	@echo "make sanitize        the compiled core under the address and undefined-behaviour sanitizers"
	@echo "make format, clean"

# The tools: new when pyproject.toml changes. Dependency groups need pip 25.1.
$(TOOLS): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("drumlin needs Python >= 3.11; name one: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "preparing .venv (the first time takes a minute or two)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --quiet --upgrade "pip>=25.1"
	@$(PIP) install --quiet --group dev
	@touch $@

# The package, editable: Python source is live from the tree; the native module is built again
# when its sources change. The build folder is kept, so that only what changed is compiled. The
# installation knows modules by their files: one that became a folder is installed anew.
$(INSTALLED): $(TOOLS) $(NATIVE) $(wildcard src/drumlin/*/__init__.py src/drumlin/*/*/__init__.py src/drumlin/*/*/*/__init__.py)
	@echo "building and installing drumlin"
	@$(PIP) install --quiet --no-build-isolation -C 'build-dir=build/{wheel_tag}' --editable '.[all]'
	@$(BIN)/python -c 'import drumlin._native' || echo \
	  "NOTE: no compiled backend here, drumlin will use the reference backend (why: $(PIP) install -v .)"
	@touch $@

demo: $(INSTALLED)
	@mkdir -p $(DEMO)
	$(BIN)/drumlin fit examples/faithful.csv -k 2 -o $(DEMO)/faithful.json
	$(BIN)/drumlin plot $(DEMO)/faithful.json examples/faithful.csv -o $(DEMO)/faithful.png
	@echo
	@echo "the fitted mixture: $(DEMO)/faithful.json"
	@echo "its picture:        $(DEMO)/faithful.png"

test: $(INSTALLED)
	$(BIN)/$(PYTEST)

# A second environment in which the compiler does not work. Built anew each time: it is the
# installation that is on trial. The bare import, from outside the tree, sees only what was installed.
test-reference: $(TOOLS)
	rm -rf .venv-reference && $(PYTHON) -m venv .venv-reference
	.venv-reference/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	CC=/bin/false CXX=/bin/false .venv-reference/bin/python -m pip install --quiet --group test '.[all]'
	cd .venv-reference && bin/python -c "import importlib.util, drumlin.backends as b; \
	  assert importlib.util.find_spec('drumlin._native') is None, 'a native module was built'; \
	  assert [x.name for x in b.available()] == ['reference'], b.available(); print('backend: reference')"
	.venv-reference/bin/$(PYTEST) -m "not slow"

# Zig holds a compiler for all of them. Debian: apt install qemu-user.
portable: $(TOOLS)
	$(PIP) install --quiet --group portable
	$(BIN)/python tools/portable.py

# The compiled core under the address and undefined-behaviour sanitizers, in an environment of its own
# that borrows the packages of .venv (but not its drumlin). The libraries are loaded before Python,
# which was not built with them; leaks are Python's own.
SANITIZE := build/sanitize
sanitize: $(INSTALLED)
	@test -x $(SANITIZE)/env/bin/python || $(BIN)/python -m venv --without-pip $(SANITIZE)/env
	@$(BIN)/$(SITE) > "$$($(SANITIZE)/env/bin/$(SITE))/packages.pth"
	DRUMLIN_REQUIRE_NATIVE=1 $(PIP) --python $(SANITIZE)/env/bin/python install --quiet --no-build-isolation --no-deps \
	  --force-reinstall -C build-dir=$(SANITIZE)/cmake -C cmake.build-type=RelWithDebInfo -C install.strip=false \
	  -C 'cmake.define.CMAKE_CXX_FLAGS=-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer' .
	LD_PRELOAD="$$($(CXX) -print-file-name=libasan.so) $$($(CXX) -print-file-name=libstdc++.so)" \
	  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
	  $(SANITIZE)/env/bin/$(PYTEST) -q -m "not slow" tests/backends tests/starts tests/hostile

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run --Werror $(CPP)
	$(BIN)/mypy

format: $(TOOLS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CPP)

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

bench-full: $(INSTALLED)
	$(BIN)/python -m benchmarks --full

# What the other programs need is large and none of ours: they have an environment of their own.
# TORCH names the build of PyTorch, as in TORCH='torch==2.13.0+cpu' where an index has that one.
# What does not install is reported as "not installed". Armadillo and mclust come from the system
# (Debian: libarmadillo-dev, r-cran-mclust); Spark needs Java.
PEERS := pomegranate gmmx tgmm mlpack pyspark
TORCH ?= torch
bench-peers:
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@for peer in '$(TORCH)' $(PEERS); do echo "installing $$peer"; \
	  .venv-peers/bin/python -m pip install --quiet "$$peer" || echo "not installed: $$peer"; done

docs: $(INSTALLED)
	$(BIN)/sphinx-build -W --keep-going docs build/docs
	@echo "the pages: build/docs/index.html"

dist: $(TOOLS)
	rm -rf dist
	$(BIN)/python -m build --outdir dist

clean:
	rm -rf build dist .venv .venv-reference .venv-peers .mypy_cache .pytest_cache .ruff_cache .hypothesis
