#ifndef KUBE_SECRET_H
#define KUBE_SECRET_H

#include "base/buffer.h"
#include "base/error.h"

/* Memory that held tokens and keys is wiped before it goes back to the heap. */
void secret_free(char *text);            /* terminated text; NULL is fine */
void secret_list_free(char **texts);     /* and each of its texts; ended by NULL */
void secret_done(struct buffer *buffer); /* as buffer_done() */

/* Makes room once for all that will be appended, so that growing leaves no copy behind. */
void secret_init(struct buffer *buffer, size_t limit, size_t room);

/*
 * Reads a file as file_read() does, into memory that was not moved meanwhile. secret_read() takes
 * regular files of SECRET_FILE_LIMIT bytes only, because opening a pipe may block for ever;
 * secret_read_most() is for start, where a pipe is as good, and has a limit of its own.
 */
enum { SECRET_FILE_LIMIT = 1024 * 1024 };
bool secret_read(const char *path, struct buffer *ret_content, struct error *error);
bool secret_read_most(const char *path, size_t limit, struct buffer *ret_content,
                      struct error *error);

/* What an HTTP header may hold: a token is at least one byte, printable ASCII without blanks. */
bool secret_is_token(struct str text);

/* Whether the content of a file is what it should be. The error speaks of the file as "it". */
typedef bool (*content_check_fn)(struct str content, struct error *error);
bool secret_check_token(struct str content, struct error *error); /* blanks around it are fine */

/* Reads a file as secret_read() does, only to check it; the error names the path. */
bool secret_check_file(const char *path, content_check_fn check, struct error *error);

#endif
