#!/bin/sh
# Files that keep a memory over runs: --flash and --fuse-array. One that is
# there is used as it is, and keeps its size.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guest=build/out/guest/virt/console.elf

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

embedded='embedded firmware, created by this run'

# Neither option makes a file by itself, nor takes one that is there for new.
needs_new() {
    for name in '' new:; do
        ! trust --flash "$name" &&
            grep -q "option '--flash': no file is named" "$work/run" || return
    done
    ! trust --flash "$work/typo.img" &&
        grep -q "option '--flash': '$work/typo.img': No such file or directory; 'new:$work/typo.img' would" "$work/run" &&
        ! trust --fuse-array "$work/typo.fuses" &&
        grep -q "option '--fuse-array': '$work/typo.fuses': No such" "$work/run" &&
        ! virt --flash "$work/typo.img" &&
        grep -q "option '--flash': '$work/typo.img': No such" "$work/run" &&
        ! test -e "$work/typo.img" && ! test -e "$work/typo.fuses" || return
    : >"$work/old"
    ! trust --flash "new:$work/old" &&
        grep -q "option '--flash': '$work/old' is there already" "$work/run" &&
        ! virt --flash "new:$work/old" && test "$(size "$work/old")" -eq 0
}

# So it is with all else that keeps a state.
others_need_new() {
    "$cairn" disk create --size 64K "$work/disk" >/dev/null 2>&1 &&
        ! virt --disk "$work/disk,overlay=$work/typo.over" &&
        grep -q "option '--disk': '$work/typo.over': No such" "$work/run" &&
        virt --disk "$work/disk,overlay=new:$work/new.over" &&
        virt --disk "$work/disk,overlay=$work/new.over" &&
        ! virt --disk "$work/disk,overlay=new:$work/new.over" &&
        grep -q "'$work/new.over' is there already" "$work/run" &&
        ! virt --tpm "$work/typo.tpm" &&
        grep -q "option '--tpm': '$work/typo.tpm': No such" "$work/run" &&
        mkdir "$work/tpm" && ! virt --tpm "new:$work/tpm" &&
        grep -q "'$work/tpm' is there already" "$work/run" &&
        ! test -e "$work/typo.over" && ! test -e "$work/typo.tpm"
}

says_new() {
    for form in txt json html; do
        rm -f "$work"/new.img "$work"/new.fuses
        trust --flash "new:$work/new.img" --fuse-array "new:$work/new.fuses" \
            --report "$work/report.$form" &&
            grep -q "^cairn: run: flash '$work/new.img': $embedded" \
                "$work/run" &&
            grep -q "new.img.*$embedded" "$work/report.$form" &&
            grep -q "vendor keys of new.img ($embedded)" \
                "$work/report.$form" || return
    done
    trust --flash "$work/new.img" --fuse-array "$work/new.fuses" &&
        grep -q 'vendor keys of new.img$' "$work/run" &&
        ! grep -q 'created by this run' "$work/run" &&
        virt --flash "new:$work/new.variables" &&
        grep -q "flash  *$work/new.variables: blank, created by this run" \
            "$work/run" &&
        virt --flash "new:$work/new.image" --image flash0=LICENSE \
            --image flash1=LICENSE &&
        grep -q "new.image: the contents of --image, created by this run" \
            "$work/run"
}

starts_new() {
    rm -f "$work/new.img" "$work/new.fuses"
    trust --flash "new:$work/new.img" --fuse-array "new:$work/new.fuses" &&
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
    virt --flash "new:$work/link" && keeps_size "$work/link" 67108864 &&
        test -L "$work/link" &&
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

# Runs share a log: none takes the lines of another, also one that is misused.
adds_to_log() {
    echo earlier >"$work/log.txt"
    virt --trace --max-instructions 100 --log "$work/log.txt"
    lines=$(size "$work/log.txt")
    virt --log "$work/log.txt" --image no.such=x
    head -n 1 "$work/log.txt" | grep -qx earlier &&
        grep -q 'trace: cpu0' "$work/log.txt" &&
        test "$(size "$work/log.txt")" -eq "$lines"
}

# PROGRAM ARGUMENT...: refuses a device that never ends, and soon.
bounded() {
    ! (ulimit -v 4000000 && "$@") >"$work/run" 2>&1 &&
        grep -q 'more than' "$work/run"
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
# ARGUMENT...: the outcome has what the boot MCU said last.
says_why() {
    ! trust --flash "$work/empty" "$@" &&
        grep -q "^cairn: run: the boot MCU released no application core; $why" \
            "$work/run" &&
        grep -q "outcome[ \":]*\(failed: \)*the boot MCU .*; $why" "$work/run"
}

why="its console ends with 'stopped: no bank boots'"
expect 'the outcome says why the boot MCU stopped' says_why
expect 'so it does in JSON' says_why --json
expect 'and of a console that is not shown' says_why --quiet
: >"$work/none"
expect 'empty fuses are unprogrammed ones' \
    fuses_refused 'released no application core' "$work/none"
expect 'so are those of zeros' \
    fuses_refused 'released no application core' "$work/blank"
expect 'fuses that are all blown are used as they are' \
    fuses_refused 'released no application core' "$work/blown"
expect 'a file that is not there is refused unless it is new' needs_new
expect 'so are overlays and the folder of a TPM' others_need_new
expect 'message and report say what a new file starts with' says_new
expect 'a new file starts as what is carried' starts_new
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
expect 'a log is added to' adds_to_log
expect 'a device tree without end is refused' \
    bounded "$cairn" run virt --kernel "$guest" --dtb /dev/zero
expect 'so is firmware' bounded "$cairn" run --firmware /dev/zero
expect 'a script' bounded "$cairn" run --agent /dev/zero
expect 'an update' bounded "$cairn" pack capsule /dev/zero --out "$work/c" \
    --guid 09d7cf52-0720-4710-91d1-08469b7fe9c8 --version 1 \
    --key /dev/zero --certificate /dev/zero
mkdir "$work/keys"
ln -s /dev/zero "$work/keys/keys.txt"
expect 'keys' bounded "$cairn" pack caliptra --keys "$work/keys" \
    --fmc "$work/blank" --fmc-entry 0x40000000 --runtime "$work/blank" \
    --runtime-entry 0x40001000 --out "$work/c"
expect 'what is to be inspected' bounded "$cairn" inspect /dev/zero

finish
