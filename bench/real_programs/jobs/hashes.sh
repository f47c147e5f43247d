# hashes: openssl, SHA-256, SHA-512, SHA3-256, BLAKE2, MD5
run() {
    for name in sha256 sha512 sha3-256 blake2b512 md5; do
        openssl dgst -$name "$text" "$text"
    done
}
