# Programs that print figures beside a peer's; see build/bench.mk.
PROGRAMS += bench/caliptra
bench/caliptra.SOURCES := bench/caliptra.c tests/caliptra_soc.c
