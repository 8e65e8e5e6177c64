/*
 * metrics-proxy as it is, but for its main(): the times of the watch and the folder of the service
 * account come from the environment, so that a test can rotate a token of its own and live through
 * a day in a minute. What is shipped has none of these variables.
 */
#include "app/app.h"
#include "app/environment.h"
#include "app/heap.h"
#include "app/options.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

static uint32_t number_of(const char *name)
{
    const char *text = environment_get(name);
    uint64_t number = 0;
    if (text && !str_to_uint(str_from(text), UINT32_MAX, &number)) {
        fprintf(stderr, "tunable_proxy: %s=%s is no number\n", name, text);
        exit(EXIT_CODE_USAGE);
    }
    return (uint32_t)number;
}

static void tune(struct options_of_tests *of_tests)
{
    of_tests->service_account = environment_get("TEST_SERVICE_ACCOUNT");
    of_tests->backoff_first_ms = number_of("TEST_BACKOFF_FIRST_MS");
    of_tests->backoff_most_ms = number_of("TEST_BACKOFF_MOST_MS");
    of_tests->watch_least_s = number_of("TEST_WATCH_LEAST_S");
    of_tests->stall_ms = number_of("TEST_STALL_MS");
    of_tests->head_timeout_ms = number_of("TEST_HEAD_TIMEOUT_MS");
}

int main(int count, char **arguments)
{
    heap_setup();
    struct options_source source = {
        .arguments = (const char *const *)(count > 0 ? arguments + 1 : arguments),
        .environment = environment_get,
    };
    struct options options;
    struct error error = {{0}};
    enum exit_code code = EXIT_CODE_USAGE;
    if (options_read(&source, &options, &error) == OPTIONS_OK) {
        tune(&options.of_tests);
        code = app_run(&options, &error);
        options_done(&options);
    }
    if (code != EXIT_CODE_OK)
        fprintf(stderr, "tunable_proxy: error: %s\n", error.text);
    return (int)code;
}
