#!/bin/sh
# The guest `linux` of `cairn run --guest`: Debian's kernel for clouds and an
# initial file system of its BusyBox, which gives a shell. Packages come from
# Debian 12 for arm64; see tests/guests.sh for CAIRN_DEBS.
# SPDX-License-Identifier: Apache-2.0
here=$(realpath "$(dirname "$0")")/guests
folder=$(pwd)/build/out/guests
mkdir -p "$folder/linux" && cd "$folder" || exit 2
exec 9>lock
flock 9 # one at a time has the folder
. "$here/fetch.sh"
. "$here/initrd.sh"
if ! fetch_guests cloud busybox; then
    echo "guest-linux: $reason" >&2
    exit 1
fi
initrd "$(guest_file busybox)" "$here/init" >linux/initrd.new &&
    mv linux/initrd.new linux/initrd &&
    ln -f "$(guest_file cloud)" linux/kernel &&
    echo 'console=ttyAMA0 panic=-1 typed' >linux/cmdline || exit
version=$(guest_file cloud | sed 's,.*vmlinuz-,,')
echo "guest-linux: Linux $version and BusyBox are in build/out/guests/linux"
