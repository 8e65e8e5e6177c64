#include "discovery/pod_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_accepted(const char *address, const char *expected)
{
    struct buffer out;
    struct error fault = {""};
    buffer_init(&out, 128);
    assert_true(pod_address_append(str_from(address), &out, &fault));
    assert_true(str_equal(buffer_view(&out), str_from(expected)));
    buffer_done(&out);
}

static void assert_refused(const char *address, const char *reason)
{
    struct buffer out;
    struct error fault = {""};
    buffer_init(&out, 128);
    assert_false(pod_address_append(str_from(address), &out, &fault));
    assert_int_equal(out.length, 0);
    assert_non_null(strstr(fault.text, reason));
    buffer_done(&out);
}

static void ordinary_addresses_are_written_canonically(void **state)
{
    (void)state;
    assert_accepted("10.1.2.3", "10.1.2.3");
    assert_accepted("fd00::1", "[fd00::1]");
    assert_accepted("FD00:0:0:0:0:0:0:1", "[fd00::1]");
    assert_accepted("::ffff:10.0.0.1", "[::ffff:10.0.0.1]");
}

static void loopback_is_a_pods_address_too(void **state)
{
    (void)state;
    assert_accepted("127.0.0.1", "127.0.0.1");
    assert_accepted("127.9.8.7", "127.9.8.7");
    assert_accepted("::1", "[::1]");
}

static void what_no_pod_can_have_is_refused(void **state)
{
    (void)state;
    assert_refused("169.254.169.254", "link-local");
    assert_refused("fe80::1", "link-local");
    assert_refused("febf::1", "link-local");
    assert_refused("224.0.0.1", "multicast");
    assert_refused("239.255.255.255", "multicast");
    assert_refused("ff02::1", "multicast");
    assert_refused("0.0.0.0", "unspecified");
    assert_refused("0.1.2.3", "unspecified");
    assert_refused("::", "unspecified");
    assert_refused("255.255.255.255", "broadcast");
}

static void ipv4_inside_ipv6_is_no_way_around(void **state)
{
    (void)state;
    assert_refused("::ffff:169.254.169.254", "link-local");
    assert_refused("::ffff:a9fe:a9fe", "link-local");
    assert_refused("::ffff:0.0.0.0", "unspecified");
    assert_refused("::ffff:224.0.0.1", "multicast");
    assert_refused("::ffff:255.255.255.255", "broadcast");
}

static void neighbours_of_the_refused_ranges_are_accepted(void **state)
{
    (void)state;
    assert_accepted("169.253.255.255", "169.253.255.255");
    assert_accepted("169.255.0.0", "169.255.0.0");
    assert_accepted("223.255.255.255", "223.255.255.255");
    assert_accepted("1.0.0.0", "1.0.0.0");
    assert_accepted("fec0::1", "[fec0::1]");
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "example.com",
                                        "10.0.0",
                                        "10.0.0.256",
                                        "10.0.0.01",
                                        "[fd00::1]",
                                        "fe80::1%eth0",
                                        "10.0.0.1 ",
                                        "10.0.0.1@",
                                        "0x7f.0.0.1",
                                        "10.0.0.1:8080",
                                        "::1/128",
                                        "1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:1:2:3:4:5:6:7:8:9"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(texts[i], "is not an IP address");
}

static void a_nul_byte_does_not_end_an_address(void **state)
{
    struct buffer out;
    (void)state;
    buffer_init(&out, 128);
    assert_false(pod_address_append(STR("10.0.0.1\0x"), &out, NULL));
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_addresses_are_written_canonically),
        cmocka_unit_test(loopback_is_a_pods_address_too),
        cmocka_unit_test(what_no_pod_can_have_is_refused),
        cmocka_unit_test(ipv4_inside_ipv6_is_no_way_around),
        cmocka_unit_test(neighbours_of_the_refused_ranges_are_accepted),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_nul_byte_does_not_end_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
