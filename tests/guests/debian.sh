# A whole system of Debian on a disk: systemd, a login, and a clean end; the file
# system is sound afterwards. `make guest-debian` makes the disk.
# SPDX-License-Identifier: Apache-2.0

debian_needs='edk2'

# KERNEL TRANSPORT GIC CPUS
debian_cases() {
    for transport in mmio pci; do
        for cpus in ${CPUS:-1 2 4}; do
            echo "debian_boot cloud $transport 3 $cpus"
        done
    done
    echo 'debian_boot cloud mmio 2 2'
    echo 'debian_boot cloud pci 2 1'
    echo 'debian_boot generic mmio 3 2'
    echo 'debian_boot generic pci 3 1'
    echo 'debian_firmware mmio'
    echo 'debian_firmware pci'
    echo 'debian_console'
}

debian_short() {
    echo 'debian_boot cloud mmio 3 2'
}

# Types a command at the prompt of the system's shell.
debian_command() {
    dialogue 'root@debian:~# ' "$1\\n"
}

# KERNEL, NAME OF THE CASE: false if there is no disk.
debian_files() {
    start=$folder/debian
    [ "$1" = cloud ] || start=$start/$1
    if [ ! -e "$folder/debian/disk.img" ]; then
        say skipped "$2: there is no disk; make guest-debian makes it"
        return 1
    fi
    kernel=$start/kernel initrd=$start/initrd append=$(cat "$start/cmdline")
}

debian_boot() {
    machine "$3" "$4" 1 cortex-a35 1024
    debian_files "$1" "Debian, $1, $2, $shape" || return
    # Without systemd's lines on the console, which depend on time, and with
    # patience for a control on a busy host.
    append="$append systemd.show_status=0 systemd.default_device_timeout_sec=900"
    append="$append systemd.default_timeout_start_sec=900" limit=${LIMIT:-1800}
    disk=$folder/debian/disk.img transport=$2
    dialogue 'debian login: ' 'root\n'
    debian_command 'echo "state: $(systemctl is-system-running --wait)"; systemctl --failed --no-pager'
    debian_command 'echo "processors: $(nproc)"; lsblk -o NAME,SIZE,RO,TYPE,FSTYPE,LABEL,MOUNTPOINTS'
    debian_command 'dmesg -t'
    debian_command 'poweroff'
    want 'state: running' 'reboot: Power down' "processors: $4" \
        'vda2 .* ext4 *debian */'
    judge "Debian, $1, $2, $shape" lines
}

# TRANSPORT: the disk alone, from EDK2 by GRUB, whose settings are the disk's.
debian_firmware() {
    machine 3 2 1 cortex-a35 1024
    name="Debian, EDK2 and GRUB, $1, $shape"
    debian_files cloud "$name" || return
    kernel='' initrd='' append='' bios=$(guest_file edk2) limit=${LIMIT:-1800}
    disk=$folder/debian/disk.img transport=$1
    dialogue 'debian login: ' 'root\n'
    debian_command 'echo "state: $(systemctl is-system-running --wait)"; systemctl --failed --no-pager'
    debian_command 'findmnt -no SOURCE /; mount /boot/efi; ls /boot/efi/EFI /sys/firmware'
    debian_command 'poweroff'
    want 'Welcome to GRUB!' 'EFI stub: Booting Linux Kernel' \
        'Kernel command line: .* root=UUID=.* console=ttyAMA0' \
        'state: running' '/dev/vda2' 'acpi' 'reboot: Power down'
    judge "$name" none
}

# ACPI's table says which console there is (SPCR), if the command line does not.
debian_console() {
    machine 3 1 1 cortex-a35 1024
    name="Debian, the console of ACPI, $shape"
    debian_files cloud "$name" || return
    append="${append#console=ttyAMA0 } systemd.default_device_timeout_sec=900"
    bios=$(guest_file edk2) limit=${LIMIT:-1800} disk=$folder/debian/disk.img
    dialogue 'debian login: ' 'root\n'
    debian_command 'poweroff'
    want 'ACPI: SPCR: console: pl011,mmio' 'printk: console \[ttyAMA0\] enabled' \
        'Kernel command line: root=' 'reboot: Power down'
    judge "$name" none
}
