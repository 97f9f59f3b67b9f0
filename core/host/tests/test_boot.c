/* SPDX-License-Identifier: MIT */
/* What a child reads from its environment, and what it says about what it cannot read. */
#include <rehearse/proc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static const char *values[RH_PROC_VARIABLE_COUNT];
static char said[1024];

static const char *look_up(void *self, const char *name)
{
    (void)self;
    for (int i = 0; i < RH_PROC_VARIABLE_COUNT; i++) {
        if (strcmp(name, rh_proc_variable_name((enum rh_proc_variable)i)) == 0) {
            return values[i];
        }
    }
    return NULL;
}

static void complain(void *self, const char *text)
{
    (void)self;
    size_t used = strlen(said);
    (void)snprintf(said + used, sizeof(said) - used, "%s\n", text);
}

static const struct rh_proc_environment environment = {.look_up = look_up, .complain = complain};

static int set_good(void **state)
{
    (void)state;
    said[0] = '\0';
    values[RH_PROC_VARIABLE_ID] = "17.3/host/worker#9";
    values[RH_PROC_VARIABLE_BACKEND] = "1=unix:/run/host";
    values[RH_PROC_VARIABLE_CALLBACK] = "the host";
    values[RH_PROC_VARIABLE_ARGUMENT] = NULL;
    return 0;
}

static void reads_what_a_host_says(void **state)
{
    (void)state;
    struct rh_proc_identity identity;
    assert_int_equal(rh_proc_read(&environment, &identity), RH_OK);
    assert_string_equal(identity.id, "host/worker#9");
    assert_int_equal(identity.node, 17);
    assert_int_equal(identity.incarnation, 3);
    assert_int_equal(identity.host, 1);
    assert_string_equal(identity.backend, "unix:/run/host");
    assert_string_equal(identity.callback, "the host");
    struct rh_message null = RH_ITEM(NULL, RH_NULL);
    assert_true(rh_message_equal(&identity.argument, &null));
    assert_string_equal(said, "");
}

static void names_each_missing_variable(void **state)
{
    (void)state;
    static const char *const texts[] = {"parameter 'REHEARSE_HOST_PROC_ID' missing\n",
                                        "parameter 'REHEARSE_HOST_BACKEND_ADDR' missing\n",
                                        "parameter 'REHEARSE_HOST_CALLBACK_ADDR' missing\n"};
    struct rh_proc_identity identity;
    for (int i = 0; i < RH_PROC_VARIABLE_ARGUMENT; i++) {
        (void)set_good(NULL);
        values[i] = NULL;
        assert_int_equal(rh_proc_read(&environment, &identity), RH_INVALID);
        assert_string_equal(said, texts[i]);
    }
}

static void names_all_that_are_wrong_in_their_order(void **state)
{
    (void)state;
    struct rh_proc_identity identity;
    values[RH_PROC_VARIABLE_ID] = "worker";
    values[RH_PROC_VARIABLE_BACKEND] = NULL;
    values[RH_PROC_VARIABLE_CALLBACK] = "";
    values[RH_PROC_VARIABLE_ARGUMENT] = "xx";
    assert_int_equal(rh_proc_read(&environment, &identity), RH_INVALID);
    assert_string_equal(
        said, "parameter 'REHEARSE_HOST_PROC_ID' invalid: it is not NODE.INCARNATION/ID\n"
              "parameter 'REHEARSE_HOST_BACKEND_ADDR' missing\n"
              "parameter 'REHEARSE_HOST_CALLBACK_ADDR' invalid: it is not NAME\n"
              "parameter 'REHEARSE_HOST_PROC_ARGUMENT' invalid: it is not a message in hexadecimal "
              "digits\n");
}

