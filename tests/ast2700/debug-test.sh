#!/bin/sh
# Debugging, snapshots and repeated runs of a machine with four kinds of
# processor: board ast2700 with its own firmware. GDB has an inferior for each
# cluster, all of them at once.
# needs: gdb-multiarch
# SPDX-License-Identifier: Apache-2.0
. tests/gdb.sh
board=ast2700
target=extended-remote
guest=build/out/guest/ast2700

# Inferiors 1 to 5: Caliptra, Cortex-A35, SSP, TSP, boot MCU.
session 'five clusters' <<END
monitor clusters
add-inferior
inferior 2
attach 2
file $guest/bl31.elf
show architecture
add-inferior
inferior 3
attach 3
file $guest/ssp.elf
show architecture
add-inferior
inferior 4
attach 4
file $guest/tsp.elf
add-inferior
inferior 5
attach 5
file $guest/runtime.elf
show architecture
info threads
set schedule-multiple on
thread 1.1
hbreak *0x40000000
continue
p/x \$mvendorid
thread 2.1
printf "held %d\n", \$pc == 0 && \$x0 == 0
hbreak *bl31_core
continue
info threads
p \$sp != 0
delete
thread 3.1
hbreak *0x40
continue
p/x \$sp
delete
thread 4.1
hbreak *0x40
continue
stepi
info registers pc
delete
thread 5.1
p/x \$misa
END
gdb_says 'Caliptra is one' '^1 caliptra: cpu$'
gdb_says 'the boot MCU is the last' '^5 mcu: mcu_cpu$'
gdb_says 'the Cortex-A35 are AArch64' 'currently "aarch64"'
gdb_says 'the Cortex-M4F are Arm' 'currently "armv'
gdb_says 'the boot MCU is RISC-V' 'currently "riscv:rv32"'
gdb_says 'the boot MCU alone runs at power-on' 'mcu_cpu \(running\)'
gdb_says 'a breakpoint in the root of trust' 'Thread 1\.1 hit Breakpoint 1, 0x40000000'
gdb_says 'whose registers are those of a VeeR core' '= 0x45$'
gdb_says 'the Cortex-A35 have executed nothing then' '^held 1$'
gdb_says 'a breakpoint in a Cortex-A35 by its symbol' 'hit Breakpoint 2, .*bl31_core'
gdb_says 'a breakpoint in the SSP' 'Thread 3\.1 hit Breakpoint 3, reset'
gdb_says 'and in the TSP' 'Thread 4\.1 hit Breakpoint 4, reset'
gdb_says 'which has made its first step' '^pc +0x44 '
gdb_says 'the boot MCU has the extensions of Ibex' '= 0x40101104$'

session 'back in time' --reverse-memory 256M <<END
add-inferior
inferior 2
attach 2
file $guest/bl31.elf
set schedule-multiple on
hbreak *bl31_core
continue
delete
printf "at %lx\n", \$pc
monitor time
reverse-stepi
reverse-stepi
monitor time
stepi
stepi
printf "again at %lx\n", \$pc
thread 1.1
hbreak *0x40000000
reverse-continue
printf "before that %lx\n", \$pc
thread 2.1
printf "held %d\n", \$pc == 0 && \$x0 == 0
END
gdb_says 'the Cortex-A35 are reached' '^at 4300000a8$'
gdb_says 'steps back and forth end where they began' '^again at 4300000a8$'
gdb_says 'another processor is met on the way back' '^before that 40000000$'
gdb_says 'where the Cortex-A35 are held again' '^held 1$'

title=runs
run() {
    name=$1
    shift
    "$cairn" run "$@" --quiet >"$work/$name" 2>&1
}
end_of() { grep -E '^  (state|time) ' "$work/$1"; }
same_end() {
    [ "$(end_of "$1" | wc -l)" -eq 2 ] && [ "$(end_of "$1")" = "$(end_of "$2")" ]
}
: >"$work/gdb"
says 'a run ends' run first ast2700
says 'another ends' run second ast2700
says 'both are the same' same_end first second
says 'by the interpreter' run interpreted ast2700 --engine interpreter
says 'it is the same' same_end first interpreted
for count in 1000000 3000000 4420000; do
    rm -f "$work/half"
    run half ast2700 --max-instructions $count --save "$work/half"
    says "a run of $count instructions is saved" [ -s "$work/half" ]
    says 'and restored' run rest --restore "$work/half"
    says 'with the same end' same_end first rest
done

finish
