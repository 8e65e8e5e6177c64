#include "unit/kube/credentials_fixture.h"

#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){.credentials = NULL};
    temporary_folder_init(&fixture->folder);
    fake_timers_init(&fixture->timers);
    fake_children_init(&fixture->children);
    fixture->config.server = str_copy(STR("https://api.example:6443"));
}

void fixture_start(struct fixture *fixture)
{
    fixture->credentials =
        credentials_new(&fixture->config, &fixture->children.children, &fixture->timers.timers);
}

void fixture_done(struct fixture *fixture)
{
    credentials_free(fixture->credentials);
    fake_timers_done(&fixture->timers);
    fake_children_done(&fixture->children);
    kube_config_done(&fixture->config);
    temporary_folder_done(&fixture->folder);
}

static void on_ready(void *context, const struct credentials_view *view, const struct error *error)
{
    struct receiver *receiver = context;
    receiver->calls++;
    receiver->wait = NULL;
    receiver->view = view;
    assert_true((view == NULL) == (error != NULL));
    if (error)
        receiver->error = *error;
    if (receiver->cancel_inside) {
        credentials_cancel(*receiver->cancel_inside);
        *receiver->cancel_inside = NULL;
    }
    if (receiver->get_inside)
        receiver_get(receiver->get_inside, receiver->fixture);
    if (receiver->free_inside) {
        credentials_free(*receiver->free_inside);
        *receiver->free_inside = NULL;
    }
}

void receiver_get(struct receiver *receiver, struct fixture *fixture)
{
    *receiver = (struct receiver){.cancel_inside = receiver->cancel_inside,
                                  .free_inside = receiver->free_inside,
                                  .get_inside = receiver->get_inside,
                                  .fixture = fixture};
    receiver->wait = credentials_get(fixture->credentials, on_ready, receiver);
    assert_int_equal(receiver->calls, 0);
}

void receiver_done(struct receiver *receiver)
{
    credentials_view_release(receiver->view);
    receiver->view = NULL;
}

const struct credentials_view *fixture_view(struct fixture *fixture)
{
    struct receiver receiver = {.calls = 0};
    receiver_get(&receiver, fixture);
    fake_timers_settle(&fixture->timers);
    assert_int_equal(receiver.calls, 1);
    if (receiver.view == NULL)
        print_error("no view: %s\n", receiver.error.text);
    return receiver.view;
}

const char *authorization_of(const struct credentials_view *view)
{
    for (const char *const *header = view->headers; *header; header++)
        if (strncmp(*header, "Authorization: ", strlen("Authorization: ")) == 0)
            return *header;
    return "";
}

void assert_view(struct fixture *fixture, const char *authorization, uint64_t generation)
{
    const struct credentials_view *view = fixture_view(fixture);
    assert_non_null(view);
    assert_string_equal(authorization_of(view), authorization ? authorization : "");
    assert_int_equal(view->generation, generation);
    credentials_view_release(view);
}

void assert_no_view(struct fixture *fixture, const char *message)
{
    struct receiver receiver = {.calls = 0};
    receiver_get(&receiver, fixture);
    fake_timers_settle(&fixture->timers);
    assert_int_equal(receiver.calls, 1);
    assert_null(receiver.view);
    assert_string_equal(receiver.error.text, message);
}

void stderr_capture_begin(struct stderr_capture *capture)
{
    strcpy(capture->path, "/tmp/metrics-proxy-stderr-XXXXXX");
    int file = mkstemp(capture->path);
    assert_true(file >= 0);
    fflush(stderr);
    capture->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    close(file);
}

char *stderr_capture_end(struct stderr_capture *capture)
{
    struct buffer text = {.limit = 1000000};
    fflush(stderr);
    assert_true(dup2(capture->saved, STDERR_FILENO) >= 0);
    close(capture->saved);
    assert_true(file_read(capture->path, &text, NULL));
    unlink(capture->path);
    char *copy = str_copy(buffer_view(&text));
    buffer_done(&text);
    return copy;
}
