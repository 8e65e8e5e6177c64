#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * Reads a whole regular file, or a pipe, into a buffer whose limit is the most that is read.
 * Blocks: for files that are read at start or are small and local (a token, a certificate). False,
 * with the buffer as it was: cannot be opened or read, is a directory, or is longer than the limit;
 * the error names the path.
 */
bool file_read(const char *path, struct buffer *out, struct error *error);

#endif
