# Initial file systems of BusyBox, a script that it runs, and modules of a kernel,
# as newc archives on standard output. Sourced.
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

# BUSYBOX INIT: what each of them begins with.
first_members() {
    inode=0
    for name in bin dev proc sys tmp; do
        member $name 40755
    done
    member dev/console 20600 '' 5 1
    member dev/null 20666 '' 1 3
    member dev/ttyAMA0 20600 '' 204 64
    member bin/busybox 100755 "$1"
    member init 100755 "$2"
}

# BUSYBOX INIT [MODULE...]: modules are in /modules, in the order of their names.
initrd() {
    first_members "$1" "$2"
    shift 2
    if [ $# -ne 0 ]; then
        member modules 40755
    fi
    for module in "$@"; do
        member "modules/$((100 + inode))-${module##*/}" 100644 "$module"
    done
    member 'TRAILER!!!' 0
}

# FILE FIELD: the values of a field of a module's description.
module_field() {
    LC_ALL=C tr '\0' '\n' <"$1" | LC_ALL=C sed -n "s/^$2=//p"
}

# TREE NAME: adds a module's file, behind those of what it depends on, to $files.
add_module() {
    set -- "$1" "$(find "$1" -name "$(echo "$2" | sed 's/[-_]/[-_]/g').ko")"
    case " $files " in *" $2 "*) return ;; esac
    for needed in $(module_field "$2" depends | tr , ' '); do
        add_module "$1" "$needed"
    done
    files="$files $2"
}

# TREE NAME...: all files of these modules, and the indices that modprobe reads,
# in which a module's line has what it needs, the last one first.
choose_modules() {
    tree=$1 chosen=
    shift
    for name in "$@"; do
        files=
        add_module "$tree" "$name"
        chosen="$chosen $files"
    done
    # shellcheck disable=SC2086
    chosen=$(printf '%s\n' $chosen | awk '!seen[$0]++')
    for file in $chosen; do
        name=${file##*/} files=
        add_module "$tree" "${name%.ko}"
        # shellcheck disable=SC2086
        printf '%s\n' $files | sed 's|.*/||' | tac |
            awk -v ORS=' ' 'NR == 1 { $0 = $0 ":" } 1; END { printf "\n" }' >&3
        module_field "$file" alias | sed "s/.*/alias & ${name%.ko}/" >&4
    done 3>modules.dep 4>modules.alias
}

# BUSYBOX INIT TREE NAME...: with those modules of the kernel that TREE belongs
# to, and what they depend on, where modprobe finds them.
initrd_with_drivers() {
    busybox=$1 script=$2
    shift 2
    choose_modules "$@" || return
    first_members "$busybox" "$script"
    place=lib/modules/${tree##*/}
    for name in lib lib/modules "$place"; do
        member "$name" 40755
    done
    for file in modules.dep modules.alias $chosen; do
        member "$place/${file##*/}" 100644 "$file"
    done
    rm modules.dep modules.alias
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
