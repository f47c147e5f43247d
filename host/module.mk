# Access to the operating system, and its tests.
MODULES += host
host.SOURCES := host/claim.c host/connector.c host/ending.c host/file.c host/file_draft.c host/folder.c host/keeper.c host/loop.c host/loop_timers.c host/loop_workers.c host/memory.c host/packets.c host/process.c host/sandbox.c host/sandbox_capabilities.c host/sandbox_filter.c host/socket.c host/terminal.c host/time.c
# By the calls of the host's machine, or without a filter of calls.
host.SOURCES += $(or $(wildcard host/sandbox_calls_$(MACHINE).c),host/sandbox_calls_other.c)
host.SOURCES += host/atomic.c \
                $(or $(wildcard host/atomic_$(MACHINE).c),host/atomic_other.c)
# By the host's machine, or as libm has it.
host.SOURCES += $(or $(wildcard host/floating_point_$(MACHINE).c),host/floating_point.c)
host/floating_point_test.c.LDLIBS := -lm
