#!/bin/sh
# Debian's Linux on four processors that run at the same time: it boots, forks
# on all of them, and goes off, RUNS times, after TURNS turns of its load.
# guest/linux/guest-linux fetches it.
# needs: build/out/guests/linux/kernel (make guest-linux)
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
runs=${RUNS:-1}
turns=${TURNS:-2}
guest=build/out/guests/linux

# Like make -j4: jobs of processes and pipes, whose sums are compared.
load='work() { cat /bin/busybox /bin/busybox | head -c 1500000 | sha256sum; }
turn=0
while [ $turn -lt TURNS ]; do
    for job in 1 2 3 4; do
        (for i in 1 2 3; do work | cut -c 1-64 | (read s; echo $s); done >/tmp/$turn.$job) &
    done
    wait
    turn=$((turn + 1))
done
cat /tmp/*.* | sort | uniq -c | while read n s; do echo sums: $n; done
grep -c ^processor /proc/cpuinfo | while read n; do echo processors: $n; done
poweroff -f
'

boots() {
    printf '%s' "$load" | sed "s/TURNS/$turns/" >"$work/load"
    timeout "300" "$cairn" run virt --guest $guest --cpus 4 --parallel --quiet \
        --max-instructions 200G --expect '/ # ' --type 'mkdir -p /tmp /proc; mount -t proc p /proc; sh\n' \
        --expect '/ # ' --input "$work/load" --output "$work/console" &&
        tr -d '\r' <"$work/console" >"$work/text" &&
        grep -q "^sums: $((turns * 12))\$" "$work/text" && grep -q '^processors: 4$' "$work/text" &&
        ! grep -Eq 'BUG:|Oops|rcu.*stall|Call trace|soft lockup' "$work/text" || {
        tail -n 20 "$work/console"
        return 1
    }
}

number=1
while [ $number -le "$runs" ]; do
    expect "run $number" boots
    number=$((number + 1))
done

finish
