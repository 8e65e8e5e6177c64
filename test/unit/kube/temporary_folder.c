#include "unit/kube/temporary_folder.h"

#include "base/buffer.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void temporary_folder_init(struct temporary_folder *folder)
{
    snprintf(folder->path, sizeof folder->path, "/tmp/metrics-proxy-test-XXXXXX");
    bool made = mkdtemp(folder->path) != NULL;
    assert(made);
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *place)
{
    (void)found;
    (void)kind;
    (void)place;
    return remove(path);
}

void temporary_folder_done(struct temporary_folder *folder)
{
    int result = nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    assert(result == 0);
}

char *temporary_path(const struct temporary_folder *folder, const char *name)
{
    struct buffer path = {.limit = 4096};
    buffer_append_format(&path, "%s/%s", folder->path, name);
    char *copy = str_copy(buffer_view(&path));
    buffer_done(&path);
    return copy;
}

void temporary_write(const struct temporary_folder *folder, const char *name, const char *text)
{
    char *path = temporary_path(folder, name);
    FILE *file = fopen(path, "w");
    assert(file);
    size_t written = fwrite(text, 1, strlen(text), file);
    assert(written == strlen(text));
    int result = fclose(file);
    assert(result == 0);
    free(path);
}

void temporary_remove(const struct temporary_folder *folder, const char *name)
{
    char *path = temporary_path(folder, name);
    int result = remove(path);
    assert(result == 0);
    free(path);
}

void temporary_make_folder(const struct temporary_folder *folder, const char *name)
{
    char *path = temporary_path(folder, name);
    int result = mkdir(path, 0700);
    assert(result == 0);
    free(path);
}

void temporary_link(const struct temporary_folder *folder, const char *name, const char *target)
{
    char *path = temporary_path(folder, name);
    char *fresh = temporary_path(folder, "fresh-link");
    int result = symlink(target, fresh);
    assert(result == 0);
    result = rename(fresh, path);
    assert(result == 0);
    free(path);
    free(fresh);
}
