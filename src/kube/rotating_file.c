/*
 * What is good stays until something better is there: a file that is missing, empty, half written
 * or otherwise no good changes nothing but `is_troubled`. A file that changes while it is read may
 * have been read in two halves, so it is read again; its state before and after must be the same.
 */
#include "kube/rotating_file.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>

enum { LOOK_AGAIN_MS = 1000, READ_AGAIN_MS = 50000, TRIES = 3 };

void rotating_file_init(struct rotating_file *file, const char *path, content_check_fn check)
{
    *file = (struct rotating_file){.path = path, .check = check};
}

void rotating_file_done(struct rotating_file *file)
{
    secret_done(&file->content);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* One reading of a file that stood still meanwhile. */
static bool read_still(const char *path, struct stat *ret_seen, struct buffer *ret_content,
                       struct error *error)
{
    for (int i = 0; i < TRIES; i++) {
        struct stat before;
        struct stat after;
        if (stat(path, &before) != 0) {
            error_set(error, "cannot open %s: %s", path, strerror(errno));
            return false;
        }
        if (!secret_read(path, ret_content, error))
            return false;
        if (stat(path, &after) == 0 && same_file(&before, &after)) {
            *ret_seen = after;
            return true;
        }
        secret_done(ret_content);
    }
    error_set(error, "cannot read %s: it changes while it is read", path);
    return false;
}

static bool read_good(struct rotating_file *file, struct error *error)
{
    struct buffer content;
    struct stat seen;
    if (!read_still(file->path, &seen, &content, error))
        return false;
    if (!file->check(buffer_view(&content), error)) {
        error_prefix(error, "%s: ", file->path);
        secret_done(&content);
        return false;
    }
    secret_done(&file->content);
    file->content = content;
    file->seen = seen;
    return true;
}

/* Says so when things change, not each time. */
static void set_troubled(struct rotating_file *file, bool troubled, const struct error *error)
{
    bool changed = file->is_troubled != troubled;
    file->is_troubled = troubled;
    if (!changed)
        return;
    if (troubled)
        log_event(LOG_WARN,
                  file->is_good ? "credentials file is no good, its last good content stays in use"
                                : "credentials file is no good",
                  LOG_FIELDS(log_text("path", file->path), log_text("error", error->text)));
    else
        log_event(LOG_INFO, "credentials file is good again",
                  LOG_FIELDS(log_text("path", file->path)));
}

static bool must_read(const struct rotating_file *file, uint64_t now_ms)
{
    struct stat found;
    if (!file->is_good || file->is_troubled || now_ms - file->read_ms >= READ_AGAIN_MS)
        return true;
    return stat(file->path, &found) != 0 || !same_file(&found, &file->seen);
}

bool rotating_file_refresh(struct rotating_file *file, uint64_t now_ms, bool now,
                           struct error *error)
{
    struct error reason = {.text = ""};
    if (file->path == NULL)
        return true;
    if (!now && file->is_good && now_ms - file->looked_ms < LOOK_AGAIN_MS)
        return true;
    file->looked_ms = now_ms;
    if (!now && !must_read(file, now_ms))
        return true;
    bool read = read_good(file, &reason);
    set_troubled(file, !read, &reason);
    if (read) {
        file->read_ms = now_ms;
        file->is_good = true;
    }
    if (!file->is_good)
        error_set(error, "%s", reason.text);
    return file->is_good;
}
