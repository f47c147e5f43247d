#!/bin/sh
# A verdict is of what happened: each goal is an event that must have been seen.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
console=$(realpath build/out/guest/virt/console.elf)
board=$(realpath boards/caliptra-1.1.dts)
rom=$(realpath build/out/guest/caliptra/rom.bin)

# ends CODE TEXT ARGUMENT...: a run ends with that code and says that, in its
# report or on standard error.
ends() {
    code=$1 text=$2
    shift 2
    "$cairn" run "$@" </dev/null >"$work/out" 2>"$work/err"
    got=$?
    tail -n 3 "$work/out" "$work/err"
    [ "$got" -eq "$code" ] && grep -qF -- "$text" "$work/out" "$work/err"
}

not_said() {
    ! grep -F -- "$1" "$work/out" "$work/err"
}

# The same in each form of a report.
forms() {
    code=$1 text=$2
    shift 2
    [ "$code" -eq 0 ] && mark='Reached' || mark='Failed'
    for form in html svg json txt; do
        rm -f "$work/report.$form"
        ends "$code" "$text" "$@" --report "$work/report.$form" || return
        # The picture breaks lines.
        tr -d '\n' <"$work/report.$form" | sed 's/<[^>]*>/ /g; s/  */ /g' |
            grep -qF -- "$(echo "$text" | cut -d: -f1)" || return
        case $form in
        html | svg) grep -qF "$mark: " "$work/report.$form" || return ;;
        json) grep -q "\"reached\":$([ "$code" -eq 0 ] && echo true || echo false)" \
            "$work/report.$form" || return ;;
        esac
    done
}

# Whether the report has what happened before the snapshot and after.
has_chain() {
    grep -q 'release  *soc_ifc  *core' "$work/out" &&
        grep -q 'extend  *pcr_vault  *PCR 0' "$work/out" &&
        grep -q '^  PCR 0 ' "$work/out" &&
        grep -q 'Root of trust: ROM .* 1 signature valid' "$work/out"
}

# The report of a run in two parts is that of the whole.
same_report() {
    "$cairn" run --quiet </dev/null >"$work/whole" &&
        "$cairn" run --quiet --restore "$1" </dev/null \
            >"$work/rest" 2>"$work/err" &&
        diff "$work/whole" "$work/rest"
}

: >"$work/empty"
: >"$work/empty.agent"
printf 'power\nset WISH "${UNTIL}"\n' >"$work/power.agent"
cat >"$work/waits.agent" <<'END'
user 1
trng external seed 7
power
line soc_ifc.security_state 7
line soc_ifc.cptra_pwrgood 1
line soc_ifc.cptra_rst_b 1
wait soc_ifc.ready_for_fuses
write CPTRA_WDT_CFG 100000000
write CPTRA_FUSE_WR_DONE 1
write CPTRA_BOOTFSM_GO 1
wait soc_ifc.ready_for_fw
set WISH "${UNTIL}"
END

entered="the firmware was not entered: no event 'release soc_ifc firmware' was seen"

expect 'an empty bundle is a mistake, not the absence of one' \
    ends 1 "file '$work/empty': is empty" --firmware "$work/empty"
expect 'for each goal' \
    ends 1 "file '$work/empty': is empty" --firmware "$work/empty" --until fmc
expect 'so is an empty device' \
    ends 1 "file '/dev/null': is empty" --firmware /dev/null
expect 'so is an empty ROM' ends 1 "file '/dev/null': is empty" --rom /dev/null
expect 'so are empty fuses' ends 1 "file '/dev/null': is empty" --fuses /dev/null
expect 'so is empty firmware of a guest' \
    ends 1 "file '/dev/null': is empty" virt --bios /dev/null

expect 'a run reaches the runtime' forms 0 'the runtime firmware is ready'
expect 'a run reaches the first firmware' \
    forms 0 'the firmware was verified and entered' --until fmc
expect 'a run reaches the ROM that waits' \
    forms 0 'the ROM waits for firmware' --until firmware-ready

# A board that is a file gets no firmware that the program carries.
set -- "$board" --rom "$rom"
allow="--allow $(dirname "$board") --allow $(dirname "$rom")"
expect 'without firmware there is no runtime' \
    forms 1 "$entered; no firmware was given (--firmware)" "$@"
expect 'nor is firmware entered' \
    ends 1 "$entered; no firmware was given (--firmware)" "$@" --until fmc
expect 'but the ROM waits for some' \
    ends 0 'the ROM waits for firmware' "$@" --until firmware-ready \
    --save "$work/waits"
expect 'also after a snapshot' \
    ends 0 'the ROM waits for firmware' --restore "$work/waits" $allow \
    --until firmware-ready
expect 'which does not make firmware' \
    ends 1 "$entered; no firmware was given (--firmware)" \
    --restore "$work/waits" $allow

expect 'a script in which nothing happens is no success' \
    ends 1 'the machine was never turned on' --agent "$work/empty.agent"
expect 'a script that ends well is one' \
    forms 0 'the script ended well' --agent "$work/power.agent"
expect 'but not if more was asked for' \
    forms 1 'the root of trust was not released' --agent "$work/power.agent" \
    --until fmc
expect 'nor is firmware missing that the script gave nobody' \
    ends 1 "$entered" --agent "$work/waits.agent" --until fmc
