/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/board/board.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

/* ---- Boards that say something wrong ------------------------------------- */

#define CPU  BENCH_CPU("hart", "0", "100000000", "")
#define HEAD "/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>;\n"
#define BUS                                                                    \
    "bus: bus { compatible = \"simple-bus\"; ranges;\n"                        \
    "#address-cells = <1>; #size-cells = <1>;\n"
#define SEES_BUS                                                               \
    "soc { compatible = \"cairn,soc-agent\";"                                  \
    " address-map = <0 &bus 0 0x10000>; };\n"
#define DEVICE(label, base, size, more)                                        \
    label ": " label "@" base                                                  \
          " { compatible = \"test,bench\";"                                    \
          " reg = <0x" base " " size ">; " more " };\n"

/* The board, and words that the message must hold: where and why. */
/* clang-format off */
static const struct {
    const char *board;
    const char *place;
    const char *why;
} bad[] = {
    {HEAD "x { compatible = \"no,such\"; };\n};",
     ":3: node '/x': ", "no model of 'no,such'"},
    {HEAD "x {\n compatible = \"no,such\"; };\n};",
     ":4: node '/x': ", "mark the node with 'cairn,ignored'"},
    {HEAD "x { };\n};", ":3: node '/x': ", "property 'compatible' is missing"},
    {HEAD "x { compatible = <1>, \"y; };\n};", ":3:", "syntax error"},
    {HEAD "x: a { device_type = \"memory\"; reg = <0 0x1000>; };\n"
          "b { device_type = \"memory\"; reg = <0 0x1000>; };\n"
          "b@1 { device_type = \"memory\"; reg = <1 0x1000>; };\n};",
     ":5: node '/b@1': ", "the name 'b' is taken by node '/b'"},
    {HEAD "m { device_type = \"memory\"; };\n};",
     ":3: node '/m': ", "needs 'reg'"},
    {HEAD "m { device_type = \"memory\"; reg = <0 0>; };\n};",
     ":3: node '/m': ", "has no size"},
    {HEAD "m { device_type = \"memory\"; reg = <2 0x1000>; };\n};",
     ":3: node '/m': ", "are not aligned"},
    {HEAD "m { device_type = \"memory\";\nreg = <0xfffff000 0x2000>; };\n};",
     ":4: node '/m': ", "do not fit the address space"},
    {HEAD "m { device_type = \"memory\"; reg = <0 0x1000 0>; };\n};",
     ":3: node '/m': ", "groups of 2 cells"},
    {"/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>;\n"
     "m { device_type = \"memory\"; reg = <0 0 0x400 0>; };\n};",
     ":3: node '/m': ", "are too many, the machine can have 16 GiB"},
    {"/dts-v1/;\n/ {\nm { device_type = \"memory\"; reg = <0 0x1000>; };\n};",
     ":2: node '/': ", "needs #address-cells and #size-cells of 1 or 2"},
    {HEAD "m { device_type = \"memory\"; reg = <0 0x1000>;\n"
          "cairn,image = \"/nonexistent\"; };\n};",
     ":4: node '/m': ", "No such file"},
    {HEAD "m: m { device_type = \"memory\"; reg = <0 0x1000>; };\n"
          "s { compatible = \"cairn,soc-agent\"; };\n};",
     ":4: node '/s': ", "needs 'address-map'"},
    {HEAD "s { compatible = \"cairn,soc-agent\";\n"
          "address-map = <0 99 0 0x1000>; };\n};",
     ":4: node '/s': ", "entry 0: 0x63 is not the phandle of a node"},
    {HEAD "m: m { device_type = \"memory\"; reg = <0 0x1000>; };\n"
          "s { compatible = \"cairn,soc-agent\";\n"
          "address-map = <0 &m 0x4000 0x1000>; };\n};",
     ":5: node '/s': ", "the window of 'm' at 0x0 shows none of its banks"},
    {HEAD "m: m { device_type = \"memory\"; reg = <0 0x1000>; };\n"
          "n: n { device_type = \"memory\"; reg = <0x1000 0x1000>; };\n"
          "s { compatible = \"cairn,soc-agent\";\n"
          "address-map = <0 &m 0 0x1000>, <0xffc &n 0x1000 0x1000>; };\n};",
     ":6: node '/s': ", "overlaps that of 'm' at 0x0"},
    {HEAD SEES_BUS BUS DEVICE("a", "0", "0x1000", "")
         DEVICE("b", "800", "0x1000", "") "};\n};",
     ":7: node '/bus/b@800': ", "overlaps 'a' at 0x800 as 'soc' sees them"},
    {HEAD BUS DEVICE("a", "0", "0x2000", "") "};\n};",
     ":5: node '/bus/a@0': ", "more than the 0x1000 of bank 'registers'"},
    {HEAD BUS DEVICE("a", "0", "0x1000 0x1000 0x1000", "") "};\n};",
     ":5: node '/bus/a@0': ", "range 1 has no bank"},
    {HEAD BUS "a { compatible = \"test,bench\"; };\n};\n};",
     ":5: node '/bus/a': ", "needs property 'reg' for its 1 banks"},
    {HEAD "bus { compatible = \"simple-bus\";\n#address-cells = <1>;"
          " #size-cells = <1>;\n" DEVICE("a", "0", "0x1000", "") "};\n};",
     ":3: node '/bus': ", "needs 'ranges'"},
    {HEAD "bus { compatible = \"simple-bus\"; ranges = <0 0 0x800>;\n"
          "#address-cells = <1>; #size-cells = <1>;\n" DEVICE(
              "a", "0", "0x1000", "") "};\n};",
     ":3: node '/bus': ", "does not translate 0x1000 bytes at 0x0"},
    {HEAD "c { device_type = \"cpu\"; };\n};",
     ":3: node '/c': ", "must be below a node compatible with 'cpus,cluster'"},
    {BENCH_BOARD("c@0 { device_type = \"cpu\"; compatible = \"z80\";"
                 " reg = <0>; };\n",
                 ""),
     "node '/cluster/c@0': ", "no model of processor 'z80'"},
    {BENCH_BOARD(BENCH_CPU("hart", "0", "100000000", "cairn,trace = <&bench>;"), ""),
     "node '/cluster/cpu@0': ", "'test,bench' is not compatible with 'arm,swo'"},
    {BENCH_BOARD("cairn,interrupt-controller = <&bench>;\n" CPU, ""),
     "node '/cluster': ", "'test,bench' is not compatible with 'arm,gic-v3'"},
    {BENCH_BOARD("c@0 { device_type = \"cpu\"; reg = <0>;\n"
                 " compatible = \"riscv,rv32imc\"; };\n",
                 ""),
     "node '/cluster/c@0': ", "needs property 'clock-frequency'"},
    {BENCH_BOARD(CPU, "cairn,connect = \"timer\";\n"),
     "node '/bus/bench@40000000': ", "needs pairs of strings"},
    {BENCH_BOARD(CPU, "cairn,connect = \"x\", \"hart.mtip\";\n"),
     "node '/bus/bench@40000000': ", "'test,bench' has no output 'x'"},
    {BENCH_BOARD(CPU, "cairn,connect = \"timer\", \"hart.x\";\n"),
     "node '/bus/bench@40000000': ", "'hart.x': no such input"},
    {BENCH_BOARD(CPU, "cairn,connect = \"timer\", \"nobody.x\";\n"),
     "node '/bus/bench@40000000': ", "no such device"},
    {BENCH_BOARD(CPU, "cairn,listen = \"strap\", \"hart.x\";\n"),
     "node '/bus/bench@40000000': ", "'hart.x': no such output"},
    {BENCH_BOARD(CPU, "cairn,listen = \"x\", \"hart.x\";\n"),
     "node '/bus/bench@40000000': ", "'bench' has no input 'x'"},
    {BENCH_BOARD(CPU, "cairn,listen = \"strap\", \"nobody.x\";\n"),
     "node '/bus/bench@40000000': ", "no such device"},
    {BENCH_BOARD(CPU,
                 "cairn,listen = \"strap\", \"bench.level\";\n"
                 "cairn,straps { strap = <1>; };\n"),
     "node '/bus/bench@40000000/cairn,straps': ", "is driven by 'bench.level'"},
    {BENCH_BOARD(CPU "@1 { device_type = \"cpu\"; reg = <1>;\n"
                     "clock-frequency = <1>;\n"
                     "compatible = \"riscv,rv32imc\"; };\n",
                 "cairn,connect = \"timer\", \"nodot\";\n"),
     "node '/bus/bench@40000000': ", "no such device"},
    {BENCH_BOARD(CPU, "cairn,connect = \"timer\", \"nodot\";\n"),
     "node '/bus/bench@40000000': ", "no such device"},
    {BENCH_BOARD(CPU,
                 "cairn,connect = \"timer\", \"hart.mtip\","
                 " \"alarm\", \"hart.mtip\";\n"),
     "node '/bus/bench@40000000': ", "'hart.mtip' is driven by 'bench.timer'"},
    {BENCH_BOARD(CPU, "interrupts-extended = <&bench 1>;\n"),
     "node '/bus/bench@40000000': ", "'bench' is no interrupt-controller"},
    {BENCH_BOARD(CPU,
                 "interrupt-controller; #interrupt-cells = <1>;\n"
                 "interrupts-extended = <&bench 3>;\n"),
     "node '/bus/bench@40000000': ", "interrupt 0: 'bench' has no source 3"},
    {BENCH_BOARD(CPU,
                 "interrupt-controller; #interrupt-cells = <1>;\n"
                 "interrupts-extended = <&bench 1>, <&bench 2>,"
                 " <&bench 2>;\n"),
     "node '/bus/bench@40000000': ", "has only 2 interrupt outputs"},
    {BENCH_BOARD(CPU,
                 "interrupt-controller; #interrupt-cells = <1>;\n"
                 "aspeed,interrupt-ranges = <1 2 &bench 1>;\n"),
     "node '/bus/bench@40000000': ", "has only 2 interrupt outputs"},
    {BENCH_BOARD(CPU,
                 "interrupt-controller; #interrupt-cells = <1>;\n"
                 "aspeed,interrupt-ranges = <0 1 &ram 1>;\n"),
     "node '/bus/bench@40000000': ",
     "needs groups: <first count &controller source...>"},
    {BENCH_BOARD(BENCH_CPU("hart", "0", "1", "resets = <&bench 2>;"), ""),
     "node '/cluster/cpu@0': ", "'bench' has no reset output 2"},
    {BENCH_BOARD(BENCH_CPU("hart", "0", "1", "resets = <&ram 0>;"), ""),
     "node '/cluster/cpu@0': ", "'ram' is no device with #reset-cells = 1"},
    {BENCH_BOARD(BENCH_CPU("hart", "0", "1",
                           "resets = <&bench 0>; reset-names = \"deep\";"),
                 ""),
     "node '/cluster/cpu@0': ", "'power-on', 'warm' or 'core', not 'deep'"},
    {BENCH_BOARD(CPU, "cairn,straps { nothing = <1>; };\n"),
     "node '/bus/bench@40000000/cairn,straps': ",
     "'bench' has no input 'nothing'"},
    {BENCH_BOARD(CPU, "cairn,straps { strap = \"high\"; };\n"),
     "node '/bus/bench@40000000/cairn,straps': ", "needs one cell"},
    {BENCH_BOARD(CPU,
                 "cairn,connect = \"level\", \"bench.strap\";\n"
                 "cairn,straps { strap = <1>; };\n"),
     "node '/bus/bench@40000000/cairn,straps': ", "is driven by 'bench.level'"},
};
/* clang-format on */

