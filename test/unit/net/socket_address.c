#include "net/socket_address.h"

#include "base/buffer.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

static void check_round_trip(const char *text, const char *expected)
{
    struct sockaddr_storage address;
    struct buffer out;
    buffer_init(&out, 128);
    assert_true(socket_address_parse(str_from(text), &address));
    socket_address_append(&out, &address);
    assert_true(str_equal(buffer_view(&out), str_from(expected)));
    buffer_done(&out);
}

static void addresses_are_read_and_written(void **state)
{
    (void)state;
    check_round_trip("1.2.3.4:80", "1.2.3.4:80");
    check_round_trip("[::1]:65535", "[::1]:65535");
    check_round_trip("[0:0::1]:1", "[::1]:1");
    check_round_trip(":0", "[::]:0");
}

static void a_mapped_address_is_written_as_ipv4(void **state)
{
    (void)state;
    check_round_trip("[::ffff:127.0.0.1]:80", "127.0.0.1:80");
}

static void other_text_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",       "80",           "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "a:80", "[]:80",  "[::1]",
        "::1:80", "[1.2.3.4]:80", "[::1:80", "::1]:80",  "1.2.3.4.5:1",   " :80", "[::g]:1"};
    struct sockaddr_storage address;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(socket_address_parse(str_from(wrong[i]), &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(a_mapped_address_is_written_as_ipv4),
        cmocka_unit_test(other_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
