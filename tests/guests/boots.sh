# Firmware that starts by itself, from our disks and network: Debian's GRUB,
# systemd-boot and a unified kernel image from an EFI system partition,
# U-Boot's extlinux, boot entries, boot counters, Secure Boot and TFTP; each
# but the network beside QEMU. The disks are made here, without root.
# SPDX-License-Identifier: Apache-2.0

boots_needs='edk2 uboot cloud busybox shim grub sdboot'

boots_cases() {
    for transport in mmio pci; do
        for loader in grub sdboot uki; do
            echo "boots_start edk2 $loader $transport"
        done
        for loader in grub extlinux; do
            echo "boots_start uboot $loader $transport"
        done
    done
    echo 'boots_entry pci'
    echo 'boots_counted mmio'
    boots_secure_rows | while read -r vars loader verdict; do
        echo "boots_secure $vars $loader $verdict"
    done
    echo 'boots_network edk2 uki pci'
    echo 'boots_network uboot uki mmio'
    echo 'boots_network uboot pxelinux pci'
    echo 'boots_http mmio'
    echo 'boots_http pci'
    echo 'boots_http_found pci'
}

boots_short() {
    echo 'boots_start edk2 grub mmio'
}

# VARIABLES LOADER VERDICT: starts, or the firmware's or GRUB's words for no.
boots_secure_rows() {
    echo 'plain sdboot starts'
    echo 'ms sdboot Access Denied'
    echo 'ms grub starts'
    echo 'ms changed bad shim signature'
    echo 'snakeoil uki Access Denied'
    echo 'snakeoil signed starts'
    echo 'snakeoil spoilt Access Denied'
    echo 'snakeoil grub Access Denied'
}

# ---- Disks ------------------------------------------------------------------

boots_kernel_line='console=ttyAMA0 panic=-1 nokaslr'
# Which kernel and initial file system, if not those of tests/guests/init.
boots_linux='' boots_initrd=''
# The partition of a disk, for mtools; in sectors where it begins and how long
# it is.
boots_part=disk@@1M boots_begin=2048 boots_size=258048

# NAME TOOL...: says which tool is not here.
boots_lack() {
    name=$1
    shift
    for tool in sfdisk mformat "$@"; do
        command -v "$tool" >/dev/null && continue
        say skipped "$name: $tool is not here"
        return
    done
    return 1
}

# SOURCE DESTINATION, a path from the root of the file system.
boots_put() {
    mcopy -o -i $boots_part "$1" "::$2"
}

# A disk with an EFI system partition, of which the loader is not there yet.
boots_disk() {
    rm -f disk && truncate -s 128M disk &&
        printf 'label: gpt\nstart=%d, size=%d, type=uefi, name=ESP\n' \
            $boots_begin $boots_size | sfdisk -q disk &&
        mformat -i $boots_part -F -T $boots_size -v ESP :: &&
        mmd -i $boots_part ::EFI ::EFI/BOOT ::EFI/debian ::loader \
            ::loader/entries ::extlinux
    disk=disk
}

boots_kernel() {
    boots_put "${1:-${boots_linux:-$(guest_file cloud)}}" linux &&
        boots_put "${boots_initrd:-$folder/initrd}" initrd
}

# FOLDER NAME: shim as the file NAME, and GRUB, which looks in EFI/debian.
boots_grub() {
    cat >grub.cfg <<END
set timeout=0
menuentry linux {
    linux /linux $boots_kernel_line
    initrd /initrd
}
END
    boots_put "$(guest_file shim)" "$1/$2" &&
        boots_put "$(guest_file grub)" "$1/grubaa64.efi" &&
        boots_put grub.cfg EFI/debian/grub.cfg
}

boots_sdboot() {
    printf 'title Linux\nlinux /linux\ninitrd /initrd\noptions %s\n' \
        "$boots_kernel_line" >entry.conf
    boots_put "$(guest_file sdboot)" EFI/BOOT/BOOTAA64.EFI
}

