#!/bin/sh
# Files that keep a memory over runs: --flash and --fuse-array. One that is
# there is used as it is, and keeps its size.
# SPDX-License-Identifier: Apache-2.0
: "${OUT:=build/out/release}"
cairn=$OUT/cairn
guest=build/out/guest/virt/console.elf
. "$(dirname "$0")/expect.sh"

ones() { head -c "$1" /dev/zero | tr '\0' '\377'; }
size() { wc -c <"$1"; }

virt() {
    "$cairn" run virt --kernel "$guest" --press power@1ms "$@" \
        </dev/null >"$work/run" 2>&1
}

trust() {
    "$cairn" run trust "$@" </dev/null >"$work/run" 2>&1
}

# REASON OPTION FILE: twice refused by the machine, the file left as it was.
refused() {
    cp "$3" "$work/before"
    for turn in 1 2; do
        ! trust "$2" "$3" || return
        cat "$work/run"
        grep -q "$1" "$work/run" && cmp "$3" "$work/before" || return
    done
}

# The memory may have changed, but the file is not cut behind what is in it.
fuses_refused() {
    bytes=$(size "$2")
    ! trust --fuse-array "$2" && grep -q "$1" "$work/run" &&
        ! grep -q 'hello from EL1' "$work/run" &&
        test "$(size "$2")" -eq "$bytes"
}

starts_new() {
    trust --flash "$work/new.img" --fuse-array "$work/new.fuses" &&
        grep -q 'hello from EL1' "$work/run" &&
        test "$(size "$work/new.fuses")" -eq 4096 &&
        test "$(size "$work/new.img")" -lt 10000000 &&
        trust --flash "$work/new.img" --fuse-array "$work/new.fuses" &&
        grep -q 'hello from EL1' "$work/run"
}

# OPTION FILE MEMORY: before the power comes on.
too_large() {
    cp "$2" "$work/before"
    ! trust "$1" "$2" && grep -q "file '$2': has .* '$3' .* only" "$work/run" &&
        ! grep -q Report "$work/run" && cmp "$2" "$work/before"
}

keeps_size() {
    virt --flash "$1" && test "$(size "$1")" -eq "$2"
}

keeps_holes() {
    truncate -s 64M "$work/sparse"
    keeps_size "$work/sparse" 67108864 &&
        test "$(du -k "$work/sparse" | cut -f 1)" -lt 1024
}

keeps_link() {
    mkdir "$work/there"
    ln -s there/flash "$work/link"
    keeps_size "$work/link" 67108864 && test -L "$work/link" &&
        test -f "$work/there/flash" && keeps_size "$work/link" 67108864 &&
        test "$(ls "$work/there")" = flash
}

# What a run that was killed in the middle of its writing left.
removes_left() {
    : >"$work/short.cairn-Ab12Cd"
    keeps_size "$work/short" 1000 && ! test -e "$work/short.cairn-Ab12Cd"
}

empty_input() {
    : >"$work/nothing"
    ! trust "$@" "$work/nothing" && grep -q 'is empty' "$work/run"
}

: >"$work/empty"
ones 1048576 >"$work/erased"
ones 1000 >"$work/short"
head -c 4096 /dev/zero >"$work/blank"
ones 4096 >"$work/blown"
ones 4097 >"$work/large"
expect 'an empty flash is an erased one' \
    refused 'no bank boots' --flash "$work/empty"
expect 'so is one of ones' refused 'no bank boots' --flash "$work/erased"
: >"$work/none"
expect 'empty fuses are unprogrammed ones' \
    fuses_refused 'released no application core' "$work/none"
expect 'so are those of zeros' \
    fuses_refused 'released no application core' "$work/blank"
expect 'fuses that are all blown are used as they are' \
    fuses_refused 'released no application core' "$work/blown"
expect 'a file that is not there starts as what is carried' starts_new
expect 'too many fuses are named with both sizes' \
    too_large --fuse-array "$work/large" soc_fuses
truncate -s 129M "$work/huge"
expect 'so is too large a flash' too_large --flash "$work/huge" boot_flash
expect 'a capsule may not be empty' empty_input --capsule
expect "the guest's flash keeps its size" keeps_size "$work/short" 1000
expect 'an empty one stays empty' keeps_size "$work/empty" 0
expect 'one with holes keeps them' keeps_holes
expect 'a link to one stays a link' keeps_link
expect 'what a killed run left is removed' removes_left

echo "$passed passed, $failed failed"
test "$failed" -eq 0