TEST(bad_boards_are_refused_with_place_and_reason)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct cairn_machine *machine = NULL;
        struct cairn_error error = {""};
        test_case("board %zu: %s: %s", i, bad[i].why, error.text);
        EXPECT(bench_create(bad[i].board, NULL, 0, NULL, &machine, &error) < 0);
        test_case("board %zu: %s: %s", i, bad[i].why, error.text);
        EXPECT(strstr(error.text, ".dts:") != NULL);
        EXPECT(strstr(error.text, bad[i].place) != NULL);
        EXPECT(strstr(error.text, bad[i].why) != NULL);
        cairn_destroy(machine);
    }
}

TEST(images_must_fit_and_name_a_memory)
{
    static const struct {
        const char *memory;
        size_t size;
        const char *why;
    } images[] = {
        {"rom", 0x10004, "an image of 65540 bytes does not fit in 65536"},
        {"nix", 4,       "no memory 'nix'"                              },
    };
    OWNED(free_at) char *path = bench_file(BENCH_ONE_CPU, ".dts");
    OWNED(free_at) uint8_t *bytes = xcalloc(1, 0x10004);
    for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
        const struct cairn_image image = {images[i].memory, bytes,
                                          images[i].size};
        const struct cairn_options options = {.size =
                                                  sizeof(struct cairn_options),
                                              .board = path,
                                              .images = &image,
                                              .image_count = 1};
        struct cairn_machine *machine;
        struct cairn_error error = {""};
        EXPECT(cairn_create(&options, &machine, &error) < 0);
        test_case("%s", error.text);
        EXPECT(strstr(error.text, images[i].why) != NULL);
    }
    unlink(path);
}

