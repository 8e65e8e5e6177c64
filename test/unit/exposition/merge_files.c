/* Prints the page that some files make, each the body of a pod: pod 0, pod 1, ... A name that ends
 * in .om is OpenMetrics, in .om2 that of version 2, in .pb protobuf. Says on stderr what is wrong
 * with those that are refused. Before the files:
 * --format=OpenMetricsText1.0.0, --escaping=allow-utf-8, --honor-labels, --drop-timestamps,
 * --skip-bad-lines; --piece=1 feeds a body byte by byte. */
#include "base/file.h"
#include "exposition/merge.h"
#include "exposition/merge_cache.h"
#include "exposition/page.h"
#include "exposition/reader.h"

#include <stdio.h>

static const struct merge_limits limits = {.body_bytes = 1 << 26,
                                           .total_bytes = 1 << 30,
                                           .line_bytes = 1 << 20,
                                           .labels = 64,
                                           .samples = 10000000};

static size_t piece_bytes = 4096;

static struct str type_of(struct str path)
{
    if (str_ends(path, STR(".pb")))
        return STR("application/vnd.google.protobuf");
    if (str_ends(path, STR(".om2")))
        return STR("application/openmetrics-text; version=2.0.0");
    return str_ends(path, STR(".om")) ? STR("application/openmetrics-text") : STR("text/plain");
}

static bool read_body(struct reader *reader, struct str path, struct str body, struct error *error)
{
    reader_set_content_type(reader, type_of(path));
    for (; body.length > 0; body = str_skip(body, piece_bytes))
        if (!reader_feed(reader, str_slice(body, 0, piece_bytes), error))
            return false;
    return reader_finish(reader, error);
}

static bool read_value(struct str argument, struct str name, struct str *ret_value)
{
    if (!str_starts(argument, name))
        return false;
    *ret_value = str_skip(argument, name.length);
    return true;
}

static void read_option(struct merge_options *options, struct str option)
{
    struct str value;
    uint64_t piece = 0;
    if (read_value(option, STR("--piece="), &value) && str_to_uint(value, 4096, &piece) &&
        piece > 0)
        piece_bytes = (size_t)piece;
    if (read_value(option, STR("--escaping="), &value)) {
        options->format.escaping = escaping_scheme_of(value);
        options->format.escaping_is_named = true;
    } else if (read_value(option, STR("--format="), &value)) {
        for (size_t i = 0; i < FORMAT_COUNT; i++)
            if (str_equal(value, format_name((enum exposition_format)i)))
                options->format.format = (enum exposition_format)i;
    }
    options->honor_labels = options->honor_labels || str_equal(option, STR("--honor-labels"));
    options->drop_timestamps =
        options->drop_timestamps || str_equal(option, STR("--drop-timestamps"));
    options->skip_bad_lines = options->skip_bad_lines || str_equal(option, STR("--skip-bad-lines"));
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

/* The page, to be printed or not. */
static bool make_page(const struct merge_options *options, char **paths, int count, FILE *out)
{
    struct buffer piece;
    bool fine = true;
    struct merge *merge = merge_new(options);
    buffer_init(&piece, SIZE_MAX);
    for (int i = 0; i < count; i++)
        fine = add_file(merge, paths[i], i) && fine;
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    while (page_next(cursor, &piece)) {
        if (out)
            fwrite(piece.data, 1, piece.length, out);
        buffer_clear(&piece);
    }
    page_cursor_free(cursor);
    buffer_done(&piece);
    return fine;
}

/* What is printed is made from what the cache has of a page before. */
int main(int count, char **paths)
{
    struct merge_options options = {.limits = limits, .cache = merge_cache_new(1 << 24)};
    int first = 1;
    for (; first < count && str_starts(str_from(paths[first]), STR("--")); first++)
        read_option(&options, str_from(paths[first]));
    make_page(&options, paths + first, count - first, NULL);
    bool fine = make_page(&options, paths + first, count - first, stdout);
    merge_cache_free(options.cache);
    return fine ? 0 : 1;
}
