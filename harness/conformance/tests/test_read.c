/* SPDX-License-Identifier: MIT */
/* Reading cases and programs: everything that the form does not have is refused, at its place. */
#include "harness/conformance/case.h"
#include "harness/conformance/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct rh_beam_arena arena;
static struct rh_beam_flaw flaw;

static int reset(void **state)
{
    (void)state;
    rh_beam_arena_deinit(&arena);
    return 0;
}

static bool read_case(const char *steps, struct rh_beam_case *ret_case)
{
    static const char frame[] =
        "{\"id\":\"T\",\"class\":\"core\",\"steps\":[%s],\"observed\":[1],\"expected\":"
        "[{\"alive\":[],\"dead\":{},\"mbox\":{},\"ret\":{}}]}";
    char line[2000];
    int size = snprintf(line, sizeof line, frame, steps);
    struct rh_beam_json *json = rh_beam_json_read(&arena, "f", 1, line, (size_t)size, &flaw);
    assert_non_null(json);
    return rh_beam_case_read(&arena, json, ret_case, &flaw);
}

#define SPAWN_A "{\"op\":\"spawn\",\"actor\":\"a\"},"
/* A supervisor of one child, with flags. */
#define SUP(child, flags)                                                                          \
    "{\"op\":\"sup_start\",\"by\":\"a\",\"actor\":\"s\",\"children\":[" child "],\"flags\":" flags \
    "}"
#define CHILD(fields) SUP("{\"id\":\"c\"," fields "}", "{}")
#define SUP_OP(function, rest)                                                                     \
    SUP("{\"id\":\"c\"}", "{}")                                                                    \
    ",{\"op\":\"sup_op\",\"by\":\"a\",\"sup\":\"s\",\"function\":\"" function "\"" rest "}"
#define GS(rest) "{\"op\":\"gs_start\",\"by\":\"a\",\"actor\":\"g\"," rest "}"
#define SPAWN_B(rest) "{\"op\":\"spawn\",\"by\":\"a\",\"actor\":\"b\"," rest "}"

static void accepts_every_form_of_the_manual(void **state)
{
    static const char *const rows[] = {
        "{\"op\":\"spawn\",\"actor\":\"a\",\"trap\":true,\"run\":[{\"op\":\"return\"}]}",
        "{\"op\":\"spawn\",\"actor\":\"a\"},{\"op\":\"spawn\",\"by\":\"a\",\"actor\":\"b\","
        "\"monitor\":\"m\",\"link\":true,\"monitor_opts\":[[\"tag\",\"x\"],[\"alias\","
        "\"demonitor\"]],\"entry\":\"m:f\",\"ghost\":true,\"node\":\"n0\"},"
        "{\"op\":\"demonitor\",\"by\":\"a\",\"ref\":\"m\",\"opts\":[\"flush\",\"info\"]}",
        "{\"op\":\"spawn\",\"actor\":\"a\"},{\"op\":\"race\",\"do\":[{\"op\":\"seq\",\"by\":\"a\","
        "\"do\":[{\"op\":\"sleep\",\"ms\":5},{\"op\":\"busy\",\"by\":\"a\",\"ms\":1}]}]}",
        "{\"op\":\"wait\",\"ms\":5},{\"op\":\"settle\"}",
        "{\"op\":\"spawn\",\"actor\":\"a\"},{\"op\":\"send_after\",\"by\":\"a\",\"ms\":1,\"to\":"
        "{\"name\":\"n\"},\"msg\":{},\"ref\":\"t\"},{\"op\":\"read_timer\",\"by\":\"a\","
        "\"ref\":\"t\",\"uncaught\":true}",
        "{\"op\":\"spawn\",\"actor\":\"p\"},{\"op\":\"sup_start\",\"by\":\"p\",\"actor\":\"s\","
        "\"children\":[{\"id\":\"c\",\"shutdown\":\"brutal_kill\",\"graceful\":true}]},"
        "{\"op\":\"exit\",\"by\":\"c#12\",\"reason\":[1]}",
        "{\"op\":\"spawn\",\"actor\":\"p\"},{\"op\":\"sup_start\",\"by\":\"p\",\"actor\":\"s\","
        "\"children\":[]},{\"op\":\"sup_op\",\"by\":\"p\",\"sup\":\"s\",\"function\":"
        "\"start_child\",\"args\":[{\"id\":\"c\"}]},{\"op\":\"link\",\"by\":\"p\",\"to\":\"c#1\"}",
        SPAWN_A
        "{\"op\":\"gs_start\",\"by\":\"a\",\"actor\":\"g\",\"how\":\"start\",\"opts\":[\"trap\","
        "[\"trap_exit\",false],[\"stop\",\"bad\"],[\"exit\",1],[\"error\",2],[\"throw\",3],"
        "\"ignore\"]}",
        SPAWN_A SUP(
            "{\"id\":\"c\",\"restart\":\"temporary\",\"shutdown\":\"infinity\",\"trap\":true,"
            "\"graceful\":false,\"type\":\"supervisor\"}",
            "{\"strategy\":\"simple_one_for_one\",\"intensity\":0,\"period\":1000000000}"),
        SPAWN_A SUP("{\"id\":\"c\",\"shutdown\":0,\"type\":\"worker\"}",
                    "{\"strategy\":\"one_for_all\"}"),
        SPAWN_A
        "{\"op\":\"spawn_request\",\"by\":\"a\",\"actor\":\"b\",\"ref\":\"r\",\"monitor\":true}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rh_beam_case subject;
        bool good = read_case(rows[i], &subject);
        assert_string_equal(good ? "" : flaw.text, "");
        assert_false(subject.needs_nodes);
    }
}

