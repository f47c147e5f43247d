# A root file system in qcow2 images, which qemu-img judges afterwards; and a host
# that fails under a disk: no room is left, or the image becomes shorter. The guest
# gets an I/O error for it, goes on, and a line of the log says why.
# SPDX-License-Identifier: Apache-2.0

disks_needs=''

disks_cases() {
    for form in converted overlay zstd; do
        echo "disks_qcow2 $form"
    done
    echo 'disks_full'
    echo 'disks_shrunk'
}

disks_short() {
    echo 'disks_qcow2 converted'
}

# NAME: a machine that asks for commands at the shell of Debian's root.
disks_machine() {
    machine 3 1 1 cortex-a35 1024
    debian_files cloud "$1" || return
    append="$append quiet init=/bin/sh"
}

# COMMANDS: these, and the end of the machine.
disks_type() {
    : >dialogue
    dialogue '# ' "$1; sync; mount -o remount,ro /; echo o >/proc/sysrq-trigger\\n"
}

# STEP: what went wrong in it, nothing if all that is wanted was printed.
disks_run() {
    step=$1
    shift
    run_ours "$@"
    status=$?
    missing=$(lacks ours)
    [ $status -eq 0 ] && [ -z "$missing" ] ||
        echo "$step: status $status, lacks: $missing: $(tail -n 1 report)"
}

# ---- Images -------------------------------------------------------------------

disks_make() {
    rm -f root.qcow2 over.qcow2
    case $1 in
    converted | overlay) "$cairn" disk convert "$2" root.qcow2 ;;
    zstd) qemu-img convert -c -O qcow2 -o compression_type=zstd "$2" root.qcow2 ;;
    esac
}

# What the images have against them.
disks_judge() {
    for image in *.qcow2; do
        qemu-img check -q "$image" >check 2>&1 || echo "$image: $(tail -n 1 check)"
        last=$image
    done
    [ ! -e over.qcow2 ] || last=over.qcow2
    rm -f raw
    "$cairn" disk convert "$last" raw >check 2>&1 && unsound raw || cat check
}

# FORM
disks_qcow2() {
    name="Debian's root in qcow2, $1"
    disks_machine "$name" || return
    command -v qemu-img >/dev/null || {
        say skipped "$name: qemu-img is not here"
        return
    }
    disks_make "$1" "$folder/debian/disk.img" >log.make 2>&1 || {
        say failed "$name: $(tail -n 1 log.make)"
        return
    }
    append="$append rw" used=root.qcow2
    [ "$1" != overlay ] || used=root.qcow2,overlay=new:over.qcow2
    before=$(sha256sum <root.qcow2)
    want 'reboot: Power down'
    disks_type 'dd if=/dev/urandom of=/root/new bs=1M count=32 && rm -r /usr/share/doc && sha256sum /root/new >/root/sum'
    wrong=$(disks_run writing --disk "$used")
    [ -n "$wrong" ] || wrong=$(disks_judge)
    want '^/root/new: OK'
    disks_type 'sha256sum -c /root/sum'
    used=$(echo "$used" | sed 's/new://')
    [ -n "$wrong" ] || wrong=$(disks_run reading --disk "$used")
    [ -n "$wrong" ] || wrong=$(disks_judge)
    if [ -z "$wrong" ] && [ "$1" = overlay ] &&
        [ "$before" != "$(sha256sum <root.qcow2)" ]; then
        wrong='the image below changed'
    fi
    if [ -n "$wrong" ]; then
        say failed "$name: $wrong"
    else
        say passed "$name"
        rm -f ./*.qcow2 raw
    fi
}

# ---- A host that fails ----------------------------------------------------------

disks_find='d=/dev/$(basename $(dirname $(grep -lx data /sys/block/*/serial)))'

# NAME IMAGE REASON: and the log has the reason.
disks_fail() {
    wrong=$(disks_run "$1" --disk "$folder/debian/disk.img,read-only" \
        --disk "$2,serial=data")
    [ -n "$wrong" ] || grep -q "$3" log || wrong='no line says why'
    if [ -n "$wrong" ]; then
        say failed "$1: $wrong"
    else
        say passed "$1: $(grep -m 1 "$3" log | sed 's/^ *//')"
    fi
}

disks_full() {
    name='a disk on a full host'
    disks_machine "$name" || return
    mkdir -p small && mount -t tmpfs -o size=24M none small 2>/dev/null || {
        say skipped "$name: no file system of 24 MiB can be mounted"
        return
    }
    truncate -s 64M small/data
    want '^written: 1' 'I/O error, dev vd' '^touched: 1' '^alive: 3' \
        'Remounting filesystem read-only' \
        'reboot: Power down'
    disks_type "$disks_find; mkfs.ext4 -q \$d && mount -o errors=remount-ro \$d /mnt && dmesg -n 4; dd if=/dev/zero of=/mnt/a bs=1M count=48 conv=fsync; echo written: \$?; sleep 6; touch /mnt/b; sync -f /mnt; touch /mnt/c; echo touched: \$?; echo alive: \$((1 + 2))"
    disks_fail "$name" small/data 'No space left on device'
    umount small
}

# It is read past its caches until it is shorter.
disks_shrunk() {
    name='a disk whose image becomes shorter'
    disks_machine "$name" || return
    truncate -s 64M data
    want '^read: 0' '^read: 1' 'I/O error, dev vd' '^alive: 3' \
        'reboot: Power down'
    disks_type "$disks_find; dmesg -n 4; while dd if=\$d of=/dev/null bs=1M iflag=direct status=none; do echo read: \$((0)); sleep 1; done; echo read: \$((1)); echo alive: \$((1 + 2))"
    : >ours
    {
        await_text ours 0 'read: 0' $$ && sleep 1 && truncate -s 1M data
    } &
    disks_fail "$name" data 'the file is shorter than it was'
}
