# zstd: a text packed and unpacked
run() {
    zstd -q --single-thread -5 -c "$text" >/tmp/packed
    zstd -q -dc /tmp/packed
    cat /tmp/packed
}
