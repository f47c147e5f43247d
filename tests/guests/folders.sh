# Debian at work in a folder of the host, as virtiofs and by 9P: git's own tests of
# names, modes, links and locks; stress-ng's stressors of file systems; and
# operations and locks by chance, of which each must have the result that it has
# on ext4.
# SPDX-License-Identifier: Apache-2.0

folders_needs='git'

# Tests of git's, by their numbers. Some need more of git's own helper than
# folders/test-tool has, or other options of a build: they fail anywhere, and must
# fail here as they do in the guest's memory.
folders_names='t0001 t0002 t0050 t1301 t1302 t1600 t2004 t2102 t3000 t3001 t3004 t3700 t3902 t4011 t4129 t4139 t7300'
folders_links='t2000 t2005 t2007 t2021 t2201 t3010 t3903 t4023 t4114 t4115 t4122 t7515'
folders_moves='t2003 t2006 t2008 t2009 t2022 t3600 t6402 t7001'
folders_locks='t1400 t1401 t1403 t1404 t1410 t3200 t3210'

# DEVICE WORK ARGUMENT...
folders_cases() {
    for device in fs,bus=mmio 9p,bus=mmio fs,bus=pci,owners=kept 9p,bus=pci,owners=kept; do
        echo "folders_work $device random 2000 1 2 3 4 5 6"
    done
    for device in fs,bus=mmio,locks=host fs,bus=pci,locks=host,cache=none 9p,bus=mmio; do
        echo "folders_work $device locks"
        echo "folders_work $device claims 500 1 2 3"
    done
    for device in fs,bus=mmio 9p,bus=mmio; do
        echo "folders_trouble $device"
    done
    for device in fs,bus=mmio fs,bus=mmio,cache=always 9p,bus=pci; do
        for tests in "$folders_names" "$folders_links" "$folders_moves" "$folders_locks"; do
            echo "folders_work $device git_tests $tests"
        done
        echo "folders_work $device stress dentry=500 dir=200 link=4 symlink=4 rename=500 chmod=200 utime=200"
        echo "folders_work $device stress flock=200 lockf=100 lockofd=100 locka=100 hdd=60 fallocate=8 getdent=200 seek=200"
    done
}

folders_short() {
    echo 'folders_work fs,bus=mmio random 1000 1 2'
}

# WORK: what the guest finds in /mnt: its first process and programs of ours, and
# git's tests beside what they take for a build of git.
folders_tools() {
    mkdir -p tools work &&
        cp "$here"/folders/init "$here"/folders/operations "$here"/folders/locks \
            "$here"/folders/claims tools || return
    [ "$1" = git_tests ] || return 0
    git=$(guest_file git) &&
        mkdir -p tools/git/t/helper tools/git/templates &&
        ln -s /usr/share/git-core/templates tools/git/templates/blt &&
        printf '%s\n' "SHELL_PATH='/bin/sh'" "PERL_PATH='/usr/bin/perl'" \
            "DIFF='diff'" "TAR='tar'" "NO_PYTHON='1'" "X=''" >tools/git/GIT-BUILD-OPTIONS &&
        cp -r "$git"/. tools/git/t && cp "$here/folders/test-tool" tools/git/t/helper
}

folders_work() {
    machine 3 2 1 cortex-a35 1024
    name="a folder of type $*"
    debian_files generic "$name" || return
    type=${1%%,*}
    device=$1 work=$2
    shift 2
    folders_tools "$work" || {
        say failed "$name: no tools"
        return
    }
    append="$append ro init=/bin/sh -- -c \"mount -t proc proc /proc; mount -t virtiofs tools /mnt; exec sh /mnt/init $type $work $*\""
    truncate -s 256M disk.scratch
    host=
    if [ "$work" = locks ]; then
        timeout "$limit" perl tools/locks host work "$type" >host.log 2>&1 &
        host=$!
        set -- --record inputs
    fi
    case $work in locks) folders_run "$@" ;; *) folders_run ;; esac
    [ -z "$host" ] || kill "$host" 2>/dev/null
    tr -d '\r' <ours | sed -n 's/^folder: //p' >results
    if [ "$work" = locks ]; then
        # The same again of what was recorded, with nothing in the folder.
        mv ours ours.recorded && rm -rf work && mkdir work && folders_replay
        cmp ours ours.recorded >replayed 2>&1
        shift 2
    fi
    folders_judge_"$work" "$@" >wrong
    if [ "$(tail -n 1 results)" != end ]; then
        say failed "$name: $(tail -n 12 ours)"
    elif grep 'kernel: ' results >>wrong || [ -s wrong ]; then
        say failed "$name: $(cat wrong)"
    else
        say passed "$name: $(folders_count)"
        chmod -R u+rwx work && rm -rf work tools disk.scratch
    fi
}