expect 'as nothing says' not_said 'no firmware was given'

for stage in firmware-ready fmc runtime; do
    expect "a run is saved at $stage" \
        ends 0 outcome --until $stage --save "$work/$stage"
    expect "its report is whole when it goes on from there" \
        same_report "$work/$stage"
    expect "it has come to $stage already" \
        ends 0 outcome --restore "$work/$stage" --until $stage
done
expect 'each form of the report has the chain before' \
    forms 0 'the runtime firmware is ready' --restore "$work/fmc"
expect 'as text' has_chain
expect 'as JSON' grep -q '"pcr":"PCR 0"' "$work/report.json"
expect 'as a page' grep -q 'PCR 0' "$work/report.html"
expect 'as a picture' grep -q 'Root of trust: ROM' "$work/report.svg"

expect 'a chain boots' ends 0 'the guest ended well' trust --save "$work/trust"
expect 'and has booted after its snapshot' \
    forms 0 'the guest ended well' --restore "$work/trust"
expect 'with its applications' grep -q 'release  *reset  *cpu0' "$work/out"
expect 'evidence that cannot be had is told in the report' \
    forms 1 'there is no evidence' --until fmc --quote "$work/quote"

expect 'a guest ends well' \
    ends 0 'the guest ended well' virt --kernel "$console" --press power@9ms
expect 'a guest that printed has printed' \
    ends 0 'the guest printed what was expected' virt \
    --kernel "$console" --expect ready

# What a run that goes nowhere is said to do.

idle=$(realpath build/out/guest/virt/idle.elf)

# Words of the report's outcome, of the run in each way of executing it.
stands() {
    state=$1
    shift
    set -- "$@" --cpus 2
    ends 1 "failed: $state" "$@" --parallel || return
    ends 1 "failed: $state" "$@" || return
    grep '^  time ' "$work/out" >"$work/time"
    for engine in interpreter compiler chaos; do
        ends 1 "failed: $state" "$@" --engine $engine || return
        grep '^  time ' "$work/out" | cmp "$work/time" - || return
    done
}

# Neither of the limits is near.
is_early() {
    grep -q '^  time  *0\.0[0-9]* ms, [0-9]* instructions' "$work/out"
}

# TEXT ARGUMENT...: a run at a terminal, which script(1) makes, ends so.
terminal() {
    text=$1
    shift
    timeout 60 script -qec "'$cairn' run $*" "$work/typescript" </dev/null
    grep -aqF -- "$text" "$work/typescript"
}

expect 'a board without a program is misuse' \
    ends 2 "board 'virt': nothing to run; --kernel FILE" virt
head -c 4096 /dev/zero >"$work/zeros"
expect 'a program of zeros is stuck in exceptions' \
    stands 'cpu0 is stuck in exceptions without end at 0x200' virt --kernel "$work/zeros"
expect 'with the syndrome, and how it began, in the outcome' \
    grep -q 'outcome  *failed: .* at 0x200 (ESR_EL1 0x2000000, FAR 0x0), which began with ESR_EL1 0x2000000, ELR 0x40200000, FAR 0x0$' "$work/out"
expect 'and in the event' \
    grep -q 'exceptions: without end at 0x200 (ESR_EL1 .*ELR 0x40200000, FAR 0x0$' "$work/out"
expect 'which takes no time' is_early
expect 'and is a fault in its chain' \
    grep -q 'fault  *cpu0  *exceptions: without end at 0x200' "$work/out"
expect 'also when a text was to come' \
    ends 1 "has not printed 'x' after 0 instructions: cpu0 is stuck in" \
    virt --kernel "$work/zeros" --expect x
expect 'a guest that waits for ever is told so' \
    stands 'all processors wait and nothing will wake them' virt \
    --kernel "$idle"
expect 'before the limits' is_early
expect 'a key that comes later is waited for' \
    ends 1 'nothing will wake them' virt --kernel "$idle" --press power@5s
expect 'so long' grep -q '^  time  *51[0-9][0-9]\.[0-9]* ms' "$work/out"
expect 'a limit that strikes names the option that raises it' \
    ends 1 'the limit of 5000 instructions was reached; --max-instructions raises it' \
    virt --kernel "$console" --max-instructions 5000
expect 'at the right place' grep -q 'ms, 5000 instructions' "$work/out"
ends 1 outcome virt --kernel "$console" --max-instructions 5000 \
    --save "$work/part" >/dev/null
expect 'it counts from where a run begins' \
    ends 1 'the limit of 400 instructions' --restore "$work/part" \
    --allow "$(dirname "$console")" --max-instructions 400
expect 'and not before' grep -q 'ms, 5400 instructions' "$work/out"
expect 'a ROM of zeros is stuck, too, and a script that waits for it says so' \
    ends 1 'waiting for soc_ifc.ready_for_fw = 1: cpu is stuck in exceptions without end at' \
    --rom "$work/zeros"
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    expect 'who is at a terminal is told of a stuck guest, too' \
        terminal 'failed: cpu0 is stuck in exceptions without end at 0x200' virt \
        --kernel "$work/zeros"
    expect 'and of a limit that was asked for' \
        terminal 'failed: the limit of 5000 instructions was reached' virt \
        --kernel "$console" --max-instructions 5000
fi

finish
