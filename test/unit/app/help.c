#include "app/help.h"

#include "app/options_table.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool has(const struct buffer *text, struct str part)
{
    return memmem(text->data, text->length, part.data, part.length) != NULL;
}

static void every_line_of_help_fits_into_90_columns(void **state)
{
    (void)state;
    struct buffer help;
    struct str line;
    buffer_init(&help, 65536);
    help_append(&help);
    assert_true(buffer_ok(&help));
    for (struct str rest = buffer_view(&help); str_next(&rest, '\n', &line);)
        if (line.length > 90)
            fail_msg("%.*s", STR_ARG(line));
    buffer_done(&help);
}

static void help_says_flag_variable_default_and_meaning(void **state)
{
    (void)state;
    struct buffer help;
    buffer_init(&help, 65536);
    help_append(&help);
    assert_true(has(&help, STR("\n  --labels=SELECTOR  [POD_LABEL_SELECTOR]  (required)\n"
                               "        Label selector of the pods")));
    assert_true(has(&help, STR("\n  --timeout=DURATION, --scrape_timeout, --scrape-timeout  "
                               "[SCRAPE_TIMEOUT]  (default 9s)\n")));
    assert_true(has(&help, STR("\n  --help, -h\n")));
    buffer_done(&help);
}

/* The table in README.md is made of these lines, so that nobody has to remember to change it. */
static void the_readme_s_table_is_the_table_of_options(void **state)
{
    (void)state;
    struct buffer readme;
    struct buffer table;
    buffer_init(&readme, 1 << 20);
    buffer_init(&table, 65536);
    assert_true(file_read(README, &readme, NULL));
    buffer_append(&table, STR("## Options\n\n"));
    help_append_table(&table);
    buffer_append(&table, STR("\n"));
    bool is_there = has(&readme, buffer_view(&table));
    if (!is_there)
        printf("README.md has to have:\n%.*s", STR_ARG(buffer_view(&table)));
    assert_true(is_there);
    buffer_done(&readme);
    buffer_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_of_help_fits_into_90_columns),
        cmocka_unit_test(help_says_flag_variable_default_and_meaning),
        cmocka_unit_test(the_readme_s_table_is_the_table_of_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