static void refuses_what_is_not_an_identity(void **state)
{
    (void)state;
    static const struct {
        enum rh_proc_variable variable;
        const char *value;
    } cases[] = {
        {RH_PROC_VARIABLE_ID, ""},
        {RH_PROC_VARIABLE_ID, "17"},
        {RH_PROC_VARIABLE_ID, "17/worker"},
        {RH_PROC_VARIABLE_ID, "17.1/"},
        {RH_PROC_VARIABLE_ID, "17.1worker"},
        {RH_PROC_VARIABLE_ID, "0.1/worker"},
        {RH_PROC_VARIABLE_ID, "17.0/worker"},
        {RH_PROC_VARIABLE_ID, "017.1/worker"},
        {RH_PROC_VARIABLE_ID, "-17.1/worker"},
        {RH_PROC_VARIABLE_ID, "4294967296.1/worker"},
        {RH_PROC_VARIABLE_ID, "99999999999999999999999.1/worker"},
        {RH_PROC_VARIABLE_ID, "17.1/\xff"},
        {RH_PROC_VARIABLE_ID, "1.1/worker"}, /* the host's own number */
        {RH_PROC_VARIABLE_BACKEND, ""},
        {RH_PROC_VARIABLE_BACKEND, "1"},
        {RH_PROC_VARIABLE_BACKEND, "1="},
        {RH_PROC_VARIABLE_BACKEND, "0=unix:/x"},
        {RH_PROC_VARIABLE_BACKEND, "unix:/x"},
        {RH_PROC_VARIABLE_CALLBACK, ""},
        {RH_PROC_VARIABLE_CALLBACK, "\xc3"},
        {RH_PROC_VARIABLE_ARGUMENT, ""},
        {RH_PROC_VARIABLE_ARGUMENT, "0"},
        {RH_PROC_VARIABLE_ARGUMENT, "0G"},
        {RH_PROC_VARIABLE_ARGUMENT, "0A"},     /* digits are small */
        {RH_PROC_VARIABLE_ARGUMENT, "82"},     /* an array that ends early */
        {RH_PROC_VARIABLE_ARGUMENT, "0101"},   /* two messages */
        {RH_PROC_VARIABLE_ARGUMENT, "fb3ff0"}, /* no value of ours */
    };
    struct rh_proc_identity identity;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)set_good(NULL);
        values[cases[i].variable] = cases[i].value;
        assert_int_equal(rh_proc_read(&environment, &identity), RH_INVALID);
        char begins[128];
        (void)snprintf(begins, sizeof(begins), "parameter '%s' invalid: it is not ",
                       rh_proc_variable_name(cases[i].variable));
        assert_memory_equal(said, begins, strlen(begins));
    }
}

static void reads_up_to_the_limit_and_no_further(void **state)
{
    (void)state;
    char text[RH_PROC_TEXT_MAX + 1];
    struct rh_proc_identity identity;
    memset(text, 'x', sizeof(text));
    text[RH_PROC_TEXT_MAX - 1] = '\0';
    values[RH_PROC_VARIABLE_CALLBACK] = text;
    assert_int_equal(rh_proc_read(&environment, &identity), RH_OK);
    assert_string_equal(identity.callback, text);
    text[RH_PROC_TEXT_MAX - 1] = 'x';
    text[RH_PROC_TEXT_MAX] = '\0';
    assert_int_equal(rh_proc_read(&environment, &identity), RH_INVALID);
}

static void complaining_is_optional(void **state)
{
    (void)state;
    struct rh_proc_environment silent = {.look_up = look_up};
    struct rh_proc_identity identity;
    values[RH_PROC_VARIABLE_ID] = NULL;
    assert_int_equal(rh_proc_read(&silent, &identity), RH_INVALID);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {1, 2, 9, 10, 4294967295U};
    char id[RH_PROC_VALUE_BYTES(16)];
    char backend[RH_PROC_VALUE_BYTES(16)];
    char argument[RH_PROC_VALUE_BYTES(64)];
    struct rh_message message = RH_ARRAY(rh_allocator_default(), "an argument of some length", -1);
    struct rh_proc_identity identity;
    rh_proc_write_argument(&message, argument);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint32_t number = numbers[i];
        uint32_t other = number == 1 ? 7 : 1;
        assert_int_equal(rh_proc_write_id(number, number, "h/n\xc3\xa4me 2#1", id), RH_OK);
        assert_int_equal(rh_proc_write_backend(other, "tcp:[::1]:9", backend), RH_OK);
        values[RH_PROC_VARIABLE_ID] = id;
        values[RH_PROC_VARIABLE_BACKEND] = backend;
        values[RH_PROC_VARIABLE_ARGUMENT] = argument;
        assert_int_equal(rh_proc_read(&environment, &identity), RH_OK);
        assert_int_equal(identity.node, number);
        assert_int_equal(identity.incarnation, number);
        assert_int_equal(identity.host, other);
        assert_string_equal(identity.id, "h/n\xc3\xa4me 2#1");
        assert_string_equal(identity.backend, "tcp:[::1]:9");
        assert_true(rh_message_equal(&identity.argument, &message));
        rh_proc_identity_deinit(&identity);
    }
    rh_message_unref(message);
    assert_int_equal(rh_proc_write_id(0, 1, "a", id), RH_INVALID);
    assert_int_equal(rh_proc_write_id(1, 0, "a", id), RH_INVALID);
    assert_int_equal(rh_proc_write_id(1, 1, "", id), RH_INVALID);
    assert_int_equal(rh_proc_write_id(1, 1, "\xff", id), RH_INVALID);
    assert_int_equal(rh_proc_write_backend(0, "a", backend), RH_INVALID);
    assert_int_equal(rh_proc_write_backend(1, "", backend), RH_INVALID);
}

