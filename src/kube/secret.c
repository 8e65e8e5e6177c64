#include "kube/secret.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void secret_free(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void secret_list_free(char **texts)
{
    for (char **text = texts; text && *text; text++)
        secret_free(*text);
    free(texts);
}

void secret_done(struct buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_done(buffer);
}

void secret_init(struct buffer *buffer, size_t limit, size_t room)
{
    buffer_init(buffer, limit);
    if (room > 0)
        buffer_reserve(buffer, room < limit ? room : limit);
}

bool secret_read_most(const char *path, size_t limit, struct buffer *ret_content,
                      struct error *error)
{
    static const size_t piece = 16384; /* file_read() asks for that much at a time */
    struct stat found;
    struct buffer content;
    size_t size = stat(path, &found) == 0 && found.st_size > 0 ? (size_t)found.st_size : 0;
    if (size > limit)
        size = limit;
    secret_init(&content, limit, size + piece);
    if (!file_read(path, &content, error)) {
        secret_done(&content);
        return false;
    }
    *ret_content = content;
    return true;
}

bool secret_read(const char *path, struct buffer *ret_content, struct error *error)
{
    struct stat found;
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode)) {
        error_set(error, "cannot read %s: it is no regular file", path);
        return false;
    }
    return secret_read_most(path, SECRET_FILE_LIMIT, ret_content, error);
}

bool secret_is_token(struct str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] <= 0x20 || text.data[i] > 0x7e)
            return false;
    return text.length > 0;
}

bool secret_check_token(struct str content, struct error *error)
{
    if (secret_is_token(str_trim(content)))
        return true;
    error_set(error, "it holds no token");
    return false;
}

bool secret_check_file(const char *path, content_check_fn check, struct error *error)
{
    struct buffer content;
    if (!secret_read(path, &content, error))
        return false;
    bool ok = check(buffer_view(&content), error);
    if (!ok)
        error_prefix(error, "%s: ", path);
    secret_done(&content);
    return ok;
}
