/* SPDX-License-Identifier: MIT */
/* A name with several addresses: they are tried in order. The resolver is the test's own; libuv asks it as it asks libc's. */
#include "core/uv/tests/player.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 192.0.2.0/24 is nobody's by its RFC; nobody listens at 127.0.0.2. */
static const char *addresses[3];
static int lists; /* that were not freed */

struct found {
    struct addrinfo info;
    struct sockaddr_in address;
};

static struct addrinfo *add(const char *text, const char *port, struct addrinfo *rest)
{
    struct found *found = calloc(1, sizeof(*found));
    assert_non_null(found);
    found->address.sin_family = AF_INET;
    found->address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    assert_int_equal(inet_pton(AF_INET, text, &found->address.sin_addr), 1);
    found->info.ai_family = AF_INET;
    found->info.ai_socktype = SOCK_STREAM;
    found->info.ai_addr = (struct sockaddr *)&found->address;
    found->info.ai_addrlen = sizeof(found->address);
    found->info.ai_next = rest;
    return &found->info;
}

int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints,
                struct addrinfo **ret_found)
{
    (void)hints;
    assert_string_equal(name, "several.test");
    *ret_found = NULL;
    for (size_t i = 3; i-- > 0;) {
        *ret_found = addresses[i] == NULL ? *ret_found : add(addresses[i], port, *ret_found);
    }
    lists++;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    lists -= found != NULL;
    while (found != NULL) {
        struct addrinfo *next = found->ai_next;
        free(found);
        found = next;
    }
}

static void open_with(const char *first, const char *second, const char *third)
{
    addresses[0] = first;
    addresses[1] = second;
    addresses[2] = third;
    open_stage();
}

static void close_all(void)
{
    close_stage();
    assert_int_equal(lists, 0);
}

static const char *port_of_listener(void)
{
    static char address[64];
    (void)tell((struct order){.text = "tcp:127.0.0.1:0"}, do_listen);
    await("opened");
    (void)snprintf(address, sizeof(address), "tcp:several.test:%d", (int)last_number);
    script[0] = '\0';
    return address;
}

static void the_first_that_answers_is_taken(void **state)
{
    (void)state;
    open_with("127.0.0.2", "127.0.0.3", "127.0.0.1");
    (void)tell((struct order){.text = port_of_listener()}, do_connect);
    await("opened");
    size_t one = 1;
    run_until(has_accepted, &one);
    tell((struct order){.ref = last, .text = "over the third"}, do_write);
    size_t size = 14;
    run_until(has_received, &size);
    close_all();
}

static void nobody_answers(void **state)
{
    (void)state;
    open_with("127.0.0.2", "127.0.0.3", NULL);
    (void)tell((struct order){.text = port_of_listener()}, do_connect);
    await("closed refused");
    assert_null(strstr(script, "opened"));
    close_all();
}

static void a_listener_takes_the_first_that_is_its_own(void **state)
{
    (void)state;
    open_with("192.0.2.1", "127.0.0.1", NULL);
    (void)tell((struct order){.text = "tcp:several.test:0"}, do_listen);
    await("opened");
    assert_true(last_number > 0);
    close_all();
}

static void it_may_be_closed_at_any_moment(void **state)
{
    (void)state;
    open_with("127.0.0.2", "127.0.0.3", "127.0.0.1");
    const char *address = port_of_listener();
    for (int slices = 0; slices < 12; slices++) {
        script[0] = '\0';
        struct rh_ref ref = tell((struct order){.text = address}, do_connect);
        for (int i = 0; i < slices; i++) {
            run_once();
        }
        tell((struct order){.ref = ref}, do_close);
        await("closed requested");
    }
    (void)tell((struct order){.text = address}, do_connect); /* and with the driver */
    close_all();
}

int main(void)
{
    warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_answers_is_taken),
        cmocka_unit_test(nobody_answers),
        cmocka_unit_test(a_listener_takes_the_first_that_is_its_own),
        cmocka_unit_test(it_may_be_closed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