/* ---- Files and overlays -------------------------------------------------- */

TEST(missing_files_and_boards_are_named)
{
    struct board board;
    struct error error = {""};
    EXPECT_EQ(
        board_load(&board,
                   &(struct cairn_options){.size = sizeof(struct cairn_options),
                                           .board = "nonesuch"},
                   &error),
        -ENODEV);
    EXPECT(strstr(error.text, "board 'nonesuch': no such file; built in are") !=
           NULL);
    error_clear(&error);
    EXPECT_EQ(
        board_load(&board,
                   &(struct cairn_options){.size = sizeof(struct cairn_options),
                                           .board = "./nonesuch.dts"},
                   &error),
        -ENOENT);
    EXPECT(strstr(error.text, "./nonesuch.dts") != NULL);
    error_clear(&error);
    EXPECT_EQ(
        board_load(&board,
                   &(struct cairn_options){.size = sizeof(struct cairn_options),
                                           .board = "virtt"},
                   &error),
        -ENODEV);
    EXPECT(strstr(error.text, "no such file; did you mean 'virt'? built in"));
    error_clear(&error);
    EXPECT_EQ(
        board_load(&board,
                   &(struct cairn_options){.size = sizeof(struct cairn_options),
                                           .board = "mps2-virt"},
                   &error),
        -ENODEV);
    EXPECT(strstr(error.text, "did you mean 'virt'?"));
}

