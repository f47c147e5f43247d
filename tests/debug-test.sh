#!/bin/sh
# gdb-multiarch at the debug stub, while our own ROM boots our own firmware.
# SPDX-License-Identifier: Apache-2.0
out=${OUT:-build/out/release}
passed=0 failed=0
if ! command -v gdb-multiarch >/dev/null; then
    echo 'skipped: gdb-multiarch is not installed'
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
fi
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# session NAME [ARGUMENT...] <COMMANDS: what gdb said is in gdb, what cairn did
# in cairn and status
session() {
    rm -f "$work/socket"
    {
        echo 'set pagination off'
        echo 'set confirm off'
        echo "target remote $work/socket"
        cat
    } >"$work/commands"
    title=$1
    shift
    timeout 120 "$out/cairn" run --gdb "unix:$work/socket" "$@" >"$work/cairn" 2>&1 &
    for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ -S "$work/socket" ] && break
        sleep 0.1
    done
    timeout 20 gdb-multiarch -nx -batch -x "$work/commands" >"$work/gdb" 2>&1
    wait $!
    status=$?
    says 'the program ends well' [ $status -eq 0 ]
}

says() {
    name="$title: $1"
    shift
    if "$@" >/dev/null 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $name"
        tail -n 12 "$work/gdb"
    fi
}
gdb_says() { says "$1" grep -Eq -- "$2" "$work/gdb"; }
cairn_says() { says "$1" grep -Eq -- "$2" "$work/cairn"; }

session 'looking' <<'END'
show architecture
info registers
info registers csr
p/x $mvendorid
x/2i 0
p $a0 = 0x1234
p/x $a0
p/x *(int*)0x50000000 = 0x11223344
x/2xb 0x50000000
p/x $mscratch = 0xabcd
p/x $mscratch
info threads
monitor time
monitor board
monitor nonsense
x/wx 0xf0000000
detach
END
gdb_says 'the architecture is described' 'riscv:rv32'
gdb_says 'general registers are shown' '^pc +0x0'
gdb_says 'control registers are shown' '^mtvec +0x'
gdb_says 'control registers can be read by name' '= 0x45$'
gdb_says 'code is disassembled' '0x0:.csr'
gdb_says 'a register is written' '= 0x1234$'
gdb_says 'memory is written, little-endian' '0x50000000:.0x44.0x33'
gdb_says 'a control register is written' '= 0xabcd$'
gdb_says 'threads are cores' 'cpu \(running\)'
gdb_says 'monitor time' '^0 ns, 0 instructions'
gdb_says 'monitor board' 'soc_ifc'
gdb_says 'monitor lists its commands' '^monitor events'
gdb_says 'a hole is an error' 'Cannot access memory at address 0xf0000000'
cairn_says 'the report says why it ended' 'the debugger left'

# The agent loads the firmware while the debugger waits at its entry point.
session 'running' <<'END'
stepi
stepi
printf "stepped to %x\n", $pc
hbreak *0x40000000
continue
printf "entered %x\n", $pc
monitor events
delete
watch *(int*)0x3003003c
continue
delete
watch *(int*)($sp-16)
continue
delete
kill
END
gdb_says 'single steps' '^stepped to 8$'
gdb_says 'a hardware breakpoint stops before its instruction' '^entered 40000000$'
gdb_says 'the chain can be asked for' 'verify +ecc'
gdb_says 'a watchpoint on a device register' '^Hardware watchpoint .*0x3003003c'
gdb_says 'it tells what was written' '^New value = 939524096'
gdb_says 'a write watchpoint on memory' '^(Hardware w|W)atchpoint .*sp-16'

# An instruction of zeros is illegal (RISC-V unprivileged specification, 1.5).
# GDB steps RISC-V by a breakpoint after the instruction, so one is needed where
# a trap goes.
session 'stepping' <<'END'
hbreak *0x40000000
continue
delete
hbreak *($mtvec & ~3)
set *(int*)0x40000000 = 0
set $pc = 0x40000000
stepi
delete
printf "trapped %d from %x, cause %d\n", $pc == ($mtvec & ~3), $mepc, $mcause
set *(int*)0x40000000 = 0x0080006f
set $pc = 0x40000000
stepi
printf "jumped to %x\n", $pc
set *(int*)0x40000000 = 0x00100073
set $pc = 0x40000000
continue
printf "ebreak at %x\n", $pc
kill
END
gdb_says 'a step into a trap' '^trapped 1 from 40000000, cause 2$'
gdb_says 'a step over a jump, through code just written' '^jumped to 40000008$'
gdb_says 'an ebreak stops' '^ebreak at 40000000$'

session 'interrupting' --until runtime <<'END'
python import threading, os, signal
python threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
continue
printf "stopped at %x\n", $pc
detach
END
gdb_says 'Ctrl-C stops a machine that idles' 'Program received signal SIGINT'
gdb_says 'the runtime was there' '^stopped at 4000'
cairn_says 'the runtime was reached before' 'ready for runtime commands'

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
