#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const size_t PIECE = 16384;

static bool read_all(int file, const char *path, struct buffer *out, struct error *error)
{
    for (;;) {
        size_t room = out->limit - out->length;
        char extra;
        char *place = room > 0 ? buffer_reserve(out, room < PIECE ? room : PIECE) : &extra;
        ssize_t got = read(file, place, room == 0 ? 1 : room < PIECE ? room : PIECE);
        if (got == 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            error_set(error, "cannot read %s: %s", path, strerror(errno));
            return false;
        }
        if (room == 0) {
            error_set(error, "cannot read %s: it is longer than the %zu bytes allowed", path,
                      out->limit);
            return false;
        }
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
