# An initial file system of BusyBox and tests/guests/init, as a newc archive on
# standard output. Sourced by guests.sh.
# SPDX-License-Identifier: Apache-2.0

# One member: NAME MODE [FILE [RDEV_MAJOR RDEV_MINOR]]
member() {
    inode=$((inode + 1))
    size=0
    [ -z "$3" ] || size=$(($(wc -c <"$3")))
    printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' \
        $inode $((0$2)) 0 0 1 0 $size 0 0 "${4:-0}" "${5:-0}" \
        $((${#1} + 1)) 0 "$1"
    head -c $(((4 - (110 + ${#1} + 1) % 4) % 4)) /dev/zero
    if [ -n "$3" ]; then
        cat "$3"
        head -c $(((4 - size % 4) % 4)) /dev/zero
    fi
}

# BUSYBOX INIT [MODULE...]: modules are in /modules, in the order of their names.
initrd() {
    inode=0
    for name in bin dev proc sys tmp; do
        member $name 40755
    done
    member dev/console 20600 '' 5 1
    member dev/null 20666 '' 1 3
    member dev/ttyAMA0 20600 '' 204 64
    member bin/busybox 100755 "$1"
    member init 100755 "$2"
    shift 2
    if [ $# -ne 0 ]; then
        member modules 40755
    fi
    for module in "$@"; do
        member "modules/$((100 + inode))-${module##*/}" 100644 "$module"
    done
    member 'TRAILER!!!' 0
}

# INIT TEST...: BusyBox and the script INIT of this folder, with those modules of
# the kernel whose package guest_package chose that find(1) selects. The caller
# may add members, and ends the archive.
begin_initrd() {
    script=$1
    shift
    inode=0
    for entry in bin dev modules proc sys tmp; do
        member $entry 40755
    done
    member dev/console 20600 '' 5 1
    member bin/busybox 100755 "$(guest_file busybox)"
    member init 100755 "$here/$script"
    for module in $(find "$folder/$root/lib/modules" "$@"); do
        member "modules/${module##*/}" 100644 "$module"
    done
}
