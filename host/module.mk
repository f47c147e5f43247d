# Access to the operating system, and its tests.
MODULES += host
# By the host's machine, or as any host has it: a filter of calls, atomic access
# to memory, floating point.
host.WITHOUT := $(filter-out \
    $(or $(wildcard host/sandbox_calls_$(MACHINE).c),host/sandbox_calls_other.c) \
    $(or $(wildcard host/atomic_$(MACHINE).c),host/atomic_other.c) \
    $(or $(wildcard host/floating_point_$(MACHINE).c),host/floating_point.c) \
    host/floating_point_test.c,\
    $(wildcard host/sandbox_calls_*.c host/atomic_*.c host/floating_point*.c))
host/floating_point_test.c.LDLIBS := -lm
