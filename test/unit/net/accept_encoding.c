#include "net/accept_encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct row {
    const char *header;
    bool takes_gzip;
};

static const struct row rows[] = {
    /* what clients send */
    {"gzip", true}, /* Prometheus, vmagent */
    {"", false},
    {"identity", false},
    {"gzip, deflate, br, zstd", true},
    {"gzip, deflate;q=0.5, *;q=0", true},
    {"*", true},
    {"br", false},
    /* names */
    {"GZIP", true},
    {"x-gzip", true},
    {"gzipped", false},
    {"zip", false},
    {"compress, gzip", true},
    {"deflate,gzip;q=1.0,*;q=0.5", true},
    /* weights */
    {"gzip;q=0", false},
    {"gzip;q=0.000", false},
    {"gzip;q=0.001", true},
    {"gzip ; q=0.8", true},
    {"gzip;Q=1", true},
    {"gzip;q=1.", true},
    {"*;q=0", false},
    {"*;q=0.1", true},
    {"gzip;q=0, *", false},
    {"*;q=0, gzip", true},
    /* against the plain body */
    {"identity;q=0", false},
    {"identity, gzip", true},
    {"identity;q=1, gzip;q=0.5", false},
    {"identity;q=0.5, gzip;q=0.8", true},
    {"identity, *;q=0.5", false},
    {"gzip;q=0.5, *", false},
    {"gzip;q=0.5, *;q=0", true},
    {"gzip;q=0.2, identity;q=0", true},
    /* what cannot be read counts as if it were not there */
    {"gzip;q=2", false},
    {"gzip;q=1.1", false},
    {"gzip;q=0.0001", false},
    {"gzip;q=-1", false},
    {"gzip;q=", false},
    {"gzip;q", false},
    {"gzip;level=9", false},
    {"gzip;q=x, *", true},
    {",, gzip ,", true},
    {" , ; , =", false},
};

static void gzip_is_taken_where_it_is_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (accept_encoding_takes_gzip(str_from(rows[i].header)) != rows[i].takes_gzip)
            fail_msg("Accept-Encoding: %s", rows[i].header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_is_taken_where_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
