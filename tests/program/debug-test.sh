#!/bin/sh
# gdb-multiarch at the debug stub: while our own ROM boots our own firmware, and
# at small AArch64 programs and, where it is at hand (tests/guests/guests.sh fetches
# it), at a Linux.
# needs: gdb-multiarch
# SPDX-License-Identifier: Apache-2.0
. tests/gdb.sh
board=

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

# A recorded run is the debugger's past: on to its end, and back.
"$cairn" run --record "$work/record" --json </dev/null >"$work/recorded" 2>&1
end=$(sed -n 's/.*"instructions":\([0-9]*\),.*/\1/p' "$work/recorded" | tail -n 1)
session 'a replayed run' --replay "$work/record" <<'END'
printf "begins at %x\n", $pc
hbreak *0x40000000
continue
printf "entered %x\n", $pc
delete
continue
monitor time
continue
reverse-stepi
reverse-continue
printf "back at %x\n", $pc
monitor time
kill
END
gdb_says 'it begins at its beginning' '^begins at 0$'
gdb_says 'a breakpoint stops it' '^entered 40000000$'
gdb_says 'its end is that of the record' "ns, ${end:-none} instructions"
gdb_says 'there it stays' 'the file of inputs has no more'
gdb_says 'and it goes back' '^back at 0$'
gdb_says 'to its beginning' '^0 ns, 0 instructions'
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

# The agent works on while the debugger is there; its accesses are made again.
session 'going back' <<'END'
hbreak *0x40000000
continue
printf "entered %x\n", $pc
reverse-stepi
printf "from %d\n", $pc < 0x40000000
stepi
printf "back at %x\n", $pc
delete
set $sp = 0x50010000
set $ra = 0x1234
set *(int*)0x40000000 = 0xfe112823
set *(int*)0x40000004 = 0x13
stepi
stepi
printf "stored %d\n", *(int*)0x5000fff0 == $ra
set $first = $pc
watch *(int*)0x5000fff0
reverse-continue
printf "not yet at %x\n", $pc
delete
reverse-continue
printf "began %x\n", $pc
continue
printf "present %d\n", $pc == $first
kill
END
gdb_says 'a step back from the entry point' '^from 1$'
gdb_says 'a step forth again' '^back at 40000000$'
gdb_says 'what was written ran' '^stored 1$'
gdb_says 'a watchpoint stops before the store' '^not yet at 40000000$'
gdb_says 'the beginning is told' 'No more reverse-execution history'
gdb_says 'it is the reset vector' '^began 0$'
gdb_says 'the present is reached again' '^present 1$'

# word NUMBER...: as four bytes each, little-endian
word() {
    for value; do
        # shellcheck disable=SC2059
        printf "$(printf '\\%o\\%o\\%o\\%o' $((value & 255)) \
            $((value >> 8 & 255)) $((value >> 16 & 255)) $((value >> 24 & 255)))"
    done
}

# Vectors 2 KiB on; to EL0, which calls with svc #5 (DDI 0487, C6.2.365).
{
    word 0x10004000 0xd518c000 0x10000080 0xd5184020 0xd518401f 0xd69f03e0
    word 0xd2800028 0xd40000a1 0xd2800048 0x14000000
    head -c $((0xc00 - 40)) /dev/zero
    word 0x91000529 0xd69f03e0
} >"$work/levels"
board=virt
session 'AArch64' --kernel "$work/levels" --cpus 2 <<'END'
show architecture
p/x $v0.s.u
set $v1.d.u[1] = 0x1122334455667788
p/x $v1.b.u[15]
p $cpsr
p/x $MIDR_EL1
info registers system
info threads
hbreak *0x4020001c
continue
printf "user at %x, EL%d\n", $pc, $CurrentEL >> 2
stepi
printf "vector at %x, EL%d, class %x\n", $pc, $CurrentEL >> 2, $ESR_EL1 >> 26
stepi
stepi
printf "returned to %x, EL%d, x9 %d\n", $pc, $CurrentEL >> 2, $x9
reverse-stepi
reverse-stepi
printf "vector again at %x, EL%d\n", $pc, $CurrentEL >> 2
reverse-stepi
printf "user again at %x, x9 %d\n", $pc, $x9
delete
reverse-continue
printf "began %x\n", $pc
set *(int*)0x40300000 = 0x12345678
p/x *(short*)0x40300002
kill
END
gdb_says 'the architecture is described' 'aarch64'
gdb_says 'vectors have elements' '^\$1 = \{0x0, 0x0, 0x0, 0x0\}$'
gdb_says 'an element is written' '^\$2 = 0x11$'
gdb_says 'the processor state has names' '^\$3 = \[ SP EL=1 F I A D \]$'
gdb_says 'a system register is read by name' '^\$4 = 0x41'
gdb_says 'system registers are a group' '^VBAR_EL1 +0x0'
gdb_says 'a core that is off is shown as such' 'cpu1 \(off\)'
gdb_says 'a breakpoint at EL0' '^user at 4020001c, EL0$'
gdb_says 'a step into a call' '^vector at 40200c00, EL1, class 15$'
gdb_says 'steps out of it' '^returned to 40200020, EL0, x9 1$'
gdb_says 'steps back into it' '^vector again at 40200c00, EL1$'
gdb_says 'and before it' '^user again at 4020001c, x9 0$'
gdb_says 'back at the beginning' '^began 40200000$'
gdb_says 'memory is written' '0x1234$'

