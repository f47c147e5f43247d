# busybox: a shell script that starts many programs
run() {
    busybox sh -c '
        i=0
        while [ $i -lt 60 ]; do
            i=$((i + 1))
            word=$(echo "line $i" | cut -d" " -f2)
            case $word in *7) expr $word \* 3 ;; esac
        done
        i=0
        while [ $i -lt 50000 ]; do
            i=$((i + 1)) sum=$(((sum * 5 + i) % 65537))
        done
        echo $sum'
}
