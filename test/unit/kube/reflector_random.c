#include "unit/kube/model_server.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Whatever a server does, in whatever order: in the end what the listener was told is what the
 * server has, and on the way no pod goes that was not there. A failure names its seed; with that as
 * an argument the program plays it alone.
 */
enum { SEEDS = 300, STEPS = 300, QUIET_STEPS = 40 };

struct told {
    bool pods[MODEL_PODS];
};

static void hear(struct told *told, uint64_t seed, const char *token)
{
    int pod = atoi(token + 2);
    if (token[0] != '+' && token[0] != '-')
        return;
    if (pod < 0 || pod >= MODEL_PODS || (token[0] == '-' && !told->pods[pod]))
        fail_msg("seed %llu: told \"%s\" of what was not there", (unsigned long long)seed, token);
    told->pods[pod] = token[0] == '+';
}

static void hear_all(struct told *told, uint64_t seed, struct buffer *heard)
{
    char *rest = NULL;
    buffer_append_byte(heard, '\0');
    for (char *token = strtok_r(heard->data, " ", &rest); token; token = strtok_r(NULL, " ", &rest))
        hear(told, seed, token);
    buffer_clear(heard);
}

static void compare(const struct told *told, const struct model_server *server, uint64_t seed)
{
    for (int pod = 0; pod < MODEL_PODS; pod++) {
        bool is_there = server->versions[pod] > 0;
        if (told->pods[pod] != is_there)
            fail_msg("seed %llu: u%d is %s", (unsigned long long)seed, pod,
                     is_there ? "missing" : "still there");
    }
}

static void play_faults(struct model_server *server, struct told *told, uint64_t seed)
{
    for (int step = 0; step < STEPS; step++) {
        for (uint64_t changes = model_server_random(server, 4); changes > 0; changes--)
            model_server_change(server);
        if (model_server_random(server, 4) == 0)
            fake_timers_advance(&server->world->timers, model_server_random(server, 3000));
        model_server_serve(server);
        hear_all(told, seed, &server->world->heard);
    }
}

static void play_quiet(struct model_server *server, struct told *told, uint64_t seed)
{
    model_server_heal(server);
    for (int step = 0; step < QUIET_STEPS; step++) {
        fake_timers_advance(&server->world->timers, 2000);
        model_server_serve(server);
        hear_all(told, seed, &server->world->heard);
    }
}

static void play(uint64_t seed)
{
    static struct model_server server;
    struct world world;
    struct told told = {0};
    world_init(&world);
    world.options.tries_streams = seed % 2 == 1;
    world.credentials.rejection_helps = seed % 3 == 0;
    model_server_init(&server, &world, seed);
    world_start(&world);
    play_faults(&server, &told, seed);
    play_quiet(&server, &told, seed);
    compare(&told, &server, seed);
    world_done(&world);
}

static uint64_t only_seed;

static void case_76_the_told_set_is_the_servers_after_any_faults(void **state)
{
    (void)state;
    if (only_seed > 0)
        play(only_seed);
    for (uint64_t seed = 1; seed <= SEEDS && only_seed == 0; seed++)
        play(seed);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_76_the_told_set_is_the_servers_after_any_faults),
    };
    log_setup(LOG_ERROR, LOG_LOGFMT);
    only_seed = count > 1 ? strtoull(arguments[1], NULL, 10) : 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