TEST(a_missing_dtc_is_named)
{
    OWNED(free_at) char *path = bench_file(BENCH_ONE_CPU, ".dts");
    OWNED(free_at) char *search = xstrdup(getenv("PATH"));
    struct board board;
    struct error error = {""};
    setenv("PATH", "/nonexistent", 1);
    EXPECT_EQ(
        board_load(&board,
                   &(struct cairn_options){.size = sizeof(struct cairn_options),
                                           .board = path},
                   &error),
        -ENOENT);
    setenv("PATH", search, 1);
    EXPECT(strstr(error.text, "dtc is needed to compile it") != NULL);
    unlink(path);
}

static int create_with(const char *base, const char *overlay,
                       struct cairn_machine **machine,
                       struct cairn_error *error)
{
    char *board = bench_file(base, ".dts");
    char *more = bench_file(overlay, ".dtso");
    const char *overlays[] = {more};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = board,
                                          .overlays = overlays,
                                          .overlay_count = 1};
    *error = (struct cairn_error){""};
    int code = cairn_create(&options, machine, error);
    unlink(board);
    unlink(more);
    free(board);
    free(more);
    return code;
}

TEST(overlays_add_and_change)
{
    struct cairn_machine *machine;
    struct cairn_error error;
    int code = create_with(BENCH_ONE_CPU,
                           "/dts-v1/;\n/plugin/;\n"
                           "&ram { reg = <0x10000 0x2000>; };\n"
                           "&bus { #address-cells = <1>; #size-cells = <1>;\n"
                           "more: more@40002000 {\n"
                           "compatible = \"test,bench\";\n"
                           "reg = <0x40002000 0x1000>; }; };\n",
                           &machine, &error);
    test_case("%s", error.text);
    REQUIRE(code == 0);
    uint8_t *host;
    size_t size = 0;
    uint32_t level;
    EXPECT_EQ(cairn_memory(machine, "ram", &host, &size), 0);
    EXPECT_EQ(size, 0x2000);
    EXPECT_EQ(cairn_line_get(machine, "more.level", &level), 0);
    cairn_destroy(machine);
}

