# `make check` is quick and reads only; `make test` runs the suite; `make demo` makes the county; `make format` writes.
UV ?= $(shell uv --version >/dev/null 2>&1 && echo uv || echo $(CURDIR)/.uv/bin/uv)
RUN = $(UV) run --frozen
export NUANXIN_HOME ?= $(CURDIR)/.nuanxin

.PHONY: check lint types imports templates declarations test demo format

check: lint types imports templates declarations

lint:
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types:
	$(RUN) mypy

imports:
	$(RUN) lint-imports --no-logo

templates:
	$(RUN) djlint --quiet --lint src/nuanxin/interfaces

declarations:
	$(RUN) nuanxin check

test:
	./nuanxin test

demo:
	./nuanxin demo

format:
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
