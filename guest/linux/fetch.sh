# Debian packages for arm64, by a package state of our own: the machine's is
# neither read nor changed. Sourced by guests.sh, in the folder of the guests.
# SPDX-License-Identifier: Apache-2.0

# What there is to boot: the package, its folder, and a file of it that we use.
guest_package() {
    case $1 in
    cloud) set -- 'linux-image-cloud-arm64' root 'boot/vmlinuz-*-cloud-arm64' ;;
    generic) set -- 'linux-image-arm64' generic 'boot/vmlinuz-*-arm64' ;;
    busybox) set -- busybox-static root bin/busybox ;;
    uboot) set -- u-boot-qemu root usr/lib/u-boot/qemu_arm64/u-boot.bin ;;
    edk2) set -- qemu-efi-aarch64 root usr/share/qemu-efi-aarch64/QEMU_EFI.fd ;;
    shim) set -- shim-signed root usr/lib/shim/shimaa64.efi.signed ;;
    grub) set -- grub-efi-arm64-signed root \
        usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed ;;
    sdboot) set -- systemd-boot-efi root \
        usr/lib/systemd/boot/efi/systemd-bootaa64.efi ;;
    installer) set -- debian-installer-12-netboot-arm64 installer \
        usr/lib/debian-installer/images/12/arm64/text/debian-installer/arm64/linux ;;
    driver) set -- "linux-image-$(installer_release)" driver \
        'lib/modules/*/kernel/drivers/block/virtio_blk.ko' ;;
    tpm2) set -- tpm2-tools tpm2 usr/bin/tpm2 ;;
    xen) set -- xen-hypervisor-4.17-arm64 root 'boot/xen-*-arm64' ;;
    git) set -- git git t ;; # its source, which has its tests
    esac
    package=$1 root=$2 file=$3
}

# Which kernel Debian's installer has, to which its drivers belong.
installer_release() {
    grep -a -o -m 1 'Linux version [^ ]*' "$(guest_file installer)" |
        sed 's/.* //'
}

# The file of a guest, nothing if it is not here.
guest_file() {
    guest_package "$1"
    for path in "$folder/$root"/$file; do
        [ -e "$path" ] && echo "$path" && return
    done
    return 1
}

apt_guest() {
    apt=$1
    shift
    "$apt" -o APT::Architecture="${architecture:-arm64}" \
        -o APT::Architectures::="${architecture:-arm64}" \
        -o Dir::State="$folder/apt" -o Dir::State::status="$folder/apt/status" \
        -o Dir::Cache="$folder/apt/cache" \
        -o APT::Sandbox::User=root "$@"
}

fetch_update() {
    command -v apt-get >/dev/null || {
        echo 'apt-get is not here' >apt.log
        return 1
    }
    mkdir -p apt/lists/partial apt/cache/archives/partial && : >apt/status
    apt_guest apt-get -qq -o Acquire::Retries=1 update >apt.log 2>&1
}

# A kernel's package only depends on the one that has the kernel; tools are
# fetched with all that they depend on.
fetch_package() {
    debs=debs
    case $package in
    linux-image-arm64 | linux-image-cloud-arm64)
        package=$(apt_guest apt-cache depends "$package" |
            sed -n 's/.*Depends: \(linux-image-.*\)/\1/p')
        ;;
    linux-image-*) debs=debs/driver ;;
    tpm2-tools)
        debs=debs/tpm2
        package=$(apt_guest apt-get -qq install -y --no-install-recommends \
            --print-uris "$package" | sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p")
        ;;
    esac
    # shellcheck disable=SC2086
    (mkdir -p $debs && cd $debs &&
        apt_guest apt-get -qq download $package) >>apt.log 2>&1
}

# The tests of a package's source, of the release that the other packages are of.
# shellcheck disable=SC2016
fetch_tests() {
    mkdir -p source/lists/partial source/cache/archives/partial "$root" &&
        apt-get indextargets --format \
            'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)' \
            'Created-By: Packages' 'Label: Debian' | sort -u >source/sources.list || return
    set -- -qq -o "Dir::State=$folder/source" -o "Dir::State::status=$folder/source/status" \
        -o "Dir::Cache=$folder/source/cache" -o Dir::Etc::sourceparts=- \
        -o "Dir::Etc::sourcelist=$folder/source/sources.list" \
        -o APT::Sandbox::User=root -o Acquire::Retries=1
    {
        : >source/status && apt-get "$@" update && cd source &&
            apt-get "$@" --download-only source "$package" &&
            tar -xf "$package"_*.orig.tar.* -C "../$root" --strip-components 1 &&
            cd ..
    } >>apt.log 2>&1
}

# The archive of a guest among those that are here, by the file it has.
unpack() {
    for archive in "${CAIRN_DEBS:-$folder/debs}"/*.deb; do
        case ${archive##*/} in
        linux-image-*-cloud-arm64_*) held=cloud ;;
        linux-image-*) held=generic ;;
        busybox*) held=busybox ;;
        u-boot-qemu*) held=uboot ;;
        qemu-efi*) held=edk2 ;;
        xen-*) held=xen ;;
        debian-installer-*) held=installer ;;
        shim-signed_*) held=shim ;;
        grub-efi-arm64-signed_*) held=grub ;;
        systemd-boot-efi_*) held=sdboot ;;
        *) held= ;;
        esac
        [ "$held" != "$1" ] || dpkg-deb -x "$archive" "$root" || return 1
    done
    for archive in "${CAIRN_DEBS:-$folder/debs}/$1"/*.deb; do
        [ ! -e "$archive" ] || dpkg-deb -x "$archive" "$root" || return 1
    done
}

# Makes the named guests be here; why not, in $reason.
fetch_guests() {
    updated=
    for guest in "$@"; do
        guest_file "$guest" >/dev/null && continue
        command -v dpkg-deb >/dev/null || {
            reason='dpkg-deb is not here'
            return 1
        }
        if [ -z "$CAIRN_DEBS" ]; then
            [ -n "$updated" ] || fetch_update || {
                reason="packages cannot be fetched: $(tail -n 1 apt.log)"
                return 1
            }
            updated=yes
            guest_package "$guest"
            case $guest in git) fetch_tests ;; *) fetch_package ;; esac || {
                reason="$package cannot be fetched: $(tail -n 1 apt.log)"
                return 1
            }
            guest_package "$guest"
        fi
        [ "$guest" = git ] || unpack "$guest"
        guest_file "$guest" >/dev/null || {
            reason="no package of '$guest' can be unpacked"
            return 1
        }
    done
}
