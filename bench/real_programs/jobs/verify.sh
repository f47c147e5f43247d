# verify: openssl, chains of certificates with ECDSA
run() {
    set -- $(for i in $(seq 80); do echo verify.pem; done)
    openssl verify -no_check_time -CAfile verify.ca.pem "$@"
}