/* A board with a line of its root, in a folder beside a file "secret"; base is
 * that folder. */
static int create_naming(const char *base, const char *line, const char *allow,
                         struct cairn_error *error)
{
    char *text = xasprintf("%s%s\n", BENCH_ONE_CPU, line);
    char *path = xasprintf("%s/own/board.dts", base);
    char *folder = xasprintf("%s%s", base, allow ? allow : "");
    const char *folders[] = {folder};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = path,
                                          .folders = folders,
                                          .folder_count = allow != NULL};
    struct cairn_machine *machine = NULL;
    *error = (struct cairn_error){""};
    EXPECT_EQ(file_write(path, text, strlen(text), NULL), 0);
    int code = cairn_create(&options, &machine, error);
    cairn_destroy(machine);
    free(text);
    free(path);
    free(folder);
    return code;
}

/* Things that may be named, and the ways to name them. %s is the folder above.
 */
static const struct {
    const char *line;
    const char *allow;
    bool good;
} named[] = {
    {"/ { a = /incbin/(\"near\"); };",           NULL,   true },
    {"/ { a = /incbin/(\"%s/own/near\"); };",    NULL,   true },
    {"/include/ \"near.dtsi\"",                  NULL,   true },
    {"/ { a = /incbin/(\"../secret\"); };",      NULL,   false},
    {"/ { a = /incbin/(\"%s/secret\"); };",      NULL,   false},
    {"/ { a = /incbin/(\"link\"); };",           NULL,   false},
    {"/include/ \"../secret.dtsi\"",             NULL,   false},
    {"/ { a = /incbin/(\"../secret\"); };",      "",     true },
    {"/ { a = /incbin/(\"../secret\"); };",      "/own", false},
    {"&ram { cairn,image = \"near\"; };",        NULL,   true },
    {"&ram { cairn,image = \"%s/own/near\"; };", NULL,   true },
    {"&ram { cairn,image = \"../secret\"; };",   NULL,   false},
    {"&ram { cairn,image = \"%s/secret\"; };",   NULL,   false},
    {"&ram { cairn,image = \"link\"; };",        NULL,   false},
    {"&ram { cairn,image = \"../secret\"; };",   "",     true },
};

static void put_file(const char *base, const char *name, const char *text)
{
    OWNED(free_at) char *path = xasprintf("%s/%s", base, name);
    EXPECT_EQ(file_write(path, text, strlen(text), NULL), 0);
}

