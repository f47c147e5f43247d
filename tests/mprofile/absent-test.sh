#!/bin/sh
# Each device of AN521 that is not modelled says so by its name when a program
# touches it, and a strict run fails.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
program=$(realpath build/out/guest/mprofile/absent.elf)
cd "$work" || exit 2

runs() {
    "$cairn" run an521 --semihosting --load "$program" --json "$@" \
        >ours.json 2>ours.log
}

finishes() {
    runs && grep -q '"semihosting","text":"faults 00000000"' ours.json
}

# DEVICE
named() {
    grep -E "unmodelled: $1([:,]|$)" ours.log
}

refuses() {
    runs --strict
    test $? -eq 1 && grep -q 'an unmodelled feature was accessed' ours.log
}

expect "a program touches what is not modelled and goes on" finishes
for device in dma0 dma1 dma2 dma3 audio vga ethernet cachectrl cpusecctrl \
    sys_ppu cpu0core_ppu cpu1core_ppu dbg_ppu ram0_ppu ram1_ppu ram2_ppu \
    ram3_ppu 'i2c0: a transfer to what is not there: touch controller' \
    'i2c1: a transfer to what is not there: audio codec' 'spi1: frames to what is not there: display' \
    'spi2: frames to what is not there: analogue converter'; do
    expect "'$device' is named" named "$device"
done
expect "a strict run fails" refuses

finish
