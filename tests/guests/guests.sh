#!/bin/sh
# Boots guests that others built on the board virt, and on the same machine of
# qemu-system-aarch64 as a control, and compares what they print:
# guests.sh [--short] [CAIRN]. Packages come from Debian 12 for arm64 into
# build/out/guests; without a way to them everything is skipped, with the reason.
#
# GUESTS="linux uboot"           which of tests/guests/*.sh, all by default
# CASES=REGEXP                   of these only cases that match: 'generic 3 8'
# CPUS, FLAVOURS                 what Linux runs on
# JOBS=N                         cases at a time (default: processors)
# ENGINES="interpreter chaos"    by these engines, with the same state at every
#                                EVERY instructions (default 1000000), in place
#                                of the comparison with QEMU
# CAIRN_DEBS=FOLDER              takes the *.deb files from there
#
# --short is the form for every change: one case of each guest.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
all="linux uboot edk2 xen tpm debian fio cuts disks network lan folders devices clocks boots virtio installer"
here=$(realpath tests/guests)
guest_linux=$(realpath guest/linux)
folder=$(pwd)/build/out/guests
short=
if [ "$1" = --short ]; then
    short=yes
    shift
fi
if [ "$1" = --case ]; then
    # One case, by the driver below: its words, in a folder of its own.
    cairn=$2 number=$3 total=$4
    shift 4
    . "$guest_linux/fetch.sh"
    . "$here/library.sh"
    . "$guest_linux/initrd.sh"
    for guest in $all; do
        . "$here/$guest.sh"
    done
    place=$folder/cases/$(echo "$*" | tr -c 'a-z0-9\n' '-')
    rm -rf "$place" && mkdir -p "$place" && cd "$place" || exit 2
    started=$(date +%s)
    "$@" >verdict 2>&1
    # In one write, as cases run side by side.
    text=$(sed "1s/\$/ ($(($(date +%s) - started)) s)/" verdict)
    printf '[%*d/%d] %s\n' ${#total} "$number" "$total" "$text"
    grep -q '^passed:' verdict && rm -f ours theirs ours.* theirs.* disk disk.* cut.* ready
    exit 0
fi

cairn=$(realpath "${1:-$cairn}")
: "${GUESTS:=$all}" "${JOBS:=$(nproc)}" "${CASES:=.}"
mkdir -p "$folder" && cd "$folder" || exit 2
exec 9>lock
flock 9 # one at a time has the folder
. "$guest_linux/fetch.sh"
. "$guest_linux/initrd.sh"
needs='' cases=''
for guest in $GUESTS; do
    . "$here/$guest.sh"
    if [ -n "$short" ]; then
        cases="$cases
$("${guest}_short")"
    else
        cases="$cases
$("${guest}_cases")"
    fi
done
echo "$cases" | grep -E -e "$CASES" | grep . >cases.list
for guest in $GUESTS; do
    ! grep -q "^${guest}_" cases.list || eval "needs=\"\$needs \$${guest}_needs\""
done
[ -z "$short" ] || needs='cloud generic busybox uboot edk2 shim grub sdboot'
# shellcheck disable=SC2086
if ! fetch_guests $needs; then
    skip "all guests: $reason"
    finish
fi
initrd "$(guest_file busybox)" "$here/init" >initrd.new &&
    mv initrd.new initrd

cd "$here/../.." || exit 2
total=$(($(wc -l <"$folder/cases.list")))
nl -ba "$folder/cases.list" | xargs -P "$JOBS" -I '{}' sh -c '
    set -- $2 {}; cairn=$1; number=$2; shift 2
    exec "'"$0"'" --case "$cairn" "$number" '$total' "$@"' - - "$cairn" |
    tee "$folder/results"
passed=$(grep -c '^\[[^]]*\] passed:' "$folder/results")
failed=$(grep -c '^\[[^]]*\] failed:' "$folder/results")
skipped=$(grep -c '^\[[^]]*\] skipped:' "$folder/results")
lost=$((total - passed - failed - skipped))
[ $lost -eq 0 ] || echo "failed: $lost cases ended without a verdict"
failed=$((failed + lost))

finish