# The same steps at QEMU's stub: past a call, back to EL0 and on, registers and
# memory written on the way.
cat >"$work/steps" <<'END'
set pagination off
set confirm off
set architecture aarch64
set $i = 0
while $i < 16
stepi
printf "= step %d at %lx x0 %lx x8 %lx x9 %lx\n", $i, $pc, $x0, $x8, $x9
set $i = $i + 1
end
set $x9 = 0x123456789abcdef
set $v3.d.u[1] = 0x1122334455667788
set *(long*)0x40300008 = 0x8877665544332211
printf "= %lx %lx %x %lx\n", $x9, $v3.d.u[1], $v3.b.u[8], *(long*)0x40300004
printf "= fpsr %x fpcr %x\n", $fpsr, $fpcr
kill
END
steps() {
    timeout 60 gdb-multiarch -nx -batch -ex "target remote $work/socket" \
        -x "$work/steps" 2>&1 | grep '^= '
}
if command -v qemu-system-aarch64 >/dev/null; then
    title=peer
    rm -f "$work/socket"
    timeout 60 qemu-system-aarch64 -M virt -nic none -cpu cortex-a53 -display none -S \
        -device "loader,file=$work/levels,addr=0x40200000,force-raw=on" \
        -device loader,addr=0x40200000,cpu-num=0 -serial null -monitor none \
        -chardev "socket,path=$work/socket,server=on,wait=off,id=g" \
        -gdb chardev:g >"$work/qemu" 2>&1 &
    await 2 [ -S "$work/socket" ]
    steps >"$work/theirs"
    wait
    rm -f "$work/socket"
    timeout 60 "$cairn" run virt --kernel "$work/levels" --cpus 1 \
        --gdb "unix:$work/socket" >"$work/cairn" 2>&1 &
    await 2 [ -S "$work/socket" ]
    steps >"$work/gdb"
    wait
    says 'sixteen steps' [ "$(grep -c step "$work/gdb")" -eq 16 ]
    says 'QEMU answers the same' cmp "$work/gdb" "$work/theirs"
fi

linux=$(ls build/out/guests/root/boot/vmlinuz-* 2>/dev/null)
if [ -z "$linux" ]; then
    skip 'Linux under GDB: tests/guests/guests.sh has not fetched it'
    finish
fi
# Far enough for both cores to have timers; then interrupts at EL1.
patience=110
session 'Linux' --kernel "$linux" --cpus 2 --append 'nokaslr quiet' <<'END'
python import threading, os, signal
python threading.Timer(4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
continue
info threads
hbreak *($VBAR_EL1 + 0x280)
continue
set $first = $CNTVCT_EL0
printf "kernel %d, interrupt %d\n", (unsigned long)$pc >> 48 == 0xffff, (long)$pc == $VBAR_EL1 + 0x280
continue
continue
reverse-continue
reverse-continue
printf "the first again %d\n", $CNTVCT_EL0 == $first
delete
reverse-stepi
printf "interrupted at EL%d, %d\n", $CurrentEL >> 2, (long)$pc == $VBAR_EL1 + 0x280
stepi
printf "taken %d\n", (long)$pc == $VBAR_EL1 + 0x280
continue
watch -l *(long*)((long)$sp - 0x150)
continue
reverse-stepi
kill
END
gdb_says 'both cores run' 'cpu1 \((running|waiting)'
gdb_says 'a breakpoint at a virtual address' '^kernel 1, interrupt 1$'
gdb_says 'back to an interrupt' '^the first again 1$'
gdb_says 'back before it was taken' '^interrupted at EL1, 0$'
gdb_says 'it is taken by a step' '^taken 1$'
gdb_says 'a watchpoint at a virtual address' 'hit Hardware watchpoint 2'
gdb_says 'the present is reached again' 'No more reverse-execution history'

board=trust
session 'resetting' <<'END'
monitor release nothing
monitor assert mcu_reset.line0
monitor release mcu_reset.line0
monitor events
detach
END
gdb_says 'a name that is none gives the list' "^'nothing' is no line that registers"
gdb_says 'the list has the lines' '^mcu_reset.line9'
gdb_says 'a line is asserted' '^mcu_reset.line0 asserted'
gdb_says 'its release is asked for' '^mcu_reset.line0 asked for release'
gdb_says 'and refused by the gate' 'line 0: stays held: needs images'

target=extended-remote
session 'clusters' <<'END'
monitor clusters
add-inferior
inferior 2
attach 2
show architecture
add-inferior
inferior 3
attach 3
set schedule-multiple on
hbreak *0x80000004
continue
x/2i $pc
thread 2.1
hbreak *0x40000000
thread 3.1
delete 1
continue
p/x $mvendorid
thread 1.1
show architecture
stepi
p $x0
detach inferiors 1 2
thread 3.1
stepi
info threads
END
gdb_says 'clusters are listed' '^2 caliptra: cpu$'
gdb_says 'each is a process' 'Switching to inferior 3'
gdb_says 'of its own architecture' 'set to "auto" \(currently "riscv:rv32"\)'
gdb_says 'the first too' 'set to "auto" \(currently "aarch64"\)'
gdb_says 'a breakpoint is of one cluster' 'Thread 3.1 hit Breakpoint 1, 0x80000004'
gdb_says 'and another of another' 'Thread 2.1 hit Breakpoint 2, 0x40000000'
gdb_says 'which has its registers' '= 0x45$'
gdb_says 'a core that is held stays there' '= 0$'
gdb_says 'one goes on without the others' 'process 2\) detached'
gdb_says 'and is the last' '^\* 3\.1 .*mcu_cpu'

finish