# Kernel, initial file system and command line behind systemd's stub.
boots_make_uki() {
    printf '%s' "$boots_kernel_line" >cmdline
    printf 'ID=debian\nPRETTY_NAME="Debian"\n' >os-release
    stub=$(dirname "$(guest_file sdboot)")/linuxaa64.efi.stub
    add() {
        # Without the time of today, so that the same parts are the same image.
        aarch64-linux-gnu-objcopy -p --add-section "$1=$2" \
            --change-section-vma "$1=$3" from.efi to.efi && mv to.efi from.efi
    }
    cp "$stub" from.efi && add .osrel os-release 0x20000 &&
        add .cmdline cmdline 0x30000 &&
        add .linux "${boots_linux:-$(guest_file cloud)}" 0x2000000 &&
        add .initrd "${boots_initrd:-$folder/initrd}" 0x5000000 && mv from.efi uki.efi
}

# Signed by a key that the variables of the snake-oil variant have.
boots_sign() {
    keys=$(dirname "$(guest_file edk2)")/PkKek-1-snakeoil
    openssl rsa -in "$keys.key" -passin pass:snakeoil -out key 2>log.key &&
        sbsign --key key --cert "$keys.pem" --output signed.efi uki.efi \
            >log.sign 2>&1
}

# Changes one byte of the file in the middle of what is signed.
boots_spoil() {
    printf 'X' | dd of="$1" bs=1 seek=20000000 conv=notrunc 2>log.spoil
}

# LOADER: all that it needs, on a new disk.
boots_make() {
    boots_disk || return
    case $1 in
    grub) boots_kernel && boots_grub EFI/BOOT BOOTAA64.EFI ;;
    changed)
        cp "$(guest_file cloud)" changed && boots_spoil changed &&
            boots_kernel changed && boots_grub EFI/BOOT BOOTAA64.EFI
        ;;
    sdboot)
        boots_kernel && boots_sdboot &&
            boots_put entry.conf loader/entries/debian.conf
        ;;
    extlinux)
        printf 'DEFAULT linux\nTIMEOUT 1\nLABEL linux\n    LINUX /linux
    INITRD /initrd\n    APPEND %s\n' "$boots_kernel_line" >extlinux.conf
        boots_kernel && boots_put extlinux.conf extlinux/extlinux.conf
        ;;
    uki) boots_make_uki && boots_put uki.efi EFI/BOOT/BOOTAA64.EFI ;;
    signed | spoilt)
        boots_make_uki && boots_sign &&
            { [ "$1" = signed ] || boots_spoil signed.efi; } &&
            boots_put signed.efi EFI/BOOT/BOOTAA64.EFI
        ;;
    esac
}

# ---- Cases ------------------------------------------------------------------

# NAME: what is wanted must be on the control's console too. Times and
# addresses differ with the devices that there are, so no more is compared.
boots_judge() {
    if [ -n "$ENGINES" ]; then
        judge_engines "$1"
        return
    fi
    judge_ours "$1" >judged
    if grep -q '^passed' judged &&
        command -v qemu-system-aarch64 >/dev/null; then
        run_theirs
        missing=$(lacks theirs)
        [ -z "$missing" ] ||
            say failed "$1: the control lacks: $missing" >judged
    fi
    cat judged
}

boots_want_linux() {
    want_init 1
    want 'reboot: Power down'
    dialogue 'Power down'
}

# FIRMWARE LOADER TRANSPORT
boots_start() {
    name="$1 starts $2, $3"
    machine 3 1 1
    bios=$(guest_file "$1") transport=$3
    boots_lack "$name" aarch64-linux-gnu-objcopy && return
    boots_make "$2" >log.make 2>&1 || {
        say failed "$name: no disk: $(tail -n 1 log.make)"
        return
    }
    boots_want_linux
    case $1-$2 in
    *-grub) want 'Welcome to GRUB!' 'EFI stub: Booting Linux Kernel' ;;
    uboot-extlinux) want 'Found /extlinux/extlinux.conf' ;;
    *) want 'EFI stub: Booting Linux Kernel' ;;
    esac
    boots_judge "$name"
}

