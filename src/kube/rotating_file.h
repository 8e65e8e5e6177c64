#ifndef KUBE_ROTATING_FILE_H
#define KUBE_ROTATING_FILE_H

#include "base/buffer.h"
#include "base/error.h"
#include "kube/secret.h"

#include <sys/stat.h>

/*
 * A small local file that somebody replaces from time to time, and its last good content: a token,
 * a certificate, a key. It is opened by its path each time, for it is often a link that is swapped.
 * Reading blocks, but for local files of some kilobytes.
 */
struct rotating_file {
    const char *path; /* borrowed; NULL: there is no file, and nothing happens */
    content_check_fn check;
    struct buffer content; /* the last that was good; wiped when replaced */
    bool is_good;          /* there was one */
    bool is_troubled;      /* the last try failed: said once, until it is good again */
    struct stat seen;      /* what was read last */
    uint64_t looked_ms;
    uint64_t read_ms;
};

void rotating_file_init(struct rotating_file *file, const char *path, content_check_fn check);
void rotating_file_done(struct rotating_file *file);

/*
 * Looks for a new content, at most once a second; reads where the file changed or was read 50 s
 * ago. `now` does it in any case. False only where there is no good content, and never was.
 */
bool rotating_file_refresh(struct rotating_file *file, uint64_t now_ms, bool now,
                           struct error *error);

#endif
