# Virtio devices without an outside, as Linux' own drivers see them. Ours alone:
# keys are pressed by virtual time.
# SPDX-License-Identifier: Apache-2.0

devices_needs='cloud busybox'

devices_cases() {
    for bus in mmio pci; do
        echo "devices_inputs $bus"
        echo "devices_balloon $bus"
    done
}

devices_short() {
    echo 'devices_inputs mmio'
}

# DEVICE
devices_machine() {
    machine 3 1 1
    guest_package cloud
    inode=0
    {
        for entry in bin dev modules proc sys tmp; do
            member $entry 40755
        done
        member dev/console 20600 '' 5 1
        member bin/busybox 100755 "$(guest_file busybox)"
        member init 100755 "$here/init-devices"
        find "$folder/$root/lib/modules" -path '*/virtio/virtio*.ko' \
            -o -name evdev.ko |
            while read -r module; do
                member "modules/${module##*/}" 100644 "$module"
            done
        member 'TRAILER!!!' 0
    } >initrd
    kernel=$(guest_file cloud) initrd=initrd
    append="console=ttyAMA0 panic=-1 device=$1"
}

# NAME OPTION...
devices_judge() {
    name=$1
    shift
    : >log
    run_ours "$@"
    status=$?
    missing=$(lacks ours)
    if [ $status -ne 0 ] || [ -n "$missing" ]; then
        say failed "$name: status $status, lacks: $missing"
        tail -n 12 report log | cut -c 1-160
    else
        say passed "$name"
    fi
}

# BUS
devices_inputs() {
    devices_machine inputs
    want '^input: Cairn keyboard, keys .*, axes 0' \
        '^input: Cairn tablet, keys 70000 0 0 0 0, axes 3' \
        '^event: Cairn keyboard 1 28 1' '^event: Cairn keyboard 1 28 0' \
        '^event: Cairn tablet 3 0 16384' '^event: Cairn tablet 3 1 32767' \
        '^event: Cairn tablet 1 272 1' '^event: Cairn tablet 1 272 0' \
        '^event: Cairn tablet 0 0 0' '^complaints: 0' 'Power down'
    devices_judge "keys and positions, $1" --plug "keyboard,bus=$1" \
        --plug "tablet,bus=$1" --press keyboard0.enter@12s \
        --press tablet0.x=16384@13s --press tablet0.y=99999@14s \
        --press tablet0.left@15s
}

# Kilobytes of the running program that the host's memory holds, when the guest
# has said a word; 0 when it never does.
resident() {
    for _ in $(seq 1 $((limit * 100))); do
        if grep -q "^look: $1" ours 2>/dev/null; then
            sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$2/status"
            return
        fi
        kill -0 "$2" 2>/dev/null || break
        sleep 0.01
    done
    echo 0
}

# BUS
devices_balloon() {
    devices_machine balloon
    name="free memory goes back to the host, $1"
    "$cairn" run virt --gic 3 --kernel "$kernel" --initrd initrd \
        --append "$append" --output ours --plug "balloon,bus=$1,size=64M@60s" \
        >report 2>&1 </dev/null &
    process=$!
    filled=$(resident filled $process)
    removed=$(resident removed $process)
    wait $process
    status=$?
    want '^first free' '^last free' '^memory: good' '^complaints: 0'
    missing=$(lacks ours)
    if [ $status -ne 0 ] || [ -n "$missing" ] ||
        [ "$removed" -eq 0 ] || [ $((filled - removed)) -lt 200000 ]; then
        say failed "$name: status $status, resident $filled, then $removed" \
            "KiB, lacks: $missing"
        tail -n 12 report | cut -c 1-160
    else
        say passed "$name: resident $filled, then $removed KiB"
    fi
}
