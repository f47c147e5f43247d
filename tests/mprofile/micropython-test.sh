#!/bin/sh
# Debian's MicroPython for the micro:bit, unmodified: its prompt, arithmetic, a
# second of sleep in virtual time, in which it does sleep; the same state and
# ledger of power states by each engine.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
cd "$work" || exit 2
firmware=/usr/share/firmware-microbit-micropython/firmware.hex

# ENGINE
talk() {
    "$cairn" run microbit --load "$firmware" --engine "$1" \
        --expect '>>> ' --type 'print(6*7)\n' \
        --expect '42' --type 'print(2**70)\n' \
        --expect '1180591620717411303424' \
        --type 'from microbit import *; sleep(1000); print("sl"+"ept")\n' \
        --expect 'slept' --type 'print(running_time() > 1000)\n' \
        --expect 'True' --power="$1.csv" >"$1.text" 2>"$1.log"
}

same_state() {
    for engine in compiler chaos; do
        grep -E '^  (time|state) ' "$engine.text" >"$engine.state"
        grep -E '^  (time|state) ' interpreter.text |
            diff - "$engine.state" || return 1
    done
    grep -q '^  state ' interpreter.text
}

same_ledger() {
    cmp interpreter.csv compiler.csv && cmp interpreter.csv chaos.csv
}

# Its display has the timers wake it a few times each millisecond: of the second
# nine tenths are sleep all the same, at 2.6 uA.
sleeps() {
    awk -F, '
        $1 == "cpu" && $2 == "processor" { total += $5 }
        $1 == "cpu" && $3 == "wfi" { asleep = $5; current = $6 }
        $2 == "wake" { woken += $4 }
        END {
            exit !(asleep > 900e6 && asleep > total * .9 && current == 2600 &&
                   woken > 300)
        }' interpreter.csv
}

if test -r "$firmware"; then
    for engine in interpreter compiler chaos; do
        expect "MicroPython answers, by the $engine" talk "$engine"
    done
    expect 'the engines leave the same state' same_state
    expect 'the engines have the same ledger' same_ledger
    expect 'sleep sleeps' sleeps
else
    skip 'firmware-microbit-micropython is not installed'
fi

finish
