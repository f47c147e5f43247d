# Xen at EL2 with Linux as dom0, started directly and by firmware.
# SPDX-License-Identifier: Apache-2.0

xen_needs='xen cloud busybox uboot edk2'

xen_cases() {
    for gic in 2 3; do
        for cpus in 1 2 4; do
            echo "xen_dom0 $gic $cpus direct"
        done
        echo "xen_dom0 $gic 2 uboot"
        echo "xen_dom0 $gic 2 edk2"
    done
    echo 'xen_disk 3 mmio'
    echo 'xen_disk 3 pci'
}

xen_short() {
    :
}

# GIC CPUS direct|uboot|edk2
xen_dom0() {
    machine "$1" "$2" 2 cortex-a35 1024
    kernel=$(guest_file xen)
    append='dom0_mem=256M console=dtuart loglvl=all guest_loglvl=all'
    dom0=$(guest_file cloud) dom0_initrd=$folder/initrd
    dom0_append='console=hvc0 panic=-1 nokaslr'
    case $3 in
    uboot)
        bios=$(guest_file uboot)
        dialogue 'autoboot:' ' '
        dialogue '=> ' 'qfw load $kernel_addr_r $ramdisk_addr_r\n'
        dialogue '=> ' 'booti $kernel_addr_r - $fdtcontroladdr\n'
        dialogue 'halting machine'
        ;;
    edk2)
        bios=$(guest_file edk2) acpi=off
        ;;
    esac
    want_init "$2"
    want 'Xen version 4.17' "Brought up $2 CPUs" 'reboot: Power down' \
        'Hardware Dom0 halted'
    judge "Xen starts Linux, $3, $shape" lines
}

# GIC TRANSPORT: all of Debian as dom0, which writes to its disk.
xen_disk() {
    machine "$1" 2 2 cortex-a35 1536
    name="Xen's dom0 on a disk, $2, $shape"
    debian_files cloud "$name" || return
    dom0=$kernel dom0_initrd=$initrd
    dom0_append="console=hvc0 ${append#console=ttyAMA0} panic=-1"
    dom0_append="$dom0_append systemd.default_device_timeout_sec=900"
    kernel=$(guest_file xen) initrd=''
    append='dom0_mem=768M console=dtuart loglvl=all guest_loglvl=all'
    disk=$folder/debian/disk.img transport=$2 limit=${LIMIT:-1800}
    written=$(seq 1 300000 | sha256sum)
    dialogue 'debian login: ' 'root\n'
    debian_command 'echo "hypervisor: $(cat /sys/hypervisor/type)"; findmnt -no SOURCE,FSTYPE /'
    debian_command 'seq 1 300000 >/root/written; sync; echo 3 >/proc/sys/vm/drop_caches; sha256sum </root/written'
    debian_command 'echo "state: $(systemctl is-system-running --wait)"; poweroff'
    want 'Xen version 4.17' 'hypervisor: xen' '^/dev/vda2 ext4' "^$written" \
        'reboot: Power down' 'Hardware Dom0 halted'
    judge "$name" none >outcome
    if grep -q '^passed' outcome && [ "$(debugfs -R 'cat /root/written' \
        "disk.ours?offset=$((129 << 20))" 2>log.debugfs | sha256sum)" != "$written" ]; then
        say failed "$name: what it wrote is not on the disk" >outcome
    fi
    cat outcome
}
