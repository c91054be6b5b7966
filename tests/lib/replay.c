/* SPDX-License-Identifier: Apache-2.0
 * Purpose: main of a fuzz target without a fuzzer: feeds it every kept input of a folder, and each one cut short, and says TAP.
 * A finding ends the process by itself (assert or sanitizer), so a line that was printed is a test that passed.
 * Memory:  one buffer per input, allocated exactly so that a sanitizer sees the first byte beyond it.
 * Must not know: what the target reads.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    if (exact == NULL)
        abort();
    if (size)
        memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static int replay(const char *folder, const char *name, int number)
{
    static uint8_t bytes[1 << 20];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        printf("not ok %d - cannot read %s\n", number, name);
        return 1;
    }
    size_t size = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    for (size_t cut = 0; cut < size && cut < 512; cut++)
        feed(bytes, cut);
    feed(bytes, size);
    printf("ok %d - %s\n", number, name);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        printf("not ok 1 - no folder of kept inputs: %s\n1..1\n", argc == 2 ? argv[1] : "(none named)");
        return 1;
    }
    int number = 0, failed = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.')
            failed |= replay(argv[1], entry->d_name, ++number);
        fflush(stdout);
    }
    closedir(folder);
    printf("1..%d\n", number);
    return failed;
}