struct refused {
    const char *steps;
    const char *text;
};

static void refuse_all(const struct refused *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rh_beam_case subject;
        assert_false(read_case(rows[i].steps, &subject));
        assert_string_equal(flaw.text, rows[i].text);
    }
}

static void refuses_what_the_manual_does_not_have(void **state)
{
    static const struct refused rows[] = {
        {"{\"op\":\"fly\"}", "unknown operation 'fly'"},
        {"{}", "an operation must be an object with the key 'op'"},
        {"[]", "an operation must be an object with the key 'op'"},
        {"{\"op\":\"wait\",\"ms\":5,\"by\":\"a\"}", "'wait' has no field 'by'"},
        {"{\"op\":\"wait\",\"speed\":5}", "unknown field 'speed'"},
        {"{\"op\":\"wait\"}", "'wait' needs the field 'ms'"},
        {"{\"op\":\"wait\",\"ms\":-1}", "'ms' must be a number from 0 to 1000000000"},
        {"{\"op\":\"spawn\",\"actor\":7}", "'actor' must be a name, not an integer"},
        {"{\"op\":\"spawn\",\"actor\":\"a\",\"trap\":1}",
         "'trap' must be a boolean, not an integer"},
        {"{\"op\":\"spawn\",\"actor\":\"a\",\"link\":true}",
         "the harness neither links nor monitors"},
        {SPAWN_A "{\"op\":\"link\",\"to\":\"a\"}", "'link' needs the field 'by'"},
        {SPAWN_A "{\"op\":\"link\",\"by\":\"a\",\"to\":\"b\"}", "nobody starts the actor 'b'"},
        {SPAWN_A "{\"op\":\"link\",\"by\":\"a\",\"to\":{\"name\":\"n\"}}", "'link' needs an actor"},
        {SPAWN_A "{\"op\":\"demonitor\",\"by\":\"a\",\"ref\":\"m\"}",
         "nothing makes the reference 'm'"},
        {SPAWN_A "{\"op\":\"info\",\"by\":\"a\",\"to\":\"a\",\"item\":\"heap\"}",
         "unknown item 'heap'"},
        {SPAWN_A "{\"op\":\"monitor\",\"by\":\"a\",\"to\":\"a\",\"ref\":\"m\",\"opts\":[\"x\"]}",
         "unknown option of a monitor"},
        {SPAWN_A "{\"op\":\"alias\",\"by\":\"a\",\"ref\":\"m\",\"opts\":[\"x\"]}",
         "unknown option of an alias"},
        {SPAWN_A "{\"op\":\"bif\",\"by\":\"a\",\"function\":\"display\",\"args\":[]}",
         "unknown function erlang:display"},
        {SPAWN_A "{\"op\":\"seq\",\"by\":\"a\",\"do\":[{\"op\":\"race\",\"do\":[]}]}",
         "'race' cannot stand here"},
        {SPAWN_A "{\"op\":\"seq\",\"by\":\"a\",\"do\":[{\"op\":\"return\",\"by\":\"b\"}]}",
         "'b' acts inside what 'a' does"},
        {SPAWN_A "{\"op\":\"call\",\"by\":\"a\",\"to\":\"a\",\"request\":\"sing\"}",
         "no generic server understands this request"},
    };
    (void)state;
    refuse_all(rows, sizeof rows / sizeof *rows);
}

