# Cairn: one non-recursive tree. `make help` lists the doors.
#
#   BUILD=release   optimised (default)
#   BUILD=debug     address and undefined-behaviour sanitizers
#   BUILD=coverage  gcov counters
#   V=1             show the commands
#
# Each folder says what it holds in its module.mk; build/rules.mk turns that
# into libraries, programs and tests; the other fragments hold the doors.

VERSION := 0.2.0
# The day of that version, for man pages: they ask no clock.
DATE := 2026-11-25
BUILD ?= release

.DEFAULT_GOAL := all

include build/toolchain.mk
include build/guest.mk
include build/rules.mk
include build/program.mk
include build/check.mk
include build/fuzz.mk
include build/mutate.mk
include build/bench.mk
include build/docs.mk
include build/install.mk

# The main job with the embedded files: board trust from fuses to its first
# application.
demo: all
	@$(if $(filter release,$(BUILD)),build/cairn,$(OUT)/cairn) run trust

help:
	@sed 's/^    //' build/help.txt

.PHONY: demo help