static void refuses_to_write_what_is_too_long_to_read(void **state)
{
    (void)state;
    char text[RH_PROC_TEXT_MAX];
    char buffer[RH_PROC_VALUE_BYTES(RH_PROC_TEXT_MAX)];
    memset(text, 'x', sizeof(text));
    text[RH_PROC_TEXT_MAX - 5] = '\0'; /* "1.1/" */
    assert_int_equal(rh_proc_write_id(1, 1, text, buffer), RH_OK);
    assert_int_equal(rh_proc_write_id(10, 1, text, buffer), RH_INVALID);
    text[RH_PROC_TEXT_MAX - 5] = 'x';
    text[RH_PROC_TEXT_MAX - 3] = '\0'; /* "1=" */
    assert_int_equal(rh_proc_write_backend(1, text, buffer), RH_OK);
    assert_int_equal(rh_proc_write_backend(10, text, buffer), RH_INVALID);
}

static void refuses_an_argument_beyond_the_limits(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    struct rh_proc_environment narrow = environment;
    struct rh_proc_identity identity;
    limits.message_bytes_max = 4;
    narrow.limits = &limits;
    values[RH_PROC_VARIABLE_ARGUMENT] = "63616263"; /* "abc" */
    assert_int_equal(rh_proc_read(&narrow, &identity), RH_OK);
    values[RH_PROC_VARIABLE_ARGUMENT] = "6461626364";
    assert_int_equal(rh_proc_read(&narrow, &identity), RH_INVALID);
}

static void *refuse(void *self, size_t size)
{
    (void)self;
    (void)size;
    return NULL;
}

static void is_out_of_memory_without_leaking(void **state)
{
    (void)state;
    struct rh_allocator allocator = *rh_allocator_default();
    struct rh_proc_environment poor = environment;
    struct rh_proc_identity identity;
    allocator.allocate = refuse;
    poor.allocator = &allocator;
    assert_int_equal(rh_proc_read(&poor, &identity), RH_OK); /* it needs none */
    values[RH_PROC_VARIABLE_ARGUMENT] = "01";
    assert_int_equal(rh_proc_read(&poor, &identity), RH_NO_MEMORY);
    assert_string_equal(said, "");
}

static void recognises_last_words(void **state)
{
    (void)state;
    struct rh_message word = RH_ARRAY(NULL, "$exit", 3, 0, "host_gone");
    struct rh_message other = RH_ARRAY(NULL, "$exit", "three", 0, "host_gone");
    struct rh_proc_exit last;
    assert_true(rh_proc_is_exit(&word, &last));
    assert_int_equal(last.code, RH_PROC_CODE_HOST_LOST);
    assert_int_equal(last.signal, 0);
    assert_int_equal(last.reason.size, 10);
    assert_false(rh_proc_is_exit(&other, &last));
    rh_message_unref(word);
    rh_message_unref(other);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup(function, set_good)
    const struct CMUnitTest tests[] = {
        CASE(reads_what_a_host_says),
        CASE(names_each_missing_variable),
        CASE(names_all_that_are_wrong_in_their_order),
        CASE(refuses_what_is_not_an_identity),
        CASE(reads_up_to_the_limit_and_no_further),
        CASE(complaining_is_optional),
        CASE(writes_what_it_reads),
        CASE(refuses_to_write_what_is_too_long_to_read),
        CASE(refuses_an_argument_beyond_the_limits),
        CASE(is_out_of_memory_without_leaking),
        CASE(recognises_last_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
