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

static const struct rh_proc_environment environment = {look_up, complain, NULL};

static int set_good(void **state)
{
    (void)state;
    said[0] = '\0';
    values[RH_PROC_VARIABLE_ID] = "17.3/worker";
    values[RH_PROC_VARIABLE_BACKEND] = "1=unix:/run/host";
    values[RH_PROC_VARIABLE_CALLBACK] = "the host";
    return 0;
}

static void reads_what_a_host_says(void **state)
{
    (void)state;
    struct rh_proc_identity identity;
    assert_int_equal(rh_proc_read(&environment, &identity), RH_OK);
    assert_string_equal(identity.id, "17.3/worker");
    assert_string_equal(identity.name, "worker");
    assert_int_equal(identity.node, 17);
    assert_int_equal(identity.incarnation, 3);
    assert_int_equal(identity.host, 1);
    assert_string_equal(identity.backend, "unix:/run/host");
    assert_string_equal(identity.callback, "the host");
    assert_string_equal(said, "");
}

static void names_each_missing_variable(void **state)
{
    (void)state;
    static const char *const texts[] = {"parameter 'REHEARSE_HOST_PROC_ID' missing\n",
                                        "parameter 'REHEARSE_HOST_BACKEND_ADDR' missing\n",
                                        "parameter 'REHEARSE_HOST_CALLBACK_ADDR' missing\n"};
    struct rh_proc_identity identity;
    for (int i = 0; i < RH_PROC_VARIABLE_COUNT; i++) {
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
    assert_int_equal(rh_proc_read(&environment, &identity), RH_INVALID);
    assert_string_equal(
        said, "parameter 'REHEARSE_HOST_PROC_ID' invalid: it is not NODE.INCARNATION/NAME\n"
              "parameter 'REHEARSE_HOST_BACKEND_ADDR' missing\n"
              "parameter 'REHEARSE_HOST_CALLBACK_ADDR' invalid: it is not NAME\n");
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
        {RH_PROC_VARIABLE_ID, "17.1/a/b"},
        {RH_PROC_VARIABLE_ID, "17.1/a\nb"},
        {RH_PROC_VARIABLE_ID, "17.1/\xff"},
        {RH_PROC_VARIABLE_ID, "1.1/worker"}, /* the host's own number */
        {RH_PROC_VARIABLE_BACKEND, ""},
        {RH_PROC_VARIABLE_BACKEND, "1"},
        {RH_PROC_VARIABLE_BACKEND, "1="},
        {RH_PROC_VARIABLE_BACKEND, "0=unix:/x"},
        {RH_PROC_VARIABLE_BACKEND, "unix:/x"},
        {RH_PROC_VARIABLE_CALLBACK, ""},
        {RH_PROC_VARIABLE_CALLBACK, "a/b"},
        {RH_PROC_VARIABLE_CALLBACK, "a\tb"},
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
    struct rh_proc_environment silent = {look_up, NULL, NULL};
    struct rh_proc_identity identity;
    values[RH_PROC_VARIABLE_ID] = NULL;
    assert_int_equal(rh_proc_read(&silent, &identity), RH_INVALID);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {1, 2, 9, 10, 4294967295U};
    char text[RH_PROC_ID_BYTES(8)];
    struct rh_proc_identity identity;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_int_equal(
            rh_proc_id_write(numbers[i], numbers[i], "n\xc3\xa4me 2", text, sizeof(text)), RH_OK);
        values[RH_PROC_VARIABLE_ID] = text;
        values[RH_PROC_VARIABLE_BACKEND] = "7=x";
        assert_int_equal(rh_proc_read(&environment, &identity), RH_OK);
        assert_int_equal(identity.node, numbers[i]);
        assert_int_equal(identity.incarnation, numbers[i]);
        assert_string_equal(identity.name, "n\xc3\xa4me 2");
    }
    assert_int_equal(rh_proc_id_write(0, 1, "a", text, sizeof(text)), RH_INVALID);
    assert_int_equal(rh_proc_id_write(1, 0, "a", text, sizeof(text)), RH_INVALID);
    assert_int_equal(rh_proc_id_write(1, 1, "", text, sizeof(text)), RH_INVALID);
    assert_int_equal(rh_proc_id_write(1, 1, "a/b", text, sizeof(text)), RH_INVALID);
    assert_int_equal(rh_proc_id_write(1, 1, "12345678", text, sizeof(text) - 1), RH_INVALID);
}

static void an_initialised_proc_may_outlive_what_it_was_made_of(void **state)
{
    (void)state;
    struct rh_proc proc;
    {
        struct rh_proc_identity identity;
        struct rh_proc_options options = {.heartbeat = 5};
        assert_int_equal(rh_proc_read(&environment, &identity), RH_OK);
        rh_proc_init(&proc, &identity, &options);
        memset(&identity, 0x55, sizeof(identity));
    }
    assert_string_equal(proc.identity.name, "worker");
    assert_true(proc.identity.name >= proc.identity.id);
    assert_true(proc.identity.name < proc.identity.id + sizeof(proc.identity.id));
}

static void recognises_last_words(void **state)
{
    (void)state;
    struct rh_message word = RH_ARRAY(NULL, "$exit", 3, "host_gone");
    struct rh_message other = RH_ARRAY(NULL, "$exit", "three", "host_gone");
    int64_t code = 0;
    struct rh_item reason;
    assert_true(rh_proc_is_exit(&word, &code, &reason));
    assert_int_equal(code, RH_PROC_CODE_HOST_LOST);
    assert_int_equal(reason.size, 10);
    assert_false(rh_proc_is_exit(&other, &code, &reason));
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
        CASE(an_initialised_proc_may_outlive_what_it_was_made_of),
        CASE(recognises_last_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
