#include "app/descriptors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

static const struct descriptor_shares wanted = {
    .clients = 512, .pods_in_use = 5000, .pods_idle = 5000, .pod_shards = 64};

static void enough_for_all_cuts_nothing(void **state)
{
    (void)state;
    struct descriptor_shares shares;
    assert_true(descriptors_share(1000000, 72, &wanted, &shares));
    assert_memory_equal(&shares, &wanted, sizeof shares);
}

static void a_low_limit_is_shared(void **state)
{
    (void)state;
    struct descriptor_shares shares;
    assert_false(descriptors_share(1024, 72, &wanted, &shares));
    assert_int_equal(shares.pod_shards, 8);
    assert_int_equal(shares.clients, 214);
    assert_int_equal(shares.pods_in_use, 321);
    assert_int_equal(shares.pods_idle, 214);
}

/* Reserved ones, shards, clients, pods being asked, idle ones with half as many again. */
static void the_exact_need_fits_and_one_less_does_not(void **state)
{
    (void)state;
    struct descriptor_shares shares;
    size_t need = 72 + 64 * 12 + 512 + 5000 + 7500;
    assert_true(descriptors_share(need, 72, &wanted, &shares));
    assert_false(descriptors_share(need - 1, 72, &wanted, &shares));
    assert_int_equal(shares.clients, 512);
    assert_int_equal(shares.pods_in_use, 5000);
    assert_in_range(shares.pods_idle, 4990, 4999);
}

static void no_limit_is_ever_passed(void **state)
{
    (void)state;
    for (size_t limit = 100; limit < 20000; limit += 7) {
        struct descriptor_shares shares;
        descriptors_share(limit, 72, &wanted, &shares);
        size_t need = 72 + shares.pod_shards * 12 + shares.clients + shares.pods_in_use +
                      shares.pods_idle + shares.pods_idle / 2;
        assert_true(need <= limit);
    }
}

static void nobody_gets_nothing(void **state)
{
    (void)state;
    struct descriptor_shares shares;
    assert_false(descriptors_share(10, 72, &wanted, &shares));
    assert_int_equal(shares.clients, 1);
    assert_int_equal(shares.pods_in_use, 1);
    assert_int_equal(shares.pods_idle, 1);
    assert_int_equal(shares.pod_shards, 1);
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
        cmocka_unit_test(no_limit_is_ever_passed),
        cmocka_unit_test(nobody_gets_nothing),
        cmocka_unit_test(raising_reaches_the_hard_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