TEST(a_board_names_files_in_its_own_folder)
{
    char base[] = "/tmp/board-test-XXXXXX";
    REQUIRE(mkdtemp(base) != NULL);
    char *make =
        xasprintf("mkdir %s/own && ln -s ../secret %s/own/link", base, base);
    OWNED(free_at) char *clean = xasprintf("rm -r %s", base);
    REQUIRE(system(make) == 0);
    put_file(base, "secret", "0123");
    put_file(base, "secret.dtsi", "/ { };\n");
    put_file(base, "own/near", "0123");
    put_file(base, "own/near.dtsi", "/ { };\n");
    for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
        struct cairn_error error;
        const char *gap = strstr(named[i].line, "%s");
        char *line = gap ? xasprintf("%.*s%s%s", (int)(gap - named[i].line),
                                     named[i].line, base, gap + 2)
                         : xstrdup(named[i].line);
        int code = create_naming(base, line, named[i].allow, &error);
        test_case("%s: %s", line, error.text);
        EXPECT_EQ(code == 0, named[i].good);
        EXPECT_EQ(strstr(error.text, "names files in its own folder") != NULL,
                  !named[i].good);
        free(line);
    }
    EXPECT_EQ(system(clean), 0);
    free(make);
}

TEST(errors_in_overlays_name_the_overlay)
{
    struct cairn_machine *machine;
    struct cairn_error error;
    EXPECT(create_with(BENCH_ONE_CPU,
                       "/dts-v1/;\n/plugin/;\n&bus {\n"
                       "more@40002000 {\ncompatible = \"no,such\"; }; };\n",
                       &machine, &error) < 0);
    test_case("%s", error.text);
    EXPECT(strstr(error.text,
                  ".dtso:5: node '/bus/more@40002000': "
                  "no model of 'no,such'") != NULL);
    EXPECT(create_with(BENCH_ONE_CPU,
                       "/dts-v1/;\n/plugin/;\n&nonesuch { x; };\n", &machine,
                       &error) < 0);
    test_case("%s", error.text);
    EXPECT(strstr(error.text, "does not fit board") != NULL);
}

TEST(blobs_are_boards_too_and_damaged_ones_are_not)
{
    OWNED(free_at) char *text = bench_file(BENCH_ONE_CPU, ".dts");
    struct board board;
    REQUIRE(board_load(&board,
                       &(struct cairn_options){
                           .size = sizeof(struct cairn_options), .board = text},
                       NULL) == 0);
    struct error error = {""};
    for (size_t size = 0; size < board.size_bytes; size += 13) {
        struct board cut;
        error_clear(&error);
        EXPECT(board_from_blob(&cut, "cut", board.fdt, size, &error) < 0);
        EXPECT(strstr(error.text, "board 'cut': no device tree") != NULL);
    }
    board_fini(&board);
    unlink(text);
}

/* libfdt lets a tree begin with FDT_NOP, and finds no name there. */
TEST(a_tree_that_does_not_begin_with_its_root_is_refused)
{
    static const char path[] = "tests/corpus/board/root-behind-nop.dtb";
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = path};
    struct cairn_machine *machine;
    struct cairn_error error = {""};

    EXPECT_EQ(cairn_create(&options, &machine, &error), -EINVAL);
    EXPECT(strstr(error.text, "no node begins at byte 0") != NULL);
}

