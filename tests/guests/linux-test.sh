#!/bin/sh
# The guest that `make guest-linux` fetches, with each device that the README
# names: its shell uses the device on either bus, without a word about drivers.
# minutes: 3
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guests=$(pwd)/build/out/guests
script=$(realpath guest/linux/guest-linux)
if ! reason=$("$script" "$guests" 2>&1); then
    skip "devices of the guest linux: $reason"
    finish
fi
cd "$work" || exit 2
mkdir folder && echo 'from the host' >folder/file
truncate -s 16M plain.img && mkfs.ext4 -q plain.img || exit

# WANTED COMMANDS OPTION...: what the guest's shell prints at last.
prints() {
    wanted=$1 commands=$2
    shift 2
    timeout 100 env CAIRN_GUESTS="$guests" "$cairn" run virt --guest linux "$@" --quiet \
        --max-instructions 50G --append "quiet $append" --expect '/ # ' --type "$commands\\n" \
        --expect '/ # ' --type 'poweroff\n' --output console &&
        tr -d '\r' <console | grep -qx "$wanted" || { cat console; return 1; }
}

# FILE OFFSET: the number of 8 bytes there, without the flags in the first.
number() {
    echo $((0x$(od -An -tx1 -j $(($2 + 1)) -N 7 "$1" | tr -d ' \n')))
}

# PLACE: the image x has its second cluster of 4 KiB in that metadata.
plant() {
    rm -f x
    qemu-img create -q -f qcow2 -o cluster_size=4096 x 4M &&
        qemu-io -c 'write -q -P 60 4096 8192' x || return
    l2=$(number x "$(number x 40)")
    case $1 in
    L1) at=$(number x 40) ;;
    L2) at=$l2 ;;
    refcounts) at=$(number x 48) ;;
    block) at=$(number x "$(number x 48)") ;;
    esac
    printf "$(printf '\\%03o' 128 0 0 0 0 0 $((at >> 8)) $((at & 255)))" |
        dd of=x bs=1 seek=$((l2 + 8)) conv=notrunc status=none
}

# PLACE: a guest that writes to the cluster is told so, the image is marked
# (incompatible feature bit 1, in byte 79), no other bit of it is changed,
# and QEMU agrees about both.
spares() {
    plant "$1" && cp x before &&
        prints 'Input/output error' \
            'dd if=/dev/zero of=/dev/vda bs=4096 seek=1 count=1 oflag=direct 2>&1 | grep -o "Input.*"' \
            --disk x,format=qcow2 --log trouble || return
    cat trouble
    grep -q 'entry 1 of the L2 table at .* (L1 entry 0).*marked as corrupt' trouble &&
        [ "$(cmp -l before x | tr -s ' ')" = ' 80 0 2' ] || return
    qemu-img info x | grep -q 'corrupt: true' || return
    qemu-img check x >checked 2>&1
    [ $? -eq 2 ] && cat checked && grep -q '^ERROR.*refcount' checked
}

append=
for place in L1 L2 refcounts block; do
    rm -f trouble
    expect "an image with data in its own metadata, $place" spares "$place"
done
for bus in mmio pci; do
    expect "a disk with ext4, $bus" prints '/mnt/lost+found 16' \
        'mount /dev/vda /mnt && echo /mnt/* $(($(cat /sys/block/vda/size) / 2048))' \
        --disk "plain.img,bus=$bus,temporary"
    expect "a network with an address, $bus" prints 'inet 10.0.2.15/24' \
        'ip addr show eth0 | grep -o "inet 10[^ ]*"' --net "user,bus=$bus"
    expect "a virtiofs folder, $bus" prints 'from the host' \
        'mount -t virtiofs share /mnt && cat /mnt/file' --share "folder,type=fs,bus=$bus"
    expect "a folder by 9P, $bus" prints 'from the host' \
        'mount -t 9p -o trans=virtio,version=9p2000.L share /mnt && cat /mnt/file' \
        --share "folder,type=9p,bus=$bus"
    expect "random numbers, $bus" prints 16 \
        'dd if=/dev/hwrng bs=16 count=1 2>/dev/null | wc -c' --rng "seeded,bus=$bus"
    expect "sockets of the host, $bus" prints '/dev/vsock' 'ls /dev/vsock' \
        --vsock "cid=3,path=socket,bus=$bus"
    expect "a keyboard, $bus" prints 'Cairn.*eyboard.*' \
        'cat /sys/class/input/input*/name; test -c /dev/input/event0' \
        --plug "keyboard,bus=$bus"
    expect "a tablet, $bus" prints 'Cairn.*ablet.*' \
        'cat /sys/class/input/input*/name; test -c /dev/input/event0' \
        --plug "tablet,bus=$bus"
    expect "a balloon, $bus" prints 'virtio[0-9]*' \
        'ls /sys/bus/virtio/drivers/virtio_balloon | grep virtio' \
        --plug "balloon,bus=$bus"
done
expect 'several processors' prints 4 'grep -c ^processor /proc/cpuinfo' --cpus 4
append=console=hvc0
expect 'a virtio console' prints '/dev/hvc0' tty --console hvc0

# An installed program, another user's home: the message names the script, which
# puts the guest where the program looks.
is_told_how() {
    ! HOME=$work XDG_DATA_HOME='' "$prefix/bin/cairn" run virt --guest linux >told 2>&1 &&
        grep -qF "; '$prefix/share/cairn/guest-linux/guest-linux' fetches Debian's" told
}
fetches() {
    HOME=$work XDG_DATA_HOME='' CAIRN_DEBS=$guests/debs \
        "$prefix/share/cairn/guest-linux/guest-linux" &&
        HOME=$work XDG_DATA_HOME='' timeout 100 "$prefix/bin/cairn" run virt --guest linux \
            --quiet --append quiet --max-instructions 50G --expect '/ # ' --type 'poweroff\n'
}
prefix=$work/root/usr
(cd "$(dirname "$script")/../.." && unset MAKEFLAGS MAKELEVEL MFLAGS &&
    make --no-print-directory install PREFIX=/usr DESTDIR="$work/root" >/dev/null)
expect 'an installed program names the script that fetches the guest' is_told_how
expect 'which it does, to where the program looks' fetches

finish
