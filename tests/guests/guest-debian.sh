#!/bin/sh
# The guest `debian`: a whole system of Debian 12 for arm64 on a disk, made from
# Debian's packages, and its kernel for a start without firmware. A machine of
# our own installs it (tests/guests/debian), so that the host needs neither root
# nor programs for arm64.
#
# build/out/guests/debian has disk.img (GPT: an ESP with GRUB, and the root file
# system), kernel, initrd and cmdline; the same of Debian's kernel for all
# machines in generic/; and ssh-key, which may log in as root.
# SPDX-License-Identifier: Apache-2.0
tests=$(realpath "$(dirname "$0")/..")
here=$tests/guests
guest_linux=$(realpath "$tests/../guest/linux")
folder=$(pwd)/build/out/guests
cairn=$(realpath "${1:-${OUT:-build/out/release}/cairn}")
mkdir -p "$folder" && cd "$folder" || exit 2
exec 9>lock
flock 9 # one at a time has the folder
. "$guest_linux/fetch.sh"
. "$guest_linux/initrd.sh"

say() {
    echo "guest-debian: $*"
}

fail() {
    say "$*" >&2
    exit 1
}

# What the disk is made from, as one word.
made_from() {
    find "$here/debian" "$tests/guests/guest-debian.sh" "$guest_linux/initrd.sh" -type f |
        sort | xargs cat | sha256sum | cut -c 1-64
}

# Names of packages and of all that they depend on.
closure() {
    apt_guest apt-get -s --no-install-recommends install "$@" 2>>apt.log |
        sed -n 's/^Inst \([^ ]*\).*/\1/p'
}

# Makes NAME.deb of what is in the archive, without compression: the machine has
# more time for the rest.
repack() {
    (cd "$work/parts" && printf '2.0\n' >debian-binary &&
        dpkg-deb --ctrl-tarfile "$1" >control.tar &&
        dpkg-deb --fsys-tarfile "$1" >data.tar &&
        rm -f "$work/root/packages/$name.deb" &&
        ar rc "$work/root/packages/$name.deb" debian-binary control.tar data.tar)
}

made_from=$(made_from)
if [ "$(cat debian/made-from 2>/dev/null)" = "$made_from" ]; then
    say 'build/out/guests/debian is up to date'
    exit 0
fi
for tool in apt-get dpkg-deb ar mke2fs debugfs; do
    command -v $tool >/dev/null || fail "$tool is not here, see docs/dependencies.md"
done

# ---- Packages ---------------------------------------------------------------

say 'asks Debian for packages'
work=$folder/debian.new
rm -rf "$work" && mkdir -p "$work/root/packages" "$work/parts" debian-debs ||
    exit
fetch_guests cloud busybox || fail "$reason"
fetch_update || fail "packages cannot be fetched: $(tail -n 1 apt.log)"
essential='?essential ?priority(required)'
# shellcheck disable=SC2046,SC2086
{
    wanted=$(sed -n 's/^\([a-z0-9.+-]*\) .*/\1/p' "$here/debian/packages.txt") &&
        closure $essential usr-is-merged >"$work/essential" &&
        closure e2fsprogs dosfstools fdisk dpkg tar mount coreutils dash \
            >"$work/tools" &&
        closure $essential $wanted >"$work/all"
} >>apt.log 2>&1 || fail "packages cannot be chosen: $(tail -n 1 apt.log)"
[ -s "$work/all" ] || fail "no such packages: $(grep '^E: ' apt.log | tail -n 1)"
say "fetches $(wc -l <"$work/all") packages, less those in build/out/guests/debian-debs"
# shellcheck disable=SC2046
(cd debian-debs && apt_guest apt-get -qq download $(cat "$work/all")) \
    >>apt.log 2>&1 || fail "packages cannot be fetched: $(tail -n 1 apt.log)"

