#!/bin/sh
# Firmware of others on M-profile boards: what Zephyr's and TF-M's own tests say,
# and what TF-M's boot loader refuses (bench/mprofile has QEMU beside it). Images
# are in the folder that CAIRN_MPROFILE names: zephyr-NAME-BOARD.elf;
# freertos-NAME-BOARD.elf, FreeRTOS's demos; micropython-BOARD.elf, its port to
# QEMU, whose console is semihosting; and tfm/ with bl2.axf and
# tfm_s_ns_signed.bin of TF-M for AN521 with its regression tests.
# CASES=PATTERN picks some.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
images=${CAIRN_MPROFILE:-}
if test -n "$images"; then
    images=$(realpath "$images") || exit 2
fi
cd "$work" || exit 2

wanted() {
    case $1 in
    *${CASES:-}*) true ;;
    *) false ;;
    esac
}

# BOARD TEXT OPTION...: whether TEXT appears on the console.
says() {
    board=$1
    text=$2
    shift 2
    timeout 600 "$cairn" run "$board" "$@" --expect "$text" \
        --max-instructions 20G </dev/null >console.text 2>&1
}

# Zephyr's tests count themselves; samples print a line that is known. The test of
# FP sharing goes on for minutes of virtual time: its first hundred rounds do.
text_of() {
    case $1 in
    hello | sync) echo 'Hello World' ;;
    phil) echo 'EATING' ;;
    fpu) echo 'Load and store OK after 100' ;;
    *) echo 'PROJECT EXECUTION SUCCESSFUL' ;;
    esac
}

zephyr() {
    for image in "$images"/zephyr-*-"$1".elf; do
        test -e "$image" || continue
        name=$(basename "$image" "-$1.elf")
        wanted "$name-$2" || continue
        expect "$name runs on $2" \
            says "$2" "$(text_of "${name#zephyr-}")" --load "$image"
    done
}

# BOARD: the full demo's self-checking tasks have passed three times; that of the
# MPU makes forbidden accesses; the others pass messages between tasks.
freertos() {
    for image in "$images"/freertos-*-"$1".elf; do
        test -e "$image" || continue
        name=$(basename "$image" "-$1.elf")
        wanted "$name-$1" || continue
        case $name in
        *-full) text='PASS : 15' ;;
        *-mpu) text='fault 40 DACCVIOL, handled' ;;
        *) text='Message received from software timer' ;;
        esac
        expect "$name runs on $1" says "$1" "$text" --load "$image"
        expect "... and nothing of it fails" complains
    done
}

complains() { ! grep -a -i -E 'FAIL|assert|error' console.text; }

# BOARD
micropython() {
    timeout 100 "$cairn" run "$1" --semihosting --expect '>>> ' \
        --load "$images/micropython-$1.elf" \
        --type 'print(6*7, 2**100)\n' --max-instructions 1G \
        --expect '42 1267650600228229401496703205376' </dev/null
}

# BOARD: Zephyr's tests of its power management sleep twice, for nearly all of
# their time, and SysTick wakes them; the ledger is the same by each engine.
sleeps() {
    for engine in interpreter chaos; do
        says "$1" 'PROJECT EXECUTION SUCCESSFUL' --engine "$engine" \
            --load "$images/zephyr-power-$1.elf" --power="$engine.csv" ||
            return 1
    done
    cmp interpreter.csv chaos.csv && awk -F, '
        $1 ~ /^cpu0?$/ && $2 == "processor" { total += $5 }
        $1 ~ /^cpu0?$/ && $3 == "wfi" { asleep = $5 }
        $2 == "wake" { woken += $4 }
        $2 == "wake" && $3 != "SysTick" { others = 1 }
        END { exit !(asleep > total * .97 && woken == 2 && !others) }' chaos.csv
}

# TEXT IMAGE: TF-M's boot loader starts IMAGE, whose console says TEXT.
tfm() {
    text=$1
    image=$2
    says an521 "$text" --load "$images/tfm/bl2.axf" \
        --load "$image@0x10080000"
}

all_passed() {
    tfm 'End of Non-secure test suites' "$images/tfm/tfm_s_ns_signed.bin" &&
        test "$(grep -a -c 'TEST: .*PASSED' console.text)" -ge 180 &&
        ! grep -a -q 'FAILED' console.text
}

# OFFSET: with one bit of the image changed nothing behind the loader starts,
# which takes 130 million instructions otherwise.
refused() {
    cp "$images/tfm/tfm_s_ns_signed.bin" spoiled.bin
    byte=$(od -An -tu1 -j "$1" -N 1 spoiled.bin)
    printf '%b' "\\0$(printf %03o $((byte ^ 1)))" |
        dd of=spoiled.bin bs=1 seek="$1" conv=notrunc status=none
    cmp -s spoiled.bin "$images/tfm/tfm_s_ns_signed.bin" && return 1
    timeout 100 "$cairn" run an521 --load "$images/tfm/bl2.axf" \
        --load spoiled.bin@0x10080000 --max-instructions 1G \
        </dev/null >console.text 2>&1
    grep -q 'the limit of .* was reached' console.text &&
        ! grep -a -q 'test suites' console.text
}

if test -z "$images"; then
    skip 'firmware for M-profile boards, which CAIRN_MPROFILE names the folder of'
else
    zephyr an385 an385
    zephyr an386 an386
    zephyr an500 an500
    zephyr an521 an521
    zephyr cortex_m3 lm3s6965
    for board in an385 an386 an500 an505 an521; do
        freertos "$board"
        if wanted "micropython-$board" &&
            test -e "$images/micropython-$board.elf"; then
            expect "MicroPython computes on $board" micropython "$board"
        fi
    done
    for board in an385 an521; do
        if wanted "power-$board" && test -e "$images/zephyr-power-$board.elf"
        then
            expect "its ledger on $board shows that it sleeps" sleeps "$board"
        fi
    done
    if ! test -e "$images/tfm/bl2.axf"; then
        skip "TF-M: '$images/tfm' has no bl2.axf"
    elif wanted tfm; then
        expect "TF-M's own tests pass on an521" all_passed
        expect 'its boot loader refuses a changed Secure image' \
            refused 8192
        expect 'its boot loader refuses a changed Non-secure image' \
            refused $((0x80000 + 8192))
    fi
fi

finish
