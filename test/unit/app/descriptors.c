#include "app/descriptors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

static const struct descriptor_shares wanted = {
    .clients = 512, .pods_in_use = 5000, .pods_idle = 5000};

static void enough_for_all_cuts_nothing(void **state)
{
    (void)state;
    struct descriptor_shares shares;
    assert_true(descriptors_share(1000000, 72, &wanted, &shares));
    assert_int_equal(shares.clients, 512);
    assert_int_equal(shares.pods_in_use, 5000);
    assert_int_equal(shares.pods_idle, 5000);
}

static void a_low_limit_is_shared(void **state)
{
    (void)state;
    struct descriptor_shares shares;
    assert_false(descriptors_share(1024, 72, &wanted, &shares));
    assert_int_equal(shares.clients, 238);
    assert_int_equal(shares.pods_in_use, 357);
    assert_int_equal(shares.pods_idle, 357);
}

static void the_exact_need_fits_and_one_less_does_not(void **state)
{
    (void)state;
    struct descriptor_shares shares;
    assert_true(descriptors_share(72 + 512 + 10000, 72, &wanted, &shares));
    assert_false(descriptors_share(72 + 512 + 9999, 72, &wanted, &shares));
    assert_int_equal(shares.clients + shares.pods_in_use + shares.pods_idle, 512 + 9999);
}

static void nobody_gets_nothing(void **state)
{
    (void)state;
    struct descriptor_shares shares;
    assert_false(descriptors_share(10, 72, &wanted, &shares));
    assert_int_equal(shares.clients, 1);
    assert_int_equal(shares.pods_in_use, 1);
    assert_int_equal(shares.pods_idle, 1);
}

static void raising_reaches_the_hard_limit(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_max = limit.rlim_max < 500 ? limit.rlim_max : 500;
    limit.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(descriptors_raise(), limit.rlim_max);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(limit.rlim_cur, limit.rlim_max);
    assert_int_equal(descriptors_raise(), limit.rlim_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enough_for_all_cuts_nothing),
        cmocka_unit_test(a_low_limit_is_shared),
        cmocka_unit_test(the_exact_need_fits_and_one_less_does_not),
        cmocka_unit_test(nobody_gets_nothing),
        cmocka_unit_test(raising_reaches_the_hard_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
