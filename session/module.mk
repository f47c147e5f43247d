MODULES += session
session.SOURCES := session/alone.c session/chain.c session/clock.c \
                   session/console.c session/flash.c session/guest.c \
                   session/guest_folder.c session/hashes.c session/kept.c \
                   session/limits.c session/perf_map.c session/power_cut.c \
                   session/quote.c session/sandbox.c session/symbols.c \
                   session/targets.c session/verdict.c
