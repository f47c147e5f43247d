# git: adds files, commits, packs with deltas, compares
prepare() {
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a
    export GIT_COMMITTER_EMAIL=a GIT_AUTHOR_DATE='1000000000 +0000'
    export GIT_COMMITTER_DATE='1000000000 +0000'
    mkdir /tmp/tree && cp /usr/lib/python3.11/[a-m]*.py /tmp/tree
}
run() {
    cd /tmp/tree && git init -q && git add . && git commit -q -m first
    sed -i 's/self/me/' [a-f]*.py && git commit -q -a -m second
    git log --stat && git diff HEAD~
    git -c pack.threads=1 pack-objects --all --stdout -q --delta-base-offset |
        wc -l
    git fsck
}
