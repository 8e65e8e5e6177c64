#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const size_t PIECE = 16384;

static bool fail(struct error *error, const char *path, const char *reason)
{
    error_set(error, "cannot read %s: %s", path, reason);
    return false;
}

/* Whether the file ends where the buffer does. */
static bool is_at_end(int file, const char *path, const struct buffer *out, struct error *error)
{
    char extra;
    ssize_t got = read(file, &extra, 1);
    if (got == 0)
        return true;
    if (got < 0)
        return fail(error, path, strerror(errno));
    error_set(error, "cannot read %s: it is longer than the %zu bytes allowed", path, out->limit);
    return false;
}

static bool read_all(int file, const char *path, struct buffer *out, struct error *error)
{
    for (;;) {
        size_t room = out->limit - out->length;
        if (room == 0)
            return is_at_end(file, path, out, error);
        size_t piece = room < PIECE ? room : PIECE;
        ssize_t got = read(file, buffer_reserve(out, piece), piece);
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR)
            return fail(error, path, strerror(errno));
        if (got > 0)
            buffer_claim(out, (size_t)got);
    }
}

bool file_read(const char *path, struct buffer *out, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        error_set(error, "cannot open %s: %s", path, strerror(errno));
        return false;
    }
    size_t before = out->length;
    bool ok = read_all(file, path, out, error);
    close(file);
    if (!ok)
        out->length = before;
    return ok;
}