# An entry that EDK2's shell makes, in variables that are kept, for a loader
# that is at no place where firmware looks by itself.
boots_entry() {
    name="EDK2 starts the entry in its variables, $1"
    boots_lack "$name" && return
    machine 3 1 1
    { boots_disk && boots_kernel && boots_grub EFI/debian shimaa64.efi; } \
        >log.make 2>&1
    bios=$(guest_file edk2) flash=variables transport=$1
    dialogue 'seconds to skip' ' '
    dialogue 'Shell> ' \
        'bcfg boot add 0 FS0:\\EFI\\debian\\shimaa64.efi Debian\n'
    dialogue 'Shell> ' 'reset -s\n'
    want 'bcfg: Add Boot0[0-9]* as 0'
    boots_judge "$name: is made" >made
    grep -q '^passed' made || {
        cat made
        return
    }
    : >dialogue
    : >wanted
    want 'starting Boot0[0-9]* "Debian"' 'Welcome to GRUB!'
    boots_want_linux
    boots_judge "$name"
}

# systemd-boot counts the attempts of an entry that fails, by the names of
# files: which it tries, and what they are called afterwards.
boots_counted() {
    name="systemd-boot counts attempts, $1"
    boots_lack "$name" && return
    machine 3 1 1
    boots_make sdboot >log.make 2>&1 || {
        say failed "$name: no disk: $(tail -n 1 log.make)"
        return
    }
    printf 'title new\nversion 2\nefi /broken.efi\n' >new.conf
    echo 'not a program' >broken.efi
    boots_put broken.efi broken.efi && boots_put new.conf \
        loader/entries/img-2+2.conf && boots_put entry.conf \
        loader/entries/img-1.conf && mdel -i $boots_part ::loader/entries/debian.conf
    bios=$(guest_file edk2) transport=$1 wrong=''
    for names in 'img-2+1-1.conf Shell> ' 'img-2+0-2.conf Shell> ' \
        'img-2+0-2.conf Booting Linux Kernel'; do
        : >dialogue
        dialogue "${names#* }"
        run_ours || wrong="$wrong no '${names#* }';"
        mv disk.ours disk
        mdir -b -i $boots_part ::loader/entries >names
        grep -qF "/${names%% *}" names && grep -q '/img-1.conf' names ||
            wrong="$wrong not ${names%% *}: $(cat names);"
    done
    if [ -z "$wrong" ]; then
        say passed "$name"
    else
        say failed "$name:$wrong"
    fi
}

# VARIABLES LOADER VERDICT
boots_secure() {
    vars=$1 loader=$2
    shift 2
    name="Secure Boot, variables $vars, $loader: $*"
    boots_lack "$name" aarch64-linux-gnu-objcopy sbsign && return
    machine 3 1 1
    boots_make "$loader" >log.make 2>&1 || {
        say failed "$name: no disk: $(tail -n 1 log.make)"
        return
    }
    store=$(dirname "$(guest_file edk2)")/../AAVMF
    bios=$store/AAVMF_CODE.fd flash=variables transport=pci
    kept=AAVMF_VARS.$vars.fd
    [ "$vars" != plain ] || kept=AAVMF_VARS.fd
    cp --sparse=always "$store/$kept" variables.ours
    cp --sparse=always "$store/$kept" variables.theirs
    if [ "$*" = starts ]; then
        boots_want_linux
        [ "$vars" = plain ] || want 'secureboot: Secure boot enabled'
    else
        dialogue "$*"
        want "$*"
    fi
    boots_judge "$name"
}

