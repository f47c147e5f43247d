#!/bin/sh
# Programs for M-profile cores print here, on each engine, what they print on
# QEMU's models of the same boards.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guests=$(realpath build/out/guest/mprofile)
cd "$work" || exit 2

# PROGRAM BOARD ENGINE
ours() {
    "$cairn" run "$2" --semihosting --load "$guests/$1.elf" \
        --engine "$3" --json >ours.json 2>ours.log || return 1
    sed -n 's/^{"console":"semihosting","text":"\(.*\)"}$/\1/p' ours.json \
        >"$1-$3.text"
}

# PROGRAM MACHINE
theirs() {
    timeout 60 qemu-system-arm -M "$2" -display none -serial none \
        -monitor none -chardev stdio,id=s \
        -semihosting-config enable=on,chardev=s -kernel "$guests/$1.elf" \
        </dev/null >"$1-qemu.text" 2>qemu.log
    grep -q '^done$' "$1-qemu.text"
}

same() {
    ours "$1" "$2" "$3" && diff "$1-qemu.text" "$1-$3.text"
}

# PROGRAM BOARD
compare() {
    expect "QEMU's mps2-$2 runs '$1'" theirs "$1" "mps2-$2"
    for engine in interpreter compiler chaos; do
        expect "$2 runs '$1' alike, by the $engine" same "$1" "$2" "$engine"
    done
}

compare exceptions an385
compare exceptions an386
compare floating an386
compare floating an500
compare security an505

finish