# What the host does to the folder when the guest says so.
folders_spoil() {
    await_forever() { until [ -e "$1" ]; do sleep 0.1; done; }
    await_forever full/work/shrink
    truncate -s 100000 full/work/big
    echo >full/work/shrunk
    await_forever full/work/remove
    rm -rf full/work
}

# A folder whose disk is full, whose file shrinks, and that is removed: the guest
# gets errors, the log has a line for each trouble of the host's.
folders_trouble() {
    machine 3 2 1 cortex-a35 1024
    name="a folder in trouble, of type $1"
    debian_files generic "$name" || return
    if [ "$(id -u)" != 0 ]; then
        say skipped "$name: a disk of 1 MiB needs root"
        return
    fi
    type=${1%%,*} device=$1
    mkdir tools work full && cp "$here/folders/init" tools &&
        mount -t tmpfs -o size=1m tmpfs full && mkdir full/work || return
    append="$append ro init=/bin/sh -- -c \"mount -t proc proc /proc; mount -t virtiofs tools /mnt; exec sh /mnt/init $type trouble\""
    folders_spoil &
    spoiler=$!
    run_ours --disk "$folder/debian/disk.img,read-only" \
        --share tools,tag=tools,read-only --share "full/work,tag=work,type=$device"
    kill "$spoiler" 2>/dev/null
    umount full
    tr -d '\r' <ours | sed -n 's/^folder: //p' >results
    grep -o "a request to folder .*" log | sort >told
    if printf '%s\n' 'full: No space left on device' 'there is room again' \
        'shrunk: 100000 bytes are read' 'behind the end: 0' \
        "removed: mkdir: cannot create directory ‘new’: No such file or directory" \
        'the machine goes on' end | cmp - results &&
        printf '%s\n' "a request to folder 'full/work' failed: No space left on device" \
            "a request to folder 'full/work' failed: it was removed" | cmp - told; then
        say passed "$name"
    else
        say failed "$name: $(cat results told)"
    fi
}

# OPTION...: the machine, with all that its guest needs.
folders_run() {
    run_ours --disk "$folder/debian/disk.img,read-only" --disk disk.scratch \
        --share tools,tag=tools,read-only --share "work,tag=work,type=$device" "$@"
}

# The recorded run again, with no limit that is not its own.
folders_replay() {
    timeout "$limit" "$cairn" run virt --gic "$gic" --cpus "$cpus" --memory "${memory}M" \
        --kernel "$kernel" --initrd "$initrd" --append "$append" --output ours --log log \
        --disk "$folder/debian/disk.img,read-only" --disk disk.scratch \
        --share tools,tag=tools,read-only --share "work,tag=work,type=$device" \
        --replay inputs >report.replay 2>&1 </dev/null
}

folders_count() {
    awk '/ passed$/ { tests += $(NF - 1) } /: the same / { lines += $(NF - 1) } /status 0$/ { stressors++ }
        END { print tests ? tests " tests of git" : lines ? lines " lines as on ext4" : stressors ? stressors " stressors" : NR - 1 " lines, replayed" }' results
}

# Print what is wrong in the results.
folders_judge_git_tests() {
    for test in "$@"; do
        grep -q "^$test: .* passed" results || echo "$test did not end"
        here_failed=$(sed -n "s,^$test: /run/there: \([^p]*\)\$,\1,p" results)
        [ "$here_failed" = "$(sed -n "s,^$test: /tmp/root: \([^p]*\)\$,\1,p" results)" ] ||
            echo "$test: in the folder alone: $here_failed"
    done
}

folders_judge_random() {
    shift
    for seed in "$@"; do
        grep -q "^seed $seed: the same" results || echo "seed $seed: $(grep differs results)"
    done
}

folders_judge_claims() {
    folders_judge_random "$@"
}

# In any order: who waits comes when it does.
folders_judge_locks() {
    cat replayed
    sort >expected <<'END'
whole is held: Resource temporarily unavailable
part is held: Resource temporarily unavailable
beside is free: yes
made while others wait: 100
whole came: yes
part came: yes
mine: yes
the host says: whole: the other has it
the host says: part: the other has it
the host says: beside: mine
free after a close: yes
counted by flock: 200
counted by fcntl: 200
end
END
    sort results | diff expected -
}

folders_judge_stress() {
    for word in "$@"; do
        grep -q "^${word%=*}: status 0\$" results || grep -A 4 "^${word%=*}:" results
    done
}