# FIRMWARE LOADER TRANSPORT: by TFTP, from a folder of the host.
boots_network() {
    name="$1 starts $2 by TFTP, $3"
    lacks_network "$name" && return
    boots_lack "$name" aarch64-linux-gnu-objcopy && return
    machine 3 1 1
    bios=$(guest_file "$1")
    mkdir -p served/pxelinux.cfg
    case $2 in
    uki)
        boots_make_uki >log.make 2>&1 && mv uki.efi served/
        want 'EFI stub: Booting Linux Kernel'
        ;;
    pxelinux)
        cp "$(guest_file cloud)" served/linux && cp "$folder/initrd" served/
        printf 'DEFAULT linux\nLABEL linux\n    LINUX linux\n    INITRD initrd
    APPEND %s\n' "$boots_kernel_line" >served/pxelinux.cfg/default
        # Debian's U-Boot does not look there by itself.
        dialogue 'autoboot:' ' '
        dialogue '=> ' 'setenv autoload no; dhcp; pxe get && pxe boot\n'
        want 'Retrieving file: pxelinux.cfg/default'
        ;;
    esac
    boots_want_linux
    lan_judge "$name" --net "user,tftp=served,bootfile=$2.efi,bus=$3"
}

# URI: EFI_LOAD_OPTION (UEFI 2.10, 3.1.3) "h" with the device path of a URI alone
# (10.3.4.22), in hexadecimal; the firmware looks for a network by itself.
boots_http_entry() {
    entry=$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n')
    printf '01000000%02x00680000000318%02x00%s7fff0400' $((${#1} + 8)) \
        $((${#1} + 4)) "$entry"
}

# BUS: EDK2 makes the boot entry in its shell; then it starts by it, from a server
# on the host's loopback.
boots_http() {
    name="edk2 starts uki by HTTP, $1"
    lacks_network "$name" && return
    boots_lack "$name" aarch64-linux-gnu-objcopy python3 && return
    port=$((20000 + $$ % 20000))
    mkdir -p served && boots_make_uki >log.make 2>&1 && mv uki.efi served/
    machine 3 1 1
    bios=$(guest_file edk2) flash=variables
    global='-guid 8be4df61-93ca-11d2-aa0d-00e098032b8c -bs -rt -nv'
    into_shell
    dialogue 'Shell> ' "setvar Boot1234 $global =H$(
        boots_http_entry "http://10.0.2.2:$port/uki.efi"
    )\\n"
    dialogue 'Shell> ' "setvar BootNext $global =H3412\\n"
    dialogue 'Shell> ' 'reset -s\n'
    lan_judge "$name" >judged
    if ! grep -q '^passed' judged; then
        cat judged
        return
    fi
    machine 3 1 1
    bios=$(guest_file edk2) flash=variables
    want '>>Start HTTP Boot over IPv4' "URI: http://10.0.2.2:$port/uki.efi" \
        'EFI stub: Booting Linux Kernel'
    boots_want_linux
    boots_http_serve "$name" "user,bus=$1"
}

# NAME NETWORK, with a server of the folder `served` at $port.
boots_http_serve() {
    (cd served && exec python3 -m http.server --bind 127.0.0.1 $port) >log.http 2>&1 &
    server=$!
    lan_judge "$1" --net "$2"
    kill $server
}

# BUS: the same by itself, as DHCP names the file. It tries PXE first, and over
# IPv6 polls for a minute.
boots_http_found() {
    name="edk2 finds uki by HTTP, $1"
    lacks_network "$name" && return
    boots_lack "$name" aarch64-linux-gnu-objcopy python3 && return
    port=$((20000 + $$ % 20000))
    mkdir -p served && boots_make_uki >log.make 2>&1 && mv uki.efi served/
    machine 3 1 1
    bios=$(guest_file edk2) most=150G
    want '>>Start PXE over IPv4' '>>Start HTTP Boot over IPv4' \
        "URI: http://10.0.2.2:$port/uki.efi" 'EFI stub: Booting Linux Kernel'
    boots_want_linux
    boots_http_serve "$name" \
        "user,bus=$1,bootfile=http://10.0.2.2:$port/uki.efi"
}