static void refuses_what_no_spawn_or_supervisor_takes(void **state)
{
    static const struct refused rows[] = {
        {SPAWN_A SPAWN_B("\"monitor\":\"m\",\"monitor_opts\":[[\"tag\"]]"),
         "unknown option of a monitor"},
        {SPAWN_A SPAWN_B("\"monitor\":\"m\",\"monitor_opts\":[[\"alias\",\"sometimes\"]]"),
         "unknown option of a monitor"},
        {SPAWN_A SPAWN_B("\"monitor\":7"), "'monitor' must name a reference"},
        {SPAWN_A SPAWN_B("\"monitor\":\"\""), "'monitor' must name a reference"},
        {SPAWN_A SPAWN_B("\"monitor\":true"), "'monitor' must name a reference"},
        {SPAWN_A SPAWN_B("\"entry\":\"m\""), "'entry' must be module:function"},
        {SPAWN_A SPAWN_B("\"entry\":\":f\""), "'entry' must be module:function"},
        {SPAWN_A SPAWN_B("\"entry\":\"m:\""), "'entry' must be module:function"},
        {SPAWN_A SPAWN_B(
             "\"monitor\":\"m\"") ",{\"op\":\"demonitor\",\"by\":\"a\",\"ref\":\"m\",\"opts\":[\"flush\",\"x\"]}",
         "unknown option of demonitor"},
        {SPAWN_A GS("\"how\":\"crawl\""), "unknown way to start 'crawl'"},
        {SPAWN_A GS("\"how\":\"start\",\"opts\":[\"fast\"]"), "unknown option of a generic server"},
        {SPAWN_A GS("\"how\":\"start\",\"opts\":[[\"fast\",1]]"),
         "unknown option of a generic server"},
        {SPAWN_A SUP("7", "{}"), "a child must be an object"},
        {SPAWN_A SUP("{}", "{}"), "a child needs an 'id'"},
        {SPAWN_A SUP("{\"id\":\"\"}", "{}"), "bad field 'id' of a child"},
        {SPAWN_A SUP("{\"id\":7}", "{}"), "bad field 'id' of a child"},
        {SPAWN_A CHILD("\"restart\":\"often\""), "bad field 'restart' of a child"},
        {SPAWN_A CHILD("\"trap\":1"), "bad field 'trap' of a child"},
        {SPAWN_A CHILD("\"graceful\":1"), "bad field 'graceful' of a child"},
        {SPAWN_A CHILD("\"type\":\"clerk\""), "bad field 'type' of a child"},
        {SPAWN_A CHILD("\"colour\":\"red\""), "bad field 'colour' of a child"},
        {SPAWN_A CHILD("\"shutdown\":-1"),
         "'shutdown' must be milliseconds, \"infinity\" or \"brutal_kill\""},
        {SPAWN_A CHILD("\"shutdown\":1000000001"),
         "'shutdown' must be milliseconds, \"infinity\" or \"brutal_kill\""},
        {SPAWN_A CHILD("\"shutdown\":\"soon\""),
         "'shutdown' must be milliseconds, \"infinity\" or \"brutal_kill\""},
        {SPAWN_A SUP("{\"id\":\"c\"}", "{\"strategy\":\"one_for_none\"}"),
         "bad flag 'strategy' of a supervisor"},
        {SPAWN_A SUP("", "{\"strategy\":\"simple_one_for_one\"}"),
         "bad flag 'strategy' of a supervisor"},
        {SPAWN_A SUP("", "{\"intensity\":-1}"), "bad flag 'intensity' of a supervisor"},
        {SPAWN_A SUP("", "{\"period\":1000000001}"), "bad flag 'period' of a supervisor"},
        {SPAWN_A SUP("", "{\"period\":\"long\"}"), "bad flag 'period' of a supervisor"},
        {SPAWN_A SUP_OP("dance", ""), "unknown function 'dance' of a supervisor"},
        {SPAWN_A SUP_OP("start_child", ""), "start_child needs one child"},
        {SPAWN_A SUP_OP("start_child", ",\"args\":[]"), "start_child needs one child"},
        {SPAWN_A SUP_OP("start_child", ",\"args\":[{}]"), "a child needs an 'id'"},
    };
    (void)state;
    refuse_all(rows, sizeof rows / sizeof *rows);
}

