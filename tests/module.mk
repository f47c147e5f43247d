MODULES += tests
tests.SOURCES := tests/harness.c
tests.TESTS += tests/guest_image_test.c
tests.SOURCES += tests/caliptra_soc.c
tests.FUZZERS += tests/bus_fuzz.c tests/firmware_fuzz.c