/* Against libfdt, which walks the blob for each question. */
static void expect_index(const struct board *board)
{
    int depth = 0;
    size_t count = 0;

    for (int node = 0; node >= 0 && depth >= 0;
         node = fdt_next_node(board->fdt, node, &depth)) {
        const struct board_node *listed = &board->index.nodes[count++];
        int property;
        size_t properties = 0;

        EXPECT_EQ(listed->offset, node);
        EXPECT_EQ(listed->depth, depth);
        EXPECT_STR(listed->name, fdt_get_name(board->fdt, node, NULL));
        fdt_for_each_property_offset(property, board->fdt, node)
        {
            const char *name = NULL;
            int size = 0;
            const void *value =
                fdt_getprop_by_offset(board->fdt, property, &name, &size);
            const struct board_property *found = board_find(board, node, name);

            test_case("property %s", name);
            REQUIRE(found != NULL);
            EXPECT(found->value == value);
            EXPECT_EQ(found->size, (uint32_t)size);
            int texts = fdt_stringlist_count(board->fdt, node, name);
            EXPECT_EQ(board_text_count(board, node, name),
                      texts < 0 ? -1 : texts);
            EXPECT(texts < 0 ||
                   board_text(board, node, name, 1) ==
                       fdt_stringlist_get(board->fdt, node, name, 1, NULL));
            properties++;
        }
        EXPECT_EQ(listed->count, properties);
        EXPECT(!board_has(board, node, "no,such"));
    }
    EXPECT_EQ(board->index.node_count, count);
}

TEST(properties_are_found_where_libfdt_finds_them)
{
    for (const struct board_builtin *built = board_builtins; built->name;
         built++) {
        OWNED(board_fini) struct board board = {0};

        test_case("%s", built->name);
        REQUIRE(board_load(&board,
                           &(struct cairn_options){
                               .size = sizeof(struct cairn_options),
                               .board = built->name},
                           NULL) == 0);
        expect_index(&board);
        REQUIRE(board.index.node_count > 2);
        int second = board.index.nodes[1].offset;
        EXPECT_EQ(fdt_nop_property(board.fdt, 0, "#address-cells"), 0);
        EXPECT_EQ(fdt_nop_node(board.fdt, second), 0);
        board_changed(&board);
        expect_index(&board);
    }
    struct board old;
    struct error error = {""};
    OWNED(buffer_fini) struct buffer blob = {0};
    buffer_append(&blob, board_builtins[0].blob, board_builtins[0].size_bytes);
    fdt_set_version(blob.bytes, 15);
    fdt_set_last_comp_version(blob.bytes, 15);
    EXPECT(board_from_blob(&old, "old", blob.bytes, blob.size, &error) < 0);
    EXPECT(strstr(error.text, "no device tree: FDT_ERR_BADVERSION") != NULL);
}

/* The last word of the header is the blob's own before version 17. */
TEST(a_blob_of_version_16_does_not_say_how_long_its_structure_is)
{
    static const uint32_t words[] = {0, 4, UINT32_MAX};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        struct board board;
        struct error error = {""};
        OWNED(buffer_fini) struct buffer blob = {0};

        test_case("%u", words[i]);
        buffer_append(&blob, board_builtins[0].blob,
                      board_builtins[0].size_bytes);
        fdt_set_version(blob.bytes, 16);
        fdt_set_last_comp_version(blob.bytes, 16);
        fdt_set_size_dt_struct(blob.bytes, words[i]);
        REQUIRE(board_from_blob(&board, "16", blob.bytes, blob.size, &error) ==
                0);
        expect_index(&board);
        board_fini(&board);
    }
}

/* ---- Roles --------------------------------------------------------------- */

TEST(parts_are_found_by_their_roles)
{
    static const struct {
        const char *role;
        const char *name; /* NULL: none has it */
    } rows[] = {
        {"boot-flash", "bench"},
        {"fuses",      NULL   },
        {"",           NULL   },
    };
    char *path =
        bench_file(BENCH_BOARD(CPU, "cairn,role = \"boot-flash\";\n"), ".dts");
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = path};
    struct cairn_board *board;
    struct cairn_error error = {""};
    int code = cairn_board_open(&options, &board, &error);
    EXPECT_STR(error.text, "");
    REQUIRE(code == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char name[CAIRN_PART_NAME_SIZE] = "";
        test_case("%s", rows[i].role);
        EXPECT_EQ(cairn_board_role(board, rows[i].role, NULL),
                  rows[i].name ? 0 : -ENOENT);
        (void)cairn_board_role(board, rows[i].role, name);
        EXPECT_STR(name, rows[i].name ? rows[i].name : "");
    }
    cairn_board_close(board);
    unlink(path);
    free(path);
}