static void knows_which_cases_need_a_second_node(void **state)
{
    struct rh_beam_case subject;
    (void)state;
    assert_true(read_case("{\"op\":\"node_start\",\"node\":\"n1\"}", &subject));
    assert_true(subject.needs_nodes);
    assert_true(read_case("{\"op\":\"spawn\",\"actor\":\"a\",\"node\":\"n1\"}", &subject));
    assert_true(subject.needs_nodes);
    assert_true(read_case("{\"op\":\"spawn\",\"actor\":\"a\"},{\"op\":\"race\",\"do\":[{\"op\":"
                          "\"send\",\"by\":\"a\",\"to\":{\"name\":\"n\",\"node\":\"n1\"},"
                          "\"msg\":1}]}",
                          &subject));
    assert_true(subject.needs_nodes);
}

static void refuses_a_case_whose_frame_is_wrong(void **state)
{
    static const char *const rows[] = {
        "[]",
        "{\"id\":\"T\"}",
        "{\"id\":\"T\",\"class\":\"core\",\"steps\":[],\"expected\":[],\"observed\":[]}",
        "{\"id\":\"T\",\"class\":\"core\",\"steps\":[],\"expected\":[{}],\"observed\":[1]}",
        "{\"id\":\"T\",\"class\":\"core\",\"steps\":[],\"expected\":[{\"alive\":[],\"dead\":{},"
        "\"mbox\":{},\"ret\":{}}],\"observed\":[-1]}",
        "{\"id\":\"T\",\"class\":\"hard\",\"steps\":[],\"expected\":[{\"alive\":[],\"dead\":{},"
        "\"mbox\":{},\"ret\":{}}],\"observed\":[1]}",
        "{\"id\":\"T\",\"class\":\"core\",\"steps\":[],\"expected\":[{\"alive\":[],\"dead\":{},"
        "\"mbox\":{},\"ret\":{}}],\"observed\":[1],\"colour\":1}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rh_beam_case subject;
        struct rh_beam_json *json =
            rh_beam_json_read(&arena, "f", 1, rows[i], strlen(rows[i]), &flaw);
        assert_non_null(json);
        assert_false(rh_beam_case_read(&arena, json, &subject, &flaw));
        assert_true(flaw.text[0] != '\0');
    }
}

static bool read_program(const char *steps)
{
    char line[500];
    struct rh_beam_program program;
    int size = snprintf(line, sizeof line, "{\"id\":\"g\",\"level\":1,\"steps\":[%s]}", steps);
    struct rh_beam_json *json = rh_beam_json_read(&arena, "f", 1, line, (size_t)size, &flaw);
    assert_non_null(json);
    return rh_beam_program_read(&arena, json, &program, &flaw);
}

static void reads_programs_strictly(void **state)
{
    static const char *const bad[] = {
        "[]",
        "[\"spawn\"]",
        "[\"spawn\",\"p\",\"fast\"]",
        "[\"spawn\",\"p\",\"link\"]",
        "[\"spawn\",\"p\",\"by=q\",\"by=r\"]",
        "[\"link\",\"p\"]",
        "[\"link\",\"p\",1]",
        "[\"trap\",\"p\",\"maybe\"]",
        "[\"hug\",\"p\",\"q\"]",
        "[\"burst\",\"p\",[]]",
        "[\"burst\",\"p\",[[\"link\",\"q\",\"p\"]]]",
    };
    (void)state;
    assert_true(read_program("[\"spawn\",\"p\",\"by=q\",\"link\",\"mon=m\",\"trap\"],"
                             "[\"burst\",\"p\",[[\"trap\",\"p\",\"on\"],[\"exit\",\"p\",\"r\"]]],"
                             "[\"demoni\",\"p\",\"m\"],[\"sendn\",\"p\",\"n\",\"x\"]"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(read_program(bad[i]));
        assert_true(flaw.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(accepts_every_form_of_the_manual, reset),
        cmocka_unit_test_teardown(refuses_what_the_manual_does_not_have, reset),
        cmocka_unit_test_teardown(refuses_what_no_spawn_or_supervisor_takes, reset),
        cmocka_unit_test_teardown(knows_which_cases_need_a_second_node, reset),
        cmocka_unit_test_teardown(refuses_a_case_whose_frame_is_wrong, reset),
        cmocka_unit_test_teardown(reads_programs_strictly, reset),
    };
    return cmocka_run_group_tests_name("harness.conformance.read", tests, NULL, NULL) ? 1 : 0;
}
