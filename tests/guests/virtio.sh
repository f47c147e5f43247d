# Debian with a virtio device of each kind that systems have drivers for, beside
# the same on QEMU: what Linux complains of, what it finds on PCI, and whether
# each queue has interrupts of its own. QEMU has no sockets and no virtiofs
# without a kernel module and a daemon, so these are ours alone.
# SPDX-License-Identifier: Apache-2.0

virtio_needs='edk2'

virtio_cases() {
    echo 'virtio_devices mmio direct 3'
    echo 'virtio_devices mmio edk2 2'
    echo 'virtio_devices pci direct 2'
    echo 'virtio_devices pci nomsi 3'
    echo 'virtio_devices pci edk2 3'
}

virtio_short() {
    :
}

# TRANSPORT: the devices of both machines, on PCI in the same slots.
virtio_options() {
    options="--net user,bus=$1 --rng seeded,bus=$1 --vsock cid=3,path=vsock,bus=$1"
    options="$options --share given,type=9p,tag=given,bus=$1"
    options="$options --share given,type=fs,tag=fs,bus=$1 --plug balloon,bus=$1"
    options="$options --plug keyboard,bus=$1 --plug tablet,bus=$1"
    their_options='-fsdev local,id=given,path=given,security_model=none,readonly=on
        -netdev user,id=n -chardev file,id=hvc0,path=hvc0.theirs'
    case $1 in
    mmio)
        options="$options --serial hvc0=file:hvc0.ours"
        their_options="$their_options -device virtio-9p-device,fsdev=given,mount_tag=given
            -device virtio-net-device,netdev=n -device virtio-rng-device
            -device virtio-balloon-device,free-page-reporting=on
            -device virtio-keyboard-device -device virtio-tablet-device
            -device virtio-serial-device -device virtconsole,chardev=hvc0"
        ;;
    pci)
        cat >overlay.dtso <<'END'
/dts-v1/;
/plugin/;
&pcie {
    hvc0: console@1f,0 {
        compatible = "cairn,virtio-pci-console";
        reg = <0xf800 0 0 0 0>;
    };
};
END
        modern=disable-legacy=on
        options="$options --with overlay.dtso"
        their_options="$their_options
            -device virtio-9p-pci,$modern,fsdev=given,mount_tag=given,addr=2
            -device virtio-net-pci,$modern,netdev=n,romfile=,addr=4
            -device virtio-rng-pci,$modern,addr=5
            -device virtio-balloon-pci,$modern,free-page-reporting=on,addr=7
            -device virtio-keyboard-pci,$modern,addr=8 -device virtio-tablet-pci,$modern,addr=9
            -device virtio-serial-pci,$modern,addr=1f -device virtconsole,chardev=hvc0"
        ;;
    esac
}

# What runs in the guest, from the shared folder: uses the devices, then tells.
virtio_look() {
    mkdir -p given && cat >given/look <<'END'
for cpu in $(seq 0 $(($(nproc) - 1))); do
    taskset -c $cpu dd if=/dev/vda of=/dev/null bs=4k count=64 iflag=direct 2>/dev/null
done
until ip -4 addr | grep -q 10.0.2.15; do
    sleep 0.1
done
dd if=/dev/hwrng of=/dev/null bs=64 count=1 2>/dev/null
echo hello >/dev/hvc0
for device in /sys/bus/virtio/drivers/virtiofs/virtio*; do
    [ -e "$device" ] && mount -t virtiofs fs /media && cat /media/look >/dev/null
done
echo '== drivers'
for device in /sys/bus/virtio/devices/*; do
    echo "driver: $(cat $device/device) $(basename $(readlink $device/driver))"
done | sort
echo '== vectors'
for device in /sys/bus/virtio/devices/*; do
    awk -v name="${device##*/}" -v kind="$(cat "$device/device")" '
        NR == 1 { cpus = NF }
        { gsub(",", "") }
        $0 ~ " " name "(-|$| )" {
            sum = queue = ""
            for (i = 2; i <= cpus + 1; i++) sum += $i
            if ($NF ~ "-") queue = substr($NF, index($NF, "-"))
            print "vector: " kind queue (sum > 0 ? " used" : " unused")
        }' /proc/interrupts
done
echo '== functions'
for device in /sys/bus/pci/devices/*; do
    case $(cat $device/device) in
    0x105a | 0x1053) ;; # virtiofs and sockets
    *) lspci -vv -s ${device##*/} ;;
    esac
