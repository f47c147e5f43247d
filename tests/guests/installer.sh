# Debian's installer, from its network image: it configures the network by DHCP,
# fetches its parts from a server on the host's loopback, and finds the disk,
# whose driver is among them. Its own log is the witness.
#
# Not every mirror has the installer's packages, so the server has an archive
# that is made here: Debian's driver of the disk, from the package of the installer's
# kernel, and a step of the menu that does what disk-detect does, then tells.
# SPDX-License-Identifier: Apache-2.0

installer_needs='installer driver edk2'

installer_cases() {
    echo 'installer_disk pci direct'
    echo 'installer_disk mmio edk2'
}

installer_short() {
    :
}

# NAME PRIORITY SECTION [FIELD]: the package of the folder NAME, and what the
# archive says of it.
installer_package() {
    mkdir -p "$1/DEBIAN" packages/debian/pool && {
        printf '%s\n' "Package: $1" 'Version: 1' 'Architecture: all' \
            "Priority: $2" 'Section: debian-installer' \
            'Maintainer: nobody <nobody@example.org>' 'Description: a test'
        [ -z "$3" ] || echo "$3"
    } >"$1/DEBIAN/control" &&
        dpkg-deb --root-owner-group -Zxz --build "$1" \
            "packages/debian/pool/$1.udeb" >>log.package 2>&1 && {
        cat "$1/DEBIAN/control"
        echo "Filename: pool/$1.udeb"
        echo "Size: $(wc -c <"packages/debian/pool/$1.udeb")"
        echo "SHA256: $(sha256sum "packages/debian/pool/$1.udeb" | cut -d ' ' -f 1)"
        echo
    }
}

# The step that comes when the parts are here. What it writes to the disk is
# looked for by the host.
installer_step() {
    mkdir -p disk-report/DEBIAN
    printf '%s\n' 'Template: debian-installer/disk-report/title' 'Type: text' \
        'Description: Look for disks' >disk-report/DEBIAN/templates
    cat >disk-report/DEBIAN/postinst <<'END'
#!/bin/sh
. /usr/share/debconf/confmodule
# It may be some seconds until udev looks at modules that have come.
for try in 1 2 3 4 5 6; do
    hw-detect ethdetect/detect_progress_title
    [ -z "$(list-devices disk)" ] || break
    sleep 1
done
{
    sed 's/^[A-Z][a-z]* [0-9 ]* [0-9:]* /syslog: /' /var/log/syslog
    list-devices disk | sed 's/^/disk: /'
    ip -4 -o addr show scope global | sed 's/^/address: /'
    ip route | sed 's/^/route: /'
    grep -w virtio_blk /proc/modules
    echo 'written by the installer' | dd of=/dev/vda seek=2048 conv=sync,fsync
    echo "size: $(cat /sys/block/vda/size)"
} >/dev/console 2>&1
echo o >/proc/sysrq-trigger
sleep 60
END
    chmod 755 disk-report/DEBIAN/postinst
}

# The archive, in the folder `packages`, and the answers to questions.
installer_archive() {
    release=$(basename "$folder"/driver/lib/modules/*)
    driver=lib/modules/$release/kernel/drivers/block
    modules=scsi-modules-$release-di
    suite=packages/debian/dists/bookworm
    list=main/debian-installer/binary-arm64/Packages
    installer_step
    mkdir -p "$modules/DEBIAN" "$modules/$driver" "$suite/main/binary-arm64" \
        "$suite/${list%/*}" &&
        cp "$folder/driver/$driver/virtio_blk.ko" "$modules/$driver" &&
        printf '#!/bin/sh\ndepmod -a || true\n' >"$modules/DEBIAN/postinst" &&
        chmod 755 "$modules/DEBIAN/postinst" &&
        {
            installer_package "$modules" standard "Kernel-Version: $release" &&
                installer_package disk-report standard 'Installer-Menu-Item: 4000'
        } >"$suite/$list" &&
        printf '%s\n' 'Suite: stable' 'Codename: bookworm' \
            'Architectures: arm64' 'Components: main' 'SHA256:' \
            " $(sha256sum "$suite/$list" | cut -d ' ' -f 1) $(wc -c <"$suite/$list") $list" \
            >"$suite/Release" &&
        echo 'Architecture: arm64' >"$suite/main/binary-arm64/Release" &&
        printf 'd-i %s\n' 'mirror/http/directory string /debian' \
            'mirror/http/proxy string' 'mirror/suite string bookworm' \
            'debian-installer/allow_unauthenticated boolean true' >packages/preseed.cfg
}

# TRANSPORT direct|edk2
installer_disk() {
    machine 3 2 1 cortex-a35 1024
    name="Debian's installer, $2, $1, $shape"
    lacks_network "$name" && return
    installer_archive 2>log.archive || {
        say failed "$name: no archive: $(tail -n 1 log.archive log.package)"
        return
    }
    port=$((20000 + $$ % 20000))
    network_server $port 2>log.server &
    server=$!
    kernel=$(guest_file installer) initrd=$(dirname "$kernel")/initrd.gz
    append="console=ttyAMA0 DEBIAN_FRONTEND=text auto=true priority=critical"
    append="$append locale=en_US.UTF-8 keymap=us hostname=installed domain="
    append="$append mirror/country=manual mirror/http/hostname=10.0.2.2:$port"
    append="$append url=http://10.0.2.2:$port/preseed.cfg"
    [ "$2" = direct ] || bios=$(guest_file edk2)
    limit=${LIMIT:-1800} disk=empty transport=$1 options="--net user,bus=$1"
    rm -f empty && truncate -s 4G empty
    their_options='-netdev user,id=n -device virtio-net'
    case $1 in
    mmio) their_options="$their_options-device,netdev=n" ;;
    pci) their_options="$their_options-pci,netdev=n,romfile=" ;;
    esac
    recent_control
    want 'syslog: main-menu.*: INFO: Menu item .netcfg. selected' \
        "syslog: anna.*: DEBUG: retrieving scsi-modules" \
        'address: .* 10.0.2.15/24' 'route: default via 10.0.2.2' \
        '^disk: /dev/vda' '^size: 8388608' 'reboot: Power down'
    boots_judge "$name" >outcome
    kill $server
    if grep -q '^passed' outcome && ! dd if=disk.ours bs=512 skip=2048 count=1 \
        2>log.dd | grep -q '^written by the installer'; then
        say failed "$name: what it wrote is not on the disk" >outcome
    fi
    cat outcome
}
