#!/bin/sh
# Snapshot files from the command line: a booted Linux goes on in another
# process as if it had not been cut in two, and spoilt files are told apart.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
linux=build/out/guests/linux

# says TEXT COMMAND...: it fails, and that is what it says
says() {
    text=$1
    shift
    ! "$@" >"$work/said" 2>&1 && cat "$work/said" && grep -qF "$text" "$work/said"
}

# spoil OFFSET: another byte there
spoil() {
    cp "$work/half" "$work/spoilt" &&
        printf '\245' | dd of="$work/spoilt" bs=1 seek="$1" conv=notrunc status=none
}

# field NAME: of the first memory
field() {
    "$cairn" inspect --json "$work/half" | sed "s/.*\"memories\":\[{[^}]*\"$1\":\([0-9]*\).*/\1/"
}

state() {
    sed -n 's/^  state  *//p' "$1" | grep .
}

# Whether two runs ended in the same state, at the same instruction.
same_end() {
    state "$work/$1" >"$work/one" && state "$work/$2" >"$work/other" &&
        cmp "$work/one" "$work/other" &&
        [ "$(grep '^  time ' "$work/$1")" = "$(grep '^  time ' "$work/$2")" ]
}

run() {
    name=$1
    shift
    "$cairn" run "$@" --quiet >"$work/$name"
}

# The same without any word of what the machine is, from another folder.
alone() {
    name=$1
    shift
    (cd / && "$cairn" run "$@" --quiet) >"$work/$name"
}

expect 'a run is saved' run first --until fmc --save "$work/half"
expect 'a snapshot says what it is' "$cairn" inspect "$work/half"
# Nothing signs a snapshot.
whole() {
    "$cairn" inspect --verify "$work/half" >"$work/out"
    test $? -eq 3 && grep 'proven    memories' "$work/out" &&
        grep 'undecided signature' "$work/out"
}

expect 'it is whole' whole
expect 'damage to its head is found' spoil 4000
expect 'and is told when it is restored' \
    says 'damaged: the hash of the first' "$cairn" run --restore "$work/spoilt"
expect 'damage to a memory does not hinder' spoil "$(field offset)"
expect 'and is told to who asks' \
    says 'damaged: ' "$cairn" inspect --verify "$work/spoilt"
truncate -s -1 "$work/spoilt"
expect 'a file that was cut is refused by its size' \
    says 'byte 32: size of the file' "$cairn" run --restore "$work/spoilt"
expect 'of another board it is refused' \
    says "of board 'caliptra-1.1', which differs from 'virt'" \
    "$cairn" run virt --restore "$work/half"
set -- --generation 1.0 --lifecycle manufacturing --seed 5
expect 'a machine with options runs' run whole "$@"
expect 'it is saved' run part "$@" --until firmware-ready --save "$work/odd"
expect 'it goes on without them' alone rest --restore "$work/odd"
expect 'and ends in the same state' same_end whole rest
expect 'the file tells them' \
    says '  origin        --generation=1.0 --lifecycle=manufacturing --seed=5' \
    sh -c '"$0" inspect "$1"; false' "$cairn" "$work/odd"
expect 'with some of them all are needed' \
    says "differs from 'caliptra-1.1'" \
    "$cairn" run --seed 5 --restore "$work/odd"
expect 'a device is no place for one' says 'is no regular file' \
    "$cairn" run --until firmware-ready --save /dev/null

if [ -f "$linux/kernel" ]; then
    printf 'sha256sum /bin/busybox\npoweroff -f\n' >"$work/commands"
    set -- virt --guest "$linux" --memory 1G --cpus 2
    expect 'Linux runs commands' \
        run whole "$@" --expect '# ' --input "$work/commands"
    expect 'Linux is saved at its prompt' \
        run part "$@" --expect '# ' --save "$work/linux"
    expect 'it goes on in another process' \
        run rest "$@" --restore "$work/linux" --input "$work/commands"
    expect 'and ends in the same state' same_end whole rest
    expect 'it goes on by its file alone' \
        alone again --restore "$work/linux" --input "$work/commands"
    expect 'to the same end' same_end whole again
    expect 'its memory has holes' \
        [ "$(du -k "$work/linux" | cut -f1)" -lt 200000 ]
else
    skip "Linux, which 'make guest-linux' fetches"
fi

finish