say 'unpacks them for the machine that installs'
while read -r name; do
    # The newest archive of it; of others that were fetched once, no more.
    # shellcheck disable=SC2046
    set -- $(ls -t debian-debs/"${name}"_*.deb)
    repack "$folder/$1" || fail "$name cannot be unpacked"
    shift
    [ $# -eq 0 ] || rm "$@"
done <"$work/all"
cd "$work" || exit

# ---- The disk of the machine that installs ----------------------------------

mkdir -p root/dev root/proc root/sys root/run root/usr/bin root/usr/sbin \
    root/usr/lib && ln -s usr/bin usr/sbin usr/lib root || exit
while read -r name; do
    dpkg-deb --fsys-tarfile "root/packages/$name.deb" |
        tar -C root --keep-directory-symlink -xf - ||
        fail "$name cannot be unpacked"
done <tools
sed 's,.*,/packages/&.deb,' essential >root/essential.txt
grep -vxFf essential all | sed 's,.*,/packages/&.deb,' >root/packages.txt
cp "$here/debian/install" root && cp -r "$here/debian/files" root || exit
mke2fs -q -t ext4 -d root -E root_owner=0:0 -O ^has_journal installer.img \
    "$(($(du -sk root | cut -f 1) * 12 / 10))k" >mke2fs.log 2>&1 ||
    fail "mke2fs: $(tail -n 1 mke2fs.log)"

# ---- The machine that installs ----------------------------------------------

# Modules in an order in which each finds what it needs.
modules=
for module in virtio/virtio_ring virtio/virtio virtio/virtio_mmio \
    block/virtio_blk fs/fat/fat fs/fat/vfat nls/nls_cp437 nls/nls_ascii; do
    modules="$modules $(echo "$folder"/root/lib/modules/*-cloud-arm64/kernel/*/"$module".ko \
        "$folder"/root/lib/modules/*-cloud-arm64/kernel/"$module".ko |
        tr ' ' '\n' | grep -v '\*')"
done
# shellcheck disable=SC2086
initrd "$(guest_file busybox)" "$here/debian/init" $modules >initrd &&
    truncate -s 3G disk.img || exit
say "installs, for some minutes; build/out/guests/debian.new/console has what it says"
"$cairn" run virt --memory 1G --rtc now --disk installer.img,read-only \
    --disk disk.img \
    --kernel "$(guest_file cloud)" --initrd initrd \
    --append 'console=ttyAMA0 quiet panic=-1' --max-instructions 400G \
    --output console >report 2>&1 </dev/null ||
    fail "the machine that installs ended badly: $(tail -n 1 report), see $work/console"
grep -q '^installed' console ||
    fail "not installed: $(grep '^install: ' console | tail -n 1), see $work/console"

# ---- What the host needs of it ----------------------------------------------

# The root file system is the second partition.
dump() {
    debugfs -R "dump $1 $2" "disk.img?offset=$((129 << 20))" 2>>debugfs.log
    [ -s "$2" ] || fail "there is no $1 on the disk, see $work/debugfs.log"
}

# From FLAVOUR, KERNEL'S RELEASE
start_files() {
    mkdir -p "$1" && dump "/boot/vmlinuz-$2" "$1/kernel" &&
        dump "/boot/initrd.img-$2" "$1/initrd" &&
        echo 'console=ttyAMA0 root=LABEL=debian' >"$1/cmdline"
}

release=$(sed -n 's/^linux-image-\([0-9].*-[0-9]*\)-arm64$/\1/p' all)
start_files . "$release-cloud-arm64"
start_files generic "$release-arm64"
dump /root/.ssh/id_ed25519 ssh-key && chmod 600 ssh-key
dump /etc/ssh/ssh_host_ed25519_key.pub ssh-host-key
rm -rf root parts installer.img essential tools mke2fs.log
echo "$made_from" >made-from
rm -rf ../debian && cd .. && mv debian.new debian || exit
say "Debian $(debugfs -R 'cat /etc/debian_version' \
    "debian/disk.img?offset=$((129 << 20))" 2>/dev/null) with Linux $release is in build/out/guests/debian"
