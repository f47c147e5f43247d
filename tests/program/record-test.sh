#!/bin/sh
# Files of the inputs of a run: cairn run --record and --replay.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guest=build/out/guest/virt/console.elf

# SHAPE ARGUMENT...: a run, recorded; and the same from the file, with the
# options that shape the machine alone. What the two print, report and hash is
# equal, as is their exit code.
same() {
    shape=$1
    shift
    # shellcheck disable=SC2086
    "$cairn" run $shape "$@" --record "$work/r" --hashes "$work/h1" \
        --hash-every 100000 --json </dev/null >"$work/o1" 2>"$work/e1"
    code=$?
    # shellcheck disable=SC2086
    "$cairn" run $shape --replay "$work/r" --hashes "$work/h2" \
        --hash-every 100000 --json </dev/null >"$work/o2" 2>"$work/e2"
    test $? -eq $code && test -s "$work/o1" && same_json "$work/o1" "$work/o2" &&
        cmp "$work/h1" "$work/h2" && grep -q '"state"' "$work/o2"
}

virt="virt --kernel $guest"
printf 'one\r\ntwo\n' >"$work/in"

# Keys are at their places, and what they lead to is seen.
typed() {
    same "$virt" --expect ready --type 'first\n' --input "$work/in" \
        --press power@20ms && grep -q FIRST "$work/o2" &&
        grep -q TWO "$work/o2"
}

fails() {
    same "$virt" --expect nothing --max-instructions 1000000 &&
        test $code -eq 1 && grep -q "'nothing'" "$work/e2"
}

# A snapshot in the middle, and the rest of the run.
restored() {
    "$cairn" run virt --kernel "$guest" --expect ready --save "$work/s" \
        --quiet >/dev/null && same "$virt --restore $work/s" --input "$work/in" \
        --press power@20ms && grep -q TWO "$work/o2"
}

# The hash of the interpreter's run is that of the compiler's.
other_engine() {
    "$cairn" run virt --kernel "$guest" --input "$work/in" --press power@20ms \
        --record "$work/r" --json >"$work/o1" &&
        "$cairn" run virt --kernel "$guest" --engine interpreter \
            --replay "$work/r" --json >"$work/o2" &&
        same_json "$work/o1" "$work/o2"
}

# Board and options are those of the file, whose folder the guest is in.
from_file() {
    cp "$guest" "$work/guest.elf" &&
        "$cairn" run virt --kernel "$work/guest.elf" --memory 64M \
            --input "$work/in" --press power@20ms --record "$work/r" \
            --json </dev/null >"$work/o1" &&
        "$cairn" run --replay "$work/r" --json </dev/null >"$work/o2" \
            2>"$work/e2" && same_json "$work/o1" "$work/o2" &&
        grep -q "record '$work/r' was made with: virt --kernel=" "$work/e2"
}

# What is not taken from it is asked for by name.
asks_for() {
    "$cairn" disk create --size 64K "$work/disk" >/dev/null &&
        "$cairn" run virt --kernel "$work/guest.elf" --disk "$work/disk" \
            --press power@20ms --record "$work/r" --json </dev/null \
            >"$work/o1" || return
    "$cairn" run --replay "$work/r" </dev/null >"$work/o2" 2>"$work/e2"
    test $? -eq 2 &&
        grep -q "was made with --disk, which is not taken from it" \
            "$work/e2" &&
        "$cairn" run --replay "$work/r" --disk "$work/disk" --json \
            </dev/null >"$work/o2" && same_json "$work/o1" "$work/o2"
}

# A stranger's file names no file elsewhere.
asks_for_elsewhere() {
    mkdir -p "$work/elsewhere" && mv "$work/r" "$work/elsewhere/r" || return
    "$cairn" run --replay "$work/elsewhere/r" --disk "$work/disk" \
        </dev/null >"$work/o2" 2>"$work/e2"
    test $? -eq 2 && grep -q 'which is outside of its folder' "$work/e2" &&
        "$cairn" run --replay "$work/elsewhere/r" --disk "$work/disk" \
            --allow "$work" --json </dev/null >"$work/o2" &&
        same_json "$work/o1" "$work/o2"
}

# REASON CODE ARGUMENT...: of a run with the file of a good one.
refused() {
    reason=$1
    wanted=$2
    shift 2
    "$cairn" run "$@" </dev/null >"$work/out" 2>"$work/err"
    test $? -eq "$wanted" && grep -q -- "$reason" "$work/err"
}

good() {
    "$cairn" run virt --kernel "$guest" --input "$work/in" --press power@20ms \
        --record "$work/good" --quiet >/dev/null
}

cut_short() {
    head -c 300 "$work/good" >"$work/short" &&
        refused "inputs '$work/short': byte 0x" 1 virt --kernel "$guest" \
            --replay "$work/short"
}

damaged() {
    { head -c 200 "$work/good" && printf '~' && tail -c +202 "$work/good"; } \
        >"$work/bad" && refused "byte 0x[0-9a-f]*: the check of a frame is" 1 \
        virt --kernel "$guest" --replay "$work/bad"
}

# OPTION...: that says what the file says, or cannot be in it.
misuse() {
    refused 'has no effect with --replay\|not with --replay\|--replay' 2 \
        virt --kernel "$guest" --replay "$work/good" "$@"
}

expect 'board and options come from the file' from_file
expect 'what does not is asked for' asks_for
expect 'files elsewhere are, too' asks_for_elsewhere
expect 'a run with keys and buttons comes again' typed
expect 'so does one with a loopback' \
    same "$virt" --serial loopback --press power@60ms
expect 'and one that fails, with its reason and exit code' fails
expect 'and one from a snapshot' restored
expect 'a chain of trust comes again' same trust
expect 'and one with the guest that the board carries' same trust --guest hello
expect 'so does a root of trust, without its agent' same caliptra-1.1
expect 'the engine is no input' other_engine
expect 'a file is written' good
expect 'one that is cut short is refused' cut_short
expect 'a damaged one is, and its place is named' damaged
expect 'so is what is none' \
    refused 'byte 0x0: not a file of inputs' 1 virt --kernel "$guest" \
    --replay Makefile
expect 'another kernel is another run' \
    refused 'of a run with other files or options' 1 virt \
    --kernel build/out/guest/virt/flash.elf \
    --replay "$work/good"
expect 'so is another board' \
    refused 'of another board' 1 virt-gicv3 --kernel "$guest" \
    --replay "$work/good"
expect 'and another seed' \
    refused 'of a run from another state' 1 virt --kernel "$guest" --seed 2 \
    --replay "$work/good"
for option in '--input /dev/null' '--press power@1s' '--expect x' \
    '--serial loopback' '--max-instructions 5' "--record $work/x" \
    '--parallel' "--semihosting-folder $work"; do
    # shellcheck disable=SC2086
    expect "$option is of no use to a replay" misuse $option
done
expect 'and a debugger is none to a record' \
    refused 'record' 2 virt --kernel "$guest" --record "$work/x" --gdb 0

finish
