#!/bin/sh
# The semihosting guest prints under QEMU what it prints here, leaves the same
# files, and gets at nothing outside of the folder that was named.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guest=$(realpath build/out/guest/virt/semihosting.elf)
cd "$work" || exit 2

# FOLDER ARGUMENT...: what the guest prints into FOLDER.text.
ours() {
    name=$1
    mkdir -p "$name"
    shift
    "$cairn" run virt --kernel "$guest" \
        --append 'one two' --json "$@" >"$name.json"
    echo "status $?" >"$name.status"
    sed -n 's/^{"console":"semihosting","text":"\(.*\)"}$/\1/p' \
        "$name.json" >"$name.text"
}

theirs() {
    mkdir -p control
    (cd control && timeout 60 qemu-system-aarch64 -M virt -nic none -cpu cortex-a35 \
        -display none -serial none -monitor none -chardev stdio,id=s \
        -semihosting-config enable=on,chardev=s -kernel "$guest" \
        -append 'one two') </dev/null >control.text
    test $? -eq 7
}

ends_with_7() {
    grep -q 'the guest ended with status 7' ours.json
}

again_the_same() {
    ours again --semihosting-folder again
    tail -n 1 ours.json >ours.report
    tail -n 1 again.json >again.report
    same_json ours.report again.report
}

no_folder_no_files() {
    ours none --semihosting
    grep -q '^write: 10$' none.text && test -z "$(ls none)" &&
        grep -q '^features: 3$' none.text
}

# ARGUMENT...: what the guest counts of its standard input.
input() {
    "$cairn" run virt --kernel "$guest" --append input --semihosting "$@" 2>&1 | grep -e '^input: ' -e '^sum: ' -e '^  state'
}

reads_all() {
    seq 1000 1999 >numbers
    sum=$(od -An -v -tu1 -w1 numbers | awk '{ sum += $1 } END { print sum }')
    input --console semihosting --input numbers --record recorded >input.text
    grep -q '^input: 5000$' input.text && grep -q "^sum: $sum\$" input.text &&
        input --replay recorded | cmp - input.text
}

reads_nothing() {
    input --console semihosting --input /dev/null | grep -q '^input: 0$' &&
        input </dev/null | grep -q '^input: 0$'
}

ours ours --semihosting-folder ours
expect 'standard input is read to its end, the same in a replay' reads_all
expect 'no input is an end' reads_nothing
expect 'the guest ends with its status' ends_with_7
expect 'a run in another folder of the same contents is the same' again_the_same
expect 'without a folder no file is opened, and the rest works' \
    no_folder_no_files
expect 'a folder that is none is refused by name' sh -c \
    "! '$cairn' run virt --kernel '$guest' --semihosting-folder none/x \
        >refusal 2>&1 && grep -q \"none/x\" refusal"
if command -v qemu-system-aarch64 >/dev/null; then
    expect 'QEMU runs the guest' theirs
    expect 'QEMU prints the same' diff control.text ours.text
    expect 'QEMU leaves the same files' diff -r control ours
else
    skip 'control: qemu-system-aarch64 is not here'
fi

finish
