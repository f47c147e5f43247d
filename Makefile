# Cairn: one non-recursive tree. `make help` lists the doors.
#
#   BUILD=release   optimised (default)
#   BUILD=debug     address and undefined-behaviour sanitizers
#   BUILD=coverage  gcov counters
#   V=1             show the commands
#
# Each folder says what it holds in its module.mk; build/rules.mk turns that
# into libraries, test programs and guest images.

BUILD ?= release

include build/toolchain.mk
include build/rules.mk

.DEFAULT_GOAL := all
