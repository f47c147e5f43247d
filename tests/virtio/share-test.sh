#!/bin/sh
# Folders of the host in Linux, as virtiofs and by 9p, over MMIO and PCI: what
# the guest made and how it saw that is what the host has; nothing outside of a
# folder was reached; and the run can be replayed. See tests/guests/share-init.
# minutes: 1
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
here=$(realpath tests/guests)
guest_linux=$(realpath guest/linux)
folder=$(pwd)/build/out/guests
mkdir -p "$folder" && cd "$folder" || exit 2
exec 9>lock
flock 9 # one at a time has the folder
. "$guest_linux/fetch.sh"
. "$guest_linux/initrd.sh"
if ! fetch_guests generic busybox; then
    skip "shared folders in Linux: $reason"
    finish
fi
kernel=$(guest_file generic)
version=${kernel##*/vmlinuz-}
busybox=$(guest_file busybox)
cd "$work" || exit 2
modules=
for module in drivers/virtio/virtio_mmio drivers/virtio/virtio_pci_legacy_dev \
    drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci \
    fs/fuse/fuse fs/fuse/virtiofs fs/netfs/netfs fs/fscache/fscache \
    net/9p/9pnet net/9p/9pnet_virtio fs/9p/9p; do
    modules="$modules $folder/generic/lib/modules/$version/kernel/$module.ko"
done
# shellcheck disable=SC2086
initrd "$busybox" "$here/share-init" $modules >initrd
flock -u 9

# BUS ARGUMENT...: Linux, whose console is in the file `console`.
linux() {
    bus=$1
    shift
    timeout 300 "$cairn" run virt --kernel "$kernel" --initrd initrd \
        --append 'console=ttyAMA0 quiet panic=-1' --memory 256M \
        --output console --share "fs,tag=fs,type=fs,bus=$bus" \
        --share "9p,tag=9p,type=9p,bus=$bus" \
        --share "given,tag=fixed,read-only,bus=$bus" "$@" >said 2>&1
}

prepare() {
    chmod -R u+rwx . && rm -rf fs 9p given secret
    mkdir fs 9p given && echo given >given/secret && echo secret >secret &&
        ln -s ../../secret given/link && cp -a given fs && cp -a given 9p
}

# What the guest saw of a tree is what the host sees.
is_the_same() {
    export LC_ALL=C
    (cd "$1" && find tree -exec stat -c '%f %h %s %Y %n' {} + | sort) >seen
    cmp seen "$1/listing" || { diff seen "$1/listing" | head; false; }
}

has_same_contents() {
    export LC_ALL=C
    (cd "$1" && find tree -type f -exec sh -c 'md5sum <"$1"' - {} \; | sort) \
        >seen
    [ "$(wc -l <seen)" -gt 30 ] && cmp seen "$1/sums"
}

ends_well() {
    grep -q "^end: $1" console && ! grep 'failed:' console
}

is_untouched() {
    [ "$(cat secret)" = secret ] && [ "$(ls)" = "$1" ] &&
        [ "$(ls given)" = "$(printf 'link\nsecret')" ]
}

for bus in mmio pci; do
    prepare
    : >console
    there=$(ls)
    expect "Linux runs ($bus)" linux $bus
    for type in fs 9p; do
        expect "Linux works in the folder ($type, $bus)" ends_well $type
        expect "host and guest see the same ($type, $bus)" is_the_same $type
        expect "host and guest read the same ($type, $bus)" \
            has_same_contents $type
    done
    expect "a read-only folder does not change ($bus)" \
        grep -q '^read-only: yes' console
    grep -q '^complaints: 0' console || cat said
    expect "Linux has no complaint ($bus)" grep -q '^complaints: 0' console
done
rm -f seen
expect 'nothing outside of the folders was touched' is_untouched \
    "$(echo "$there" | grep -v '^seen$')"

prepare
expect 'a run is recorded' linux mmio --record inputs
prepare
replays() {
    linux mmio --replay inputs && [ ! -e fs/tree ] && [ ! -e 9p/tree ]
}
expect 'its replay needs nothing of the folders' replays

finish
