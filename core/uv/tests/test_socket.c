/* SPDX-License-Identifier: MIT */
/* Real sockets: addresses, who listens there, and how many come. */
#include "core/uv/tests/player.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *socket_path(void)
{
    static char address[128];
    (void)snprintf(address, sizeof(address), "unix:/tmp/rh-test-uv-%ld.sock", (long)getpid());
    return address;
}

static void both_ends_talk_over(const char *listening)
{
    open_stage();
    struct rh_ref listener = tell((struct order){.text = listening}, do_listen);
    await("opened");
    char address[128];
    (void)snprintf(address, sizeof(address), "tcp:127.0.0.1:%d", (int)last_number);
    bool is_tcp = strncmp(listening, "tcp:", 4) == 0;
    assert_int_equal(last_number > 0, is_tcp);
    script[0] = '\0';
    struct rh_ref client = tell((struct order){.text = is_tcp ? address : listening}, do_connect);
    size_t one = 1;
    run_until(has_accepted, &one);
    await("opened");
    tell((struct order){.ref = client, .text = "hello"}, do_write);
    size_t size = 5;
    run_until(has_received, &size);
    assert_string_equal(received, "hello");
    tell((struct order){.ref = client}, do_shutdown); /* the other side answers with its own */
    size_t two = 2;
    run_until(has_closed, &two);
    assert_non_null(strstr(script, "eof"));
    assert_non_null(strstr(script, "closed eof"));
    assert_null(strstr(script, "closed reset"));
    tell((struct order){.ref = listener}, do_close);
    await("closed requested");
    close_stage();
}

static void unix_sockets_connect(void **state)
{
    (void)state;
    both_ends_talk_over(socket_path());
    assert_int_not_equal(access(socket_path() + 5, F_OK), 0);
}

static void tcp_sockets_connect(void **state)
{
    (void)state;
    both_ends_talk_over("tcp:127.0.0.1:0");
}

static void names_are_resolved(void **state)
{
    (void)state;
    struct addrinfo *found = NULL;
    if (getaddrinfo("localhost", NULL, NULL, &found) != 0) {
        skip(); /* a machine without /etc/hosts */
    }
    freeaddrinfo(found);
    both_ends_talk_over("tcp:localhost:0");
}

static void a_path_of_the_dead_is_taken_over(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = socket_path() + 5;
    assert_true(strlen(path) < sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(fd); /* as kill -9 leaves it */
    open_stage();
    (void)tell((struct order){.text = socket_path()}, do_listen);
    await("opened");
    (void)tell((struct order){.text = socket_path()}, do_listen); /* whose owner lives */
    await("closed refused");
    close_stage();
}

static void what_cannot_be_reached_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        const char *heard;
    } cases[] = {
        {"tcp:127.0.0.1:1", "closed refused"}, {"unix:/nowhere/at/all", "closed not_found"},
        {"tcp:127.0.0.1", "closed refused"},   {"tcp:127.0.0.1:99999", "closed refused"},
        {"tcp::7", "closed refused"},          {"unix:", "closed refused"},
        {"ether:x", "closed refused"},         {"tcp:no.such.name.invalid:7", "closed refused"},
    };
    open_stage();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        script[0] = '\0';
        (void)tell((struct order){.text = cases[i].address}, do_connect);
        await(cases[i].heard);
    }
    (void)tell((struct order){.text = "tcp:no.such.name.invalid:7"},
               do_connect); /* still under way */
    close_stage();
}

static void a_thousand_connections(void **state)
{
    (void)state;
    open_stage();
    (void)tell((struct order){.text = socket_path()}, do_listen);
    await("opened");
    for (size_t i = 0; i < 1000; i++) {
        (void)tell((struct order){.text = socket_path()}, do_connect);
        script[0] = '\0';
    }
    size_t all = 1000;
    while (accepted_count < all) {
        size_t next = accepted_count + 1;
        run_until(has_accepted, &next);
        script[0] = '\0';
    }
    struct rh_node_stats now;
    rh_node_stats(node, &now);
    assert_int_equal(now.handles, 2001);
    close_stage();
}

static struct rh_filter_answer drop_effects(void *self, const struct rh_filter_question *question)
{
    (void)self;
    bool is_effect = question->point == RH_FILTER_EFFECT;
    return (struct rh_filter_answer){.action = is_effect ? RH_FILTER_DROP : RH_FILTER_PASS};
}

static void what_a_fault_refuses_is_not_opened(void **state)
{
    (void)state;
    static const struct rh_filter filter = {drop_effects, NULL};
    open_stage();
    (void)tell((struct order){.text = "tcp:127.0.0.1:0"}, do_listen);
    await("opened");
    char address[64];
    (void)snprintf(address, sizeof(address), "tcp:127.0.0.1:%d", (int)last_number);
    rh_node_set_filter(node, &filter);
    script[0] = '\0';
    (void)tell((struct order){.text = address}, do_connect);
    await("closed fault");
    script[0] = '\0';
    (void)tell((struct order){.text = "unix:/nowhere/at/all"}, do_listen);
    await("closed fault");
    script[0] = '\0';
    (void)tell((struct order){.command = {.program = "no such program"}}, do_start);
    await("closed fault");
    assert_int_equal(accepted_count, 0);
    rh_node_set_filter(node, NULL);
    close_stage();
}

int main(void)
{
    warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unix_sockets_connect),
        cmocka_unit_test(tcp_sockets_connect),
        cmocka_unit_test(names_are_resolved),
        cmocka_unit_test(a_path_of_the_dead_is_taken_over),
        cmocka_unit_test(what_cannot_be_reached_is_refused),
        cmocka_unit_test(what_a_fault_refuses_is_not_opened),
        cmocka_unit_test(a_thousand_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