done
echo '== complaints'
dmesg -t -l emerg,alert,crit,err,warn
dmesg -t | grep -i -e fail -e error -e unable
echo '== end'
END
}

# FILE SECTION
virtio_section() {
    sed -f "$here/normalise.sed" "$1" | sed -n "/^== $2\$/,/^== /{/^== /!p;}"
}

# What of the complaints only we print, and of the functions only we or QEMU,
# less what is known. Where capabilities, structures and windows are, and how
# many vectors there are, is up to the device.
virtio_news() {
    for side in ours theirs; do
        virtio_section $side complaints | sort -u >complaints.$side
        virtio_section $side functions | sed '
            s/\(Capabilities: \)\[[0-9a-f]*\]/\1/; s/\(BAR=[0-9] offset=\).*/\1/
            s/ Count=[0-9]*//; s/routed to IRQ [0-9]*$/routed/
            s/\(Region [0-9]: Memory at \)[0-9a-f]*/\1/' |
            awk '/^[0-9a-f]/ { place = $1 } { print place, $0 }' |
            sort -u >functions.$side
    done
    grep -v -e '^#' -e '^$' "$here/differences" >known
    {
        comm -23 complaints.ours complaints.theirs | sed 's/^/< /'
        comm -23 functions.ours functions.theirs | sed 's/^/< /'
        comm -13 functions.ours functions.theirs | sed 's/^/> /'
    } | grep -v -E -f known
}

# TRANSPORT direct|nomsi|edk2 GIC: nomsi is direct, with interrupt pins of PCI.
virtio_devices() {
    machine "$3" 2 1 cortex-a35 1024
    name="Virtio devices, $2, $1, $shape"
    debian_files generic "$name" || return
    lacks_network "$name" && return
    append="$append systemd.show_status=0 systemd.default_device_timeout_sec=900"
    append="$append systemd.default_timeout_start_sec=900" limit=${LIMIT:-1800}
    case $2 in
    nomsi) append="$append pci=nomsi" ;;
    edk2) bios=$(guest_file edk2) ;;
    esac
    disk=$folder/debian/disk.img transport=$1
    virtio_options "$1"
    virtio_look
    recent_control
    dialogue 'debian login: ' 'root\n'
    debian_command 'mount -t 9p -o trans=virtio,version=9p2000.L,ro given /mnt && sh /mnt/look'
    debian_command 'poweroff'
    want 'driver: 0x0001 virtio_net' 'driver: 0x0002 virtio_blk' \
        'driver: 0x0003 virtio_console' 'driver: 0x0004 virtio_rng' \
        'driver: 0x0005 virtio_balloon' 'driver: 0x0012 virtio_input' \
        'driver: 0x0009 9pnet_virtio' \
        'reboot: Power down'
    case $1-$2 in
    mmio-* | pci-nomsi) want 'vector: 0x0001 used' 'vector: 0x0002 used' \
        'vector: 0x0003 used' 'vector: 0x0004 used' 'vector: 0x0009 used' ;;
    pci-*) want 'vector: 0x0001-input.0 used' 'vector: 0x0001-output.0 used' \
        'vector: 0x0002-req.0 used' 'vector: 0x0002-req.1 used' \
        'vector: 0x0004-input used' 'vector: 0x0009-requests used' \
        'MSI-X: Enable+' ;;
    esac
    cp wanted wanted.theirs
    want 'driver: 0x0013 vmw_vsock_virtio_transport' 'driver: 0x001a virtiofs'
    [ "$1" = mmio ] || [ "$2" = nomsi ] || want 'vector: 0x001a-requests.0 used'
    judge_ours "$name" >outcome
    mv wanted.theirs wanted
    if grep -q '^passed' outcome; then
        virtio_compare "$name" >outcome
    fi
    cat outcome
}

virtio_compare() {
    command -v "$qemu" >/dev/null || {
        say passed "$1 (no control: $qemu is not here)"
        return
    }
    run_theirs
    missing=$(lacks theirs)
    if [ -n "$missing" ]; then
        say failed "$1: the control lacks: $missing"
        tail -n 5 theirs theirs.errors | cut -c 1-160
        return
    fi
    virtio_news >new
    if [ -s new ]; then
        say failed "$1: $(wc -l <new) new differences"
        head -n 40 new | cut -c 1-200
        return
    fi
    say passed "$1"
}
