# jq: makes, groups and prints objects
run() {
    jq -n '[range(9000) | {id: ., name: "n\(. * 7919 % 1009)",
        tags: [. % 7, . % 11], price: (. * 3.25)}] |
        group_by(.name) | map({name: .[0].name, all: map(.price) | add,
        tags: (map(.tags[]) | unique)}) | sort_by(.all)'
}
