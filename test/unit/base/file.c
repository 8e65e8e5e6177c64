#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char path[32];
    struct buffer content;
    struct error error;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    snprintf(fixture.path, sizeof fixture.path, "/tmp/file-test-XXXXXX");
    fixture.error.text[0] = 0;
    int file = mkstemp(fixture.path);
    if (file < 0)
        return -1;
    close(file);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    buffer_done(&fixture->content);
    return unlink(fixture->path);
}

static void write_file(const struct fixture *fixture, size_t length)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < length; i++)
        fputc((int)(i % 251), file);
    assert_int_equal(fclose(file), 0);
}

static void a_file_is_read_as_a_whole(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, 100000);
    buffer_init(&fixture->content, 1000000);
    assert_true(file_read(fixture->path, &fixture->content, &fixture->error));
    assert_int_equal(fixture->content.length, 100000);
    assert_int_equal((unsigned char)fixture->content.data[99999], 99999 % 251);
}

static void an_empty_file_is_read(void **state)
{
    struct fixture *fixture = *state;
    buffer_init(&fixture->content, 0);
    assert_true(file_read(fixture->path, &fixture->content, &fixture->error));
    assert_int_equal(fixture->content.length, 0);
}

static void the_limit_is_read(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, 16384);
    buffer_init(&fixture->content, 16384);
    assert_true(file_read(fixture->path, &fixture->content, &fixture->error));
    assert_int_equal(fixture->content.length, 16384);
}

static void one_byte_more_leaves_the_buffer_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, 16385);
    buffer_init(&fixture->content, 16387);
    buffer_append(&fixture->content, STR("abc"));
    assert_false(file_read(fixture->path, &fixture->content, &fixture->error));
    assert_true(str_equal(buffer_view(&fixture->content), STR("abc")));
    assert_true(buffer_ok(&fixture->content));
    assert_non_null(strstr(fixture->error.text, fixture->path));
    assert_non_null(strstr(fixture->error.text, "longer than the 16387 bytes"));
}

static void a_missing_file_is_named(void **state)
{
    struct fixture *fixture = *state;
    buffer_init(&fixture->content, 10);
    assert_false(file_read("/nowhere/at all", &fixture->content, &fixture->error));
    assert_string_equal(fixture->error.text,
                        "cannot open /nowhere/at all: No such file or directory");
}

static void a_directory_is_refused(void **state)
{
    struct fixture *fixture = *state;
    buffer_init(&fixture->content, 10);
    assert_false(file_read("/", &fixture->content, &fixture->error));
    assert_string_equal(fixture->error.text, "cannot read /: Is a directory");
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(a_file_is_read_as_a_whole), WITH_FILE(an_empty_file_is_read),
        WITH_FILE(the_limit_is_read),         WITH_FILE(one_byte_more_leaves_the_buffer_as_it_was),
        WITH_FILE(a_missing_file_is_named),   WITH_FILE(a_directory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
