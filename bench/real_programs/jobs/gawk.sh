# gawk: fields, associative arrays, floats
prepare() {
    head -c 2000000 "$text" >/tmp/part
}
run() {
    gawk '{
        for (i = 1; i <= NF; i++) {
            count[$i]++
            size += length($i) * sqrt(NR)
        }
        if (match($0, /[a-z]+\(/)) calls[substr($0, RSTART, RLENGTH)]++
    }
    END {
        n = asorti(count, words)
        for (i = 1; i <= n; i += 50) print words[i], count[words[i]]
        n = asorti(calls, names)
        for (i = 1; i <= n; i++) print names[i], calls[names[i]]
        printf "%.6f\n", size
    }' /tmp/part
}