/* ---- Partitions ---------------------------------------------------------- */

TEST(partitions_are_found_by_their_roles)
{
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "an521"};
    struct cairn_partition slot;
    struct cairn_board *board;
    REQUIRE(cairn_board_open(&options, &board, NULL) == 0);
    REQUIRE(cairn_board_partition(board, "nonsecure-image", &slot) == 0);
    EXPECT_STR(slot.name, "nonsecure_slot");
    EXPECT_STR(slot.memory, "ssram1");
    EXPECT_EQ(slot.offset, 0x100000);
    EXPECT_EQ(slot.size_bytes, 0x80000);
    EXPECT_EQ(cairn_board_partition(board, "fuses", &slot), -ENOENT);
    /* a part that is no partition */
    EXPECT_EQ(cairn_board_partition(board, "power-cut", &slot), -ENOENT);
    cairn_board_close(board);
}

/* ---- Pictures ------------------------------------------------------------ */

TEST(a_board_is_shown_as_a_tree)
{
    struct cairn_machine *machine = bench_machine(BENCH_ONE_CPU, NULL, 0);
    REQUIRE(machine);
    char *text = NULL;
    REQUIRE(cairn_board_show(machine, "text", &text, NULL) == 0);
    static const char *const lines[] = {
        "processor hart: riscv,rv32imc, 100 MHz, starts at 0x00000000, runs\n",
        "  0x00000000    64 KiB  rom            memory, read only\n",
        "  0x40000000     4 KiB  bench          Test bench\n",
        "soc: master driven from outside\n",
        "  interrupt timer -> hart.mtip\n",
        "  reset     reset_core -> hart\n",
        "  bench.strap = 7 (strap)\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        test_case("%s", lines[i]);
        EXPECT(strstr(text, lines[i]) != NULL);
    }
    free(text);
    struct cairn_error error = {""};
    EXPECT_EQ(cairn_board_show(machine, "png", &text, &error), -EINVAL);
    EXPECT_STR(error.text, "no format 'png': 'text' or 'svg'");
    cairn_destroy(machine);
}

/* Addresses fall, so that what is drawn has to be sorted; one name in a hundred
 * is longer than any field of a picture. */
TEST(all_of_many_windows_are_shown)
{
    enum { WINDOWS = 3000, LENGTH = 3000 };
    static const char *const formats[] = {"text", "svg"};
    struct buffer board = {0};
    buffer_print(&board, "%s%s", HEAD, BUS);
    for (unsigned i = WINDOWS; i > 0; i--) {
        buffer_print(&board,
                     "n%u-%0*u@%x { compatible = \"no,such\"; cairn,ignored; "
                     "reg = <0x%x 0x1000>; };\n",
                     i, i % 100 == 0 ? LENGTH : 1, 7, i << 12, i << 12);
    }
    buffer_print(&board,
                 "};\nsoc { compatible = \"cairn,soc-agent\";"
                 " address-map = <0 &bus 0 0x10000000>; };\n};\n");
    struct cairn_machine *machine = bench_machine(buffer_text(&board), NULL, 0);
    buffer_fini(&board);
    REQUIRE(machine);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        OWNED(free_at) char *text = NULL;
        test_case("%s", formats[i]);
        REQUIRE(cairn_board_show(machine, formats[i], &text, NULL) == 0);
        for (unsigned k = 1; k <= WINDOWS; k++) {
            char words[64];
            snprintf(words, sizeof(words), "0x%08x %s n%u-", k << 12,
                     i == 0 ? "    4 KiB " : "4 KiB", k);
            EXPECT(strstr(text, words) != NULL);
        }
    }
    cairn_destroy(machine);
}
