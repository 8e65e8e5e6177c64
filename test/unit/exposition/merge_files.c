/* Prints the page that some files make, each the body of a pod: pod 0, pod 1, ... A name that ends
 * in .om is OpenMetrics. Says on stderr what is wrong with those that are refused. */
#include "base/file.h"
#include "exposition/merge.h"
#include "exposition/page.h"
#include "exposition/reader.h"

#include <stdio.h>

static const struct merge_limits limits = {.body_bytes = 1 << 26,
                                           .total_bytes = 1 << 30,
                                           .line_bytes = 1 << 20,
                                           .labels = 64,
                                           .samples = 10000000};

static bool read_body(struct reader *reader, struct str path, struct str body, struct error *error)
{
    struct str type =
        str_ends(path, STR(".om")) ? STR("application/openmetrics-text") : STR("text/plain");
    if (!reader_set_content_type(reader, type, error)) {
        reader_refuse(reader);
        return false;
    }
    for (; body.length > 0; body = str_skip(body, 4096))
        if (!reader_feed(reader, str_slice(body, 0, 4096), error))
            return false;
    return reader_finish(reader, error);
}

static bool add_file(struct merge *merge, const char *path, int pod)
{
    char name[16];
    struct error error = {0};
    struct buffer body;
    snprintf(name, sizeof name, "%d", pod);
    struct label labels[] = {{.name = STR("k8s_pod_name"), .value = str_from(name)},
                             {.name = STR("k8s_namespace"), .value = STR("n")}};
    struct reader *reader = merge_add(merge, labels, 2);
    buffer_init(&body, limits.body_bytes);
    bool there = file_read(path, &body, &error);
    if (!there)
        reader_refuse(reader);
    else if (!read_body(reader, str_from(path), buffer_view(&body), &error))
        fprintf(stderr, "pod %d: %s\n", pod, error.text);
    buffer_done(&body);
    return there;
}

int main(int count, char **paths)
{
    struct merge *merge = merge_new(&(struct merge_options){.limits = limits});
    struct buffer piece;
    bool fine = true;
    buffer_init(&piece, SIZE_MAX);
    for (int i = 1; i < count; i++)
        fine = add_file(merge, paths[i], i - 1) && fine;
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    while (page_next(cursor, &piece)) {
        fwrite(piece.data, 1, piece.length, stdout);
        buffer_clear(&piece);
    }
    page_cursor_free(cursor);
    buffer_done(&piece);
    return fine ? 0 : 1;
}
