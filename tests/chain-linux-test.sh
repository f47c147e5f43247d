#!/bin/sh
# Debian's kernel behind the chain of board trust, to the end of BusyBox' script
# and to a shell. The kernel is the one that tests/guests.sh fetched.
# SPDX-License-Identifier: Apache-2.0
: "${OUT:=build/out/release}"
cairn=$(realpath "$OUT/cairn")
guests=$(pwd)/build/out/guests
kernel=$(ls "$guests"/root/boot/vmlinuz-*-cloud-arm64 2>/dev/null | tail -n 1)
if [ -z "$kernel" ] || [ ! -s "$guests/initrd" ]; then
    echo "skipped: Linux behind the chain: no guests in build/out/guests"
    echo '0 passed, 0 failed, 3 skipped'
    exit 0
fi
passed=0 failed=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

expect() {
    title=$1
    shift
    if "$@" >>log 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $title"
        tail -n 20 log
    fi
}

# TEXT ARGUMENT...: Linux with TEXT on its command line; what it prints goes
# into the file `console`.
linux() {
    text=$1
    shift
    timeout 300 "$cairn" run trust --kernel "$kernel" \
        --initrd "$guests/initrd" --append "console=ttyAMA0 panic=-1 $text" \
        --output console "$@" >log 2>&1
}

boots() {
    linux '' --cpus 2 &&
        grep -q '^processors: 2' console && grep -q '^online: 0-1' console &&
        grep -q 'psci: PSCIv1.* detected in firmware' console &&
        grep -q 'reboot: Power down' console
}

# Only what the root of trust authorised was there to be started.
is_authorised() {
    for image in 0x1000 0x1001 0x1002 0x1003; do
        grep -q "^image $image: authorised" log || return 1
    done
    grep -q 'release .*cpu1: runs from 0x0e000000' log
}

is_typed_to() {
    linux typed --expect '# ' --type 'echo $((6 * 7)) answers\n' \
        --expect '# ' --type 'poweroff -f\n' && grep -q '^42 answers' console
}

expect 'Linux on two processors runs its script and powers off' boots
expect 'the root of trust authorised each of its images' is_authorised
expect 'a shell behind the chain answers' is_typed_to
echo "$passed passed, $failed failed"
test "$failed" -eq 0
