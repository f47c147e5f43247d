#!/bin/sh
# Names the QEMU to compare with, as peer.sh aarch64 (or arm, riscv32): its path,
# and the folder of its libraries or nothing, on two lines. Version 10 is taken
# from CAIRN_QEMU (CAIRN_QEMU_ARM, CAIRN_QEMU_RISCV32), from PATH, or from
# Debian's backports, which are fetched into build/out/peer with a package state
# of its own; else it is whatever is on PATH.
#
# peer.sh aarch64 newest: the newest that Debian has, which is that of sid. It needs
# a newer C library than this machine has, so all of its libraries are fetched; the
# path is that of a script, which starts it by the loader among them.
# SPDX-License-Identifier: Apache-2.0
name=qemu-system-${1:-aarch64}
case $name in
*aarch64) package=qemu-system-arm chosen=$CAIRN_QEMU ;;
*-arm) package=qemu-system-arm chosen=$CAIRN_QEMU_ARM ;;
*) package=qemu-system-riscv chosen=$CAIRN_QEMU_RISCV32 ;;
esac
folder=$(pwd)/build/out/peer/$name${2:+-$2}
installed=/var/lib/dpkg/status

is_recent() {
    [ "$(version "$1" "$2")" -ge 10 ] 2>/dev/null
}

version() {
    LD_LIBRARY_PATH=$2 "$1" --version 2>/dev/null |
        sed -n '1s/.*version \([0-9]*\).*/\1/p'
}

answer() {
    printf '%s\n%s\n' "$1" "$2"
    exit 0
}

own_apt() {
    apt=$1
    shift
    "$apt" -o Dir::State="$folder/apt" -o Dir::State::status="$installed" \
        -o Dir::Cache="$folder/apt/cache" \
        -o Dir::Etc::sourcelist="$folder/apt/sources.list" \
        -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root "$@"
}

# The mirror and the key that this machine has for its release.
sources() {
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    keys=/usr/share/keyrings/debian-archive-keyring.gpg
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
        while read -r mirror suite; do
            if [ "$suite" = "$release" ]; then
                echo "deb [signed-by=$keys] $mirror $release main"
                echo "deb [signed-by=$keys] $mirror $release-backports main"
                test "$1" != sid ||
                    echo "deb [signed-by=$keys] $mirror sid main"
                break
            fi
        done
}

# SUITE: the emulator, and the libraries that are not installed.
fetch() {
    suite=$1
    rm -rf "$folder" && mkdir -p "$folder/apt/lists/partial" \
        "$folder/apt/cache/archives/partial" || return 1
    sources "$suite" >"$folder/apt/sources.list"
    test -s "$folder/apt/sources.list" || return 1
    own_apt apt-get -qq -o Acquire::Retries=1 update || return 1
    packages=$(own_apt apt-get -s --no-install-recommends -t "$suite" install \
        "$package" 2>/dev/null |
        sed -n 's/^Inst \(lib[^ ]*\|'"$package"'\) .*/\1/p')
    # shellcheck disable=SC2086
    (cd "$folder" && own_apt apt-get -qq -t "$suite" download $packages) || return 1
    for package in "$folder"/*.deb; do
        dpkg-deb -x "$package" "$folder/root" || return 1
    done
}

newest() {
    program=$folder/run
    if ! is_recent "$program" ''; then
        mkdir -p "$folder"
        installed=$(mktemp)
        fetch sid >"$folder.log" 2>&1
        rm -f "$installed"
        loader=$(echo "$folder"/root/usr/lib/*-linux-gnu/ld-linux*)
        cat >"$program" <<END
#!/bin/sh
exec '$loader' --library-path '$(dirname "$loader")' \
    '$folder/root/usr/bin/$name' "\$@"
END
        chmod +x "$program"
    fi
    is_recent "$program" '' && answer "$program" ''
    echo "bench: $name of Debian's sid cannot be fetched" >&2
}

if [ -n "$chosen" ] && is_recent "$chosen" ''; then
    answer "$chosen" ''
fi
if [ "$2" = newest ]; then
    newest
fi
if is_recent "$name" ''; then
    answer "$name" ''
fi
program=$folder/root/usr/bin/$name
libraries=$(echo "$folder"/root/usr/lib/*-linux-gnu)
if ! is_recent "$program" "$libraries"; then
    suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)-backports
    mkdir -p "$(dirname "$folder")" && fetch "$suite" >"$folder.log" 2>&1
    libraries=$(echo "$folder"/root/usr/lib/*-linux-gnu)
fi
if is_recent "$program" "$libraries"; then
    answer "$program" "$libraries"
fi
if command -v "$name" >/dev/null; then
    echo "bench: $name 10 cannot be fetched; compared with an older one" >&2
    answer "$name" ''
fi
echo "bench: no $name" >&2
exit 1
