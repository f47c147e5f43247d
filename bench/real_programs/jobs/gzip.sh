# gzip: a text packed and unpacked
run() {
    head -c 4000000 "$text" | gzip -n >/tmp/packed
    gunzip </tmp/packed
    cat /tmp/packed
}
