#!/bin/sh
# gdb-multiarch at programs for M-profile cores: what a debugger shows of both
# security states, and steps into exceptions and back out of them.
# needs: gdb-multiarch
# SPDX-License-Identifier: Apache-2.0
. tests/gdb.sh
guests=build/out/guest/mprofile

# The vector table is read when the core begins: until then the debugger sees
# what it holds, unless it sets SP or pc itself.
board=an505
session 'reset' --semihosting --load $guests/security.elf <<END
file $guests/security.elf
show architecture
printf "at %d, stack %d\n", \$pc == (unsigned)reset, \$sp == *(unsigned*)0x10000000
printf "banks %d %d\n", \$msp_s == \$sp, \$msp_ns
set \$r4 = 0x44
stepi
printf "stepped to %x, pushed %d\n", \$pc - (unsigned)reset, *(unsigned*)0x10000000 - (unsigned)\$sp
monitor reset
flushregs
set \$pc = (unsigned)handle
printf "set %d, stack %d\n", \$pc == (unsigned)handle, \$sp == *(unsigned*)0x10000000
stepi
printf "goes on %d\n", \$pc > (unsigned)handle && \$pc < (unsigned)handle + 8
kill
END
gdb_says 'the architecture is described' 'armv3m|armv8-m'
gdb_says 'SP and pc are those of the vector table' '^at 1, stack 1$'
gdb_says 'SP is that of its bank' '^banks 1 0$'
gdb_says 'a register that is set does not hide the vectors' '^stepped to 2, pushed [48]$'
gdb_says 'pc that is set stays, and SP is from the table' '^set 1, stack 1$'
gdb_says 'execution begins there' '^goes on 1$'

session 'states' --semihosting --load $guests/security.elf <<END
file $guests/security.elf
break ns_load
continue
printf "secure memory %x\n", \$r0
printf "non-secure stack %d\n", \$sp == \$msp_ns && \$sp != \$msp_s
set \$before = \$msp_ns
info threads
stepi
printf "exception %d, stack %d, pushed %d\n", \$xpsr & 0x1ff, \$sp == \$msp_s, \$before - \$msp_ns
printf "returns to %x\n", \$lr
x/i \$pc
p/x *(unsigned*)0xe000ede4
reverse-stepi
printf "back %d, exception %d, stack %d\n", \$pc == (unsigned)ns_load, \$xpsr & 0x1ff, \$sp == \$msp_ns
printf "popped %d\n", \$msp_ns == \$before
info threads
set \$psp_ns = 0x1000
set \$basepri_ns = 0x40
printf "banked %x %x, %x %x\n", \$psp_ns, \$psp_s, \$basepri_ns, \$basepri_s
kill
END
gdb_says 'it is about a Non-secure load' '^secure memory 10000000$'
gdb_says 'the stack is that of the state' '^non-secure stack 1$'
gdb_says 'the mode is named' 'cpu0? \(running.*\)'
gdb_says 'a step goes into the exception, on the other stack' '^exception 7, stack 1, pushed 32$'
gdb_says 'EXC_RETURN is shown' '^returns to ffffff'
gdb_says 'the cause can be read' '= 0x(8|48)$'
gdb_says 'and back out of it' '^back 1, exception 0, stack 1$'
gdb_says 'with what had been pushed' '^popped 1$'
gdb_says 'registers of one state are written' '^banked 1000 0, 40 0$'

session 'events' --semihosting --load $guests/security.elf <<END
file $guests/security.elf
break handle
continue
printf "first %d\n", exception
continue
printf "second %d\n", exception
watch subject
reverse-continue
reverse-continue
printf "before %d\n", subject == 0
delete
tbreak *(unsigned)gate_note
continue
continue
printf "gate %d\n", \$pc == (unsigned)gate_note
kill
END
gdb_says 'a breakpoint in a handler' '^first 7$'
gdb_says 'again' '^second 7$'
gdb_says 'a watchpoint backwards' '^Hardware watchpoint .*subject'
gdb_says 'a breakpoint at a gate' '^gate 1$'

board=an386
session 'floating point' --semihosting --load $guests/floating.elf <<END
file $guests/floating.elf
break handle
continue
set \$s4 = 1.5
printf "s4 %g, d2 %g\n", \$s4, \$d2
info registers fpscr control
kill
END
gdb_says 'a register of the FPU is written' '^s4 1\.5'
gdb_says 'its state is shown' '^fpscr '

finish
