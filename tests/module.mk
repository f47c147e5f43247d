MODULES += tests
tests.SOURCES := tests/harness.c
