/*
 * The head of an answer, from any bytes cut into lines. It is complete at most once, never larger
 * than its limits, and what a listener sees of it is what is kept.
 */
#include "net/answer_head.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static bool take_line(struct str *rest, struct str *ret_line)
{
    size_t end = str_find(*rest, '\n');
    *ret_line = str_slice(*rest, 0, end == STR_NONE ? rest->length : end + 1);
    *rest = str_skip(*rest, ret_line->length);
    return ret_line->length > 0;
}

static void check_view(const struct answer_head *head)
{
    struct http_head view = answer_head_view(head);
    assert(view.status >= 0 && view.status <= 999);
    assert(view.retry_after_s >= -1);
    assert(view.content_type.length <= ANSWER_HEAD_BYTES);
    assert(view.content_encoding.length <= ANSWER_HEAD_BYTES * 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static const char *const wanted[] = {"audit-id", "warning", NULL};
    struct answer_head head = {.wanted = wanted};
    struct str rest = {.data = (const char *)data, .length = length};
    struct str line;
    enum head_step step = HEAD_MORE;
    size_t completed = 0;
    while ((step == HEAD_MORE || step == HEAD_COMPLETE) && take_line(&rest, &line)) {
        step = answer_head_line(&head, line);
        completed += step == HEAD_COMPLETE;
        assert(step == HEAD_TOO_LARGE || head.lines <= ANSWER_HEAD_LINES);
        check_view(&head);
    }
    assert(completed <= 1 && head.complete == (completed == 1));
    answer_head_done(&head);
    return 0;
}
