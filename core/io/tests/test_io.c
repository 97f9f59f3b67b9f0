/* SPDX-License-Identifier: MIT */
/* The life of a pipe, a listener, a child, as its owner and as the driver see it. */
#include "core/io/tests/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_pipe_lives_from_connect_to_closed(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = connect_to(a, "unix:a");
    assert_string_equal(effects(), "connect 0 unix:a; ");
    assert_status(status_of(a, pipe, do_write), RH_NOT_FOUND); /* not open yet */
    assert_status(feed(pipe, RH_IO_OPENED), RH_OK);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    assert_status(status_of(a, pipe, do_write), RH_FULL);
    assert_string_equal(effects(), "write 0 hello; ");
    assert_status(feed(pipe, RH_IO_WRITTEN), RH_OK);
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "abc"), RH_OK);
    assert_status(status_of(a, pipe, do_shutdown), RH_OK);
    assert_status(status_of(a, pipe, do_shutdown), RH_NOT_FOUND);
    assert_status(status_of(a, pipe, do_write), RH_NOT_FOUND);
    assert_status(feed(pipe, RH_IO_EOF), RH_OK);
    assert_string_equal(effects(), "shutdown 0; ");
    assert_status(feed_closed(pipe, RH_CLOSE_EOF), RH_OK);
    assert_string_equal(heard_all(), "0 opened; 0 written; 0 bytes abc; 0 eof; 0 closed eof; ");
    assert_status(feed(pipe, RH_IO_EOF), RH_NOPROC);
    assert_status(status_of(a, pipe, do_close), RH_NOT_FOUND);
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void a_refused_address_is_closed_instead_of_opened(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = connect_to(a, "tcp:nowhere:1");
    (void)effects();
    assert_status(feed_closed(pipe, RH_CLOSE_REFUSED), RH_OK);
    assert_string_equal(heard_all(), "0 closed refused; ");
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void after_close_nothing_but_closed_is_heard(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_status(status_of(a, pipe, do_close), RH_OK);
    assert_status(status_of(a, pipe, do_close), RH_NOT_FOUND);
    assert_string_equal(effects(), "write 0 hello; close 0; ");
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "late"), RH_OK);
    assert_status(feed(pipe, RH_IO_WRITTEN), RH_OK);
    assert_status(feed(pipe, RH_IO_EOF), RH_OK);
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_string_equal(heard_all(), "0 closed requested; ");
    close_node();
}

static void closing_before_the_answer_still_answers(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = connect_to(a, "unix:a");
    assert_status(status_of(a, pipe, do_close), RH_OK);
    assert_string_equal(effects(), "connect 0 unix:a; close 0; ");
    assert_status(feed(pipe, RH_IO_OPENED), RH_OK);
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_string_equal(heard_all(), "0 closed requested; ");
    close_node();
}

static void effects_of_a_closed_handle_are_withdrawn(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    assert_status(status_of(a, pipe, do_close), RH_OK);
    assert_status(feed_closed(pipe, RH_CLOSE_RESET), RH_OK); /* before either was taken */
    assert_string_equal(effects(), "");
    assert_string_equal(heard_all(), "0 closed reset; ");
    close_node();
}

static void pause_and_resume_take_each_other_back(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_status(status_of(a, pipe, do_resume), RH_OK);
    assert_string_equal(effects(), "");
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_string_equal(effects(), "pause 0; ");
    assert_status(status_of(a, pipe, do_resume), RH_OK);
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_string_equal(effects(), "");
    assert_status(status_of(a, pipe, do_resume), RH_OK);
    assert_string_equal(effects(), "resume 0; ");
    close_node();
}

static void a_listener_accepts_pipes_of_their_own(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct order listener = tell(a, (struct order){.text = "unix:l"}, do_listen);
    struct rh_ref pipe;
    assert_string_equal(effects(), "listen 0 unix:l; ");
    assert_status(feed_accepted(listener.ref, &pipe), RH_INVALID); /* not open yet */
    assert_status(feed(listener.ref, RH_IO_OPENED), RH_OK);
    assert_status(feed_accepted(listener.ref, &pipe), RH_OK);
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "hi"), RH_OK);
    assert_status(status_of(a, listener.ref, do_close), RH_OK);
    assert_status(status_of(a, listener.ref, do_pause), RH_NOT_FOUND);
    assert_string_equal(effects(), "close 0; ");
    struct rh_ref late;
    assert_status(feed_accepted(listener.ref, &late), RH_NOPROC);
    assert_status(feed_closed(listener.ref, RH_CLOSE_REQUESTED), RH_OK);
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "ho"), RH_OK); /* outlives its listener */
    assert_string_equal(heard_all(), "0 opened; 0 accepted 1; 1 bytes hi; 0 closed requested; "
                                     "1 bytes ho; ");
    assert_int_equal(handles_now(), 1);
    close_node();
}

static void accepting_may_end_the_owner(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct order listener = tell(a, (struct order){.text = "unix:l"}, do_listen);
    (void)effects();
    assert_status(feed(listener.ref, RH_IO_OPENED), RH_OK);
    on_accept = RH_DONE;
    struct rh_ref pipe;
    assert_status(feed_accepted(listener.ref, &pipe), RH_OK);
    assert_string_equal(effects(), "close 0; close 1; ");
    assert_status(feed_closed(listener.ref, RH_CLOSE_REQUESTED), RH_OK);
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void a_child_ends_with_exited_and_closed_in_either_order(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    const char *const arguments[] = {"-u", "", NULL};
    const char *const environment[] = {"A=b", NULL};
    struct rh_command command = {"prog", arguments, environment, "/tmp"};
    struct order order = tell(a, (struct order){.command = &command}, do_start);
    struct rh_effect effect;
    assert_true(rh_node_take_effect(node, &effect));
    assert_int_equal(effect.kind, RH_EFFECT_START);
    assert_string_equal(effect.command->arguments[0], "-u");
    assert_string_equal(effect.command->arguments[1], "");
    assert_null(effect.command->arguments[2]);
    assert_string_equal(effect.command->environment[0], "A=b");
    assert_null(effect.command->environment[1]);
    assert_string_equal(effect.command->directory, "/tmp");
    assert_status(feed(order.ref, RH_IO_STARTED), RH_OK);
    assert_status(feed_bytes(order.ref, RH_IO_STDERR, "oh"), RH_OK);
    assert_status(feed_closed(order.ref, RH_CLOSE_EOF), RH_OK);
    assert_status(status_of(a, order.ref, do_write), RH_NOT_FOUND);
    assert_status(status_of(a, order.ref, do_kill), RH_OK);
    assert_string_equal(effects(), "kill 0 15; ");
    assert_status(feed_io((struct rh_io){RH_IO_EXITED, .handle = order.ref, .signal = 15}), RH_OK);
    assert_string_equal(heard_all(), "0 started; 0 stderr oh; 0 closed eof; 0 exited 0 15; ");
    struct rh_ref other = open_child(a);
    assert_status(feed_io((struct rh_io){RH_IO_EXITED, .handle = other, .number = 3}), RH_OK);
    assert_status(status_of(a, other, do_kill), RH_NOT_FOUND);
    assert_status(feed_bytes(other, RH_IO_BYTES, "rest"), RH_OK);
    assert_status(feed_closed(other, RH_CLOSE_EOF), RH_OK);
    assert_string_equal(heard_all(), "1 exited 3 0; 1 bytes rest; 1 closed eof; ");
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void a_missing_program_is_closed_without_exited(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct order order = tell(a, (struct order){.command = &cat}, do_start);
    assert_string_equal(effects(), "start 0 cat; ");
    assert_status(feed_closed(order.ref, RH_CLOSE_NOT_FOUND), RH_OK);
    assert_string_equal(heard_all(), "0 closed not_found; ");
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void signals_to_a_child_are_a_set(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref child = open_child(a);
    (void)tell(a, (struct order){.ref = child, .number = 15}, do_kill);
    (void)tell(a, (struct order){.ref = child, .number = 15}, do_kill);
    (void)tell(a, (struct order){.ref = child, .number = 1}, do_kill);
    assert_string_equal(effects(), "kill 0 1; kill 0 15; ");
    assert_status(tell(a, (struct order){.ref = child, .number = 0}, do_kill).status, RH_INVALID);
    assert_status(tell(a, (struct order){.ref = child, .number = 64}, do_kill).status, RH_INVALID);
    (void)tell(a, (struct order){.ref = child, .number = 2}, do_kill);
    assert_status(feed(child, RH_IO_EXITED), RH_OK);
    assert_string_equal(effects(), ""); /* nobody is there to be told */
    close_node();
}

static void an_adopted_pipe_is_open(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe;
    assert_status(rh_node_adopt(node, 0, a, &pipe), RH_OK);
    (void)handle_index(pipe);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    assert_string_equal(effects(), "write 0 hello; ");
    leave_now(a);
    assert_string_equal(effects(), "close 0; ");
    assert_status(rh_node_adopt(node, 0, a, &pipe), RH_NOPROC);
    close_node(); /* with a handle that nobody closed */
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    struct rh_ref child = open_child(a);
    struct rh_ref other = pipe;
    other.ordinal += 1000;
    assert_status(feed(other, RH_IO_EOF), RH_NOPROC);
    assert_status(feed(pipe, RH_IO_OPENED), RH_INVALID);
    assert_status(feed(pipe, RH_IO_STARTED), RH_INVALID);
    assert_status(feed(pipe, RH_IO_EXITED), RH_INVALID);
    assert_status(feed(pipe, RH_IO_WRITTEN), RH_INVALID);
    assert_status(feed(pipe, RH_IO_BYTES), RH_INVALID); /* none */
    assert_status(feed_bytes(pipe, RH_IO_STDERR, "x"), RH_INVALID);
    assert_status(feed(child, RH_IO_STARTED), RH_INVALID);
    assert_status(feed(child, RH_IO_OPENED), RH_INVALID);
    assert_status(feed_closed(pipe, RH_CLOSE_COUNT), RH_INVALID);
    assert_status(feed(pipe, RH_IO_COUNT), RH_INVALID);
    assert_status(status_of(a, pipe, do_kill), RH_NOT_FOUND);
    assert_status(tell(a, (struct order){.ref = pipe, .text = ""}, do_write).status, RH_INVALID);
    struct rh_ref accepted;
    assert_status(feed_accepted(pipe, &accepted), RH_INVALID);
    assert_string_equal(heard_all(), "");
    close_node();
}

static void limits_are_a_status(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.handles_max = 2;
    limits.address_bytes_max = 8;
    limits.command_bytes_max = 10;
    open_node(&limits);
    struct rh_pid a = enter_player();
    assert_status(tell(a, (struct order){.text = ""}, do_connect).status, RH_INVALID);
    assert_status(tell(a, (struct order){.text = NULL}, do_listen).status, RH_INVALID);
    assert_status(tell(a, (struct order){.text = "unix:abcd"}, do_connect).status, RH_INVALID);
    const char *const arguments[] = {"123456", NULL};
    struct rh_command command = {.program = "cat", .arguments = arguments};
    assert_status(tell(a, (struct order){.command = &command}, do_start).status, RH_LIMIT);
    command.program = "";
    assert_status(tell(a, (struct order){.command = &command}, do_start).status, RH_INVALID);
    assert_int_equal(handles_now(), 0);
    struct order listener = tell(a, (struct order){.text = "unix:abc"}, do_listen);
    assert_status(listener.status, RH_OK);
    (void)effects();
    assert_status(feed(listener.ref, RH_IO_OPENED), RH_OK);
    struct rh_ref pipe;
    assert_status(feed_accepted(listener.ref, &pipe), RH_OK);
    (void)heard_all();
    struct rh_ref refused;
    assert_status(feed_accepted(listener.ref, &refused), RH_LIMIT);
    assert_int_equal(refused.ordinal, 0);
    assert_status(tell(a, (struct order){.text = "unix:b"}, do_connect).status, RH_LIMIT);
    assert_status(rh_node_adopt(node, 0, a, &refused), RH_LIMIT);
    assert_string_equal(heard_all(), "");
    close_node();
}

static void references_can_run_out(void **state)
{
    (void)state;
    open_node_with((struct rh_node_options){.first_generation = UINT32_MAX});
    struct rh_pid a = enter_player();
    assert_status(tell(a, (struct order){.text = "unix:a"}, do_connect).status, RH_OK);
    assert_status(tell(a, (struct order){.text = "unix:a"}, do_connect).status, RH_EXHAUSTED);
    assert_int_equal(handles_now(), 1);
    close_node();
}

/* ---- what the filter may do ---- */

static enum rh_filter_action action;
static uint32_t asked;

static struct rh_filter_answer answer(void *self, const struct rh_filter_question *question)
{
    (void)self;
    if (question->point != RH_FILTER_INPUT) {
        return (struct rh_filter_answer){.action = RH_FILTER_PASS};
    }
    assert_int_equal(question->signal, RH_SIGNAL_IO);
    assert_null(question->message);
    assert_true(question->turn);
    assert_int_equal(question->actions,
                     RH_FILTER_CAN(PASS) | RH_FILTER_CAN(DROP) | RH_FILTER_CAN(CRASH));
    assert_non_null(question->name);
    asked++;
    return (struct rh_filter_answer){
        .action = action, .operations = 1, .replacement = RH_ITEM(NULL, "boom")};
}

static void a_fault_may_take_the_turn_but_not_the_bookkeeping(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    struct order listener = tell(a, (struct order){.text = "unix:l"}, do_listen);
    (void)effects();
    struct rh_filter filter = {answer, NULL};
    rh_node_set_filter(node, &filter);
    asked = 0;
    action = RH_FILTER_DROP;
    assert_status(feed(listener.ref, RH_IO_OPENED), RH_OK);
    struct rh_ref lost;
    assert_status(feed_accepted(listener.ref, &lost), RH_NOPROC);
    assert_status(feed_closed(pipe, RH_CLOSE_EOF), RH_OK);
    assert_string_equal(heard_all(), "");
    assert_int_equal(asked, 3);
    assert_int_equal(handles_now(), 1);
    action = RH_FILTER_DUPLICATE;
    assert_status(feed_accepted(listener.ref, &lost), RH_OK);
    action = RH_FILTER_REPLACE;
    assert_status(feed_bytes(lost, RH_IO_BYTES, "same"), RH_OK);
    assert_string_equal(heard_all(), "1 accepted 2; 2 bytes same; ");
    action = RH_FILTER_CRASH;
    assert_status(feed(lost, RH_IO_EOF), RH_OK);
    assert_false(rh_inspect_is_alive(node, a));
    assert_string_equal(effects(), "close 1; close 2; ");
    close_node();
}

/* ---- what it may do to effects ---- */

static enum rh_effect_kind struck; /* the kind that is answered with `action`; others pass */

static struct rh_filter_answer answer_effect(void *self, const struct rh_filter_question *question)
{
    (void)self;
    bool is_effect = question->point == RH_FILTER_EFFECT && question->signal == RH_SIGNAL_IO;
    if (!is_effect || strcmp(question->name, rh_effect_kind_word(struck)) != 0) {
        return (struct rh_filter_answer){.action = RH_FILTER_PASS};
    }
    asked++;
    assert_false(question->turn);
    assert_null(question->message);
    bool can_drop = struck != RH_EFFECT_CLOSE;
    assert_int_equal(question->actions, RH_FILTER_CAN(PASS) | (can_drop ? RH_FILTER_CAN(DROP) : 0));
    return (struct rh_filter_answer){
        .action = action, .operations = 1, .replacement = RH_ITEM(NULL, "boom")};
}

static char told[512];

static void observe_effect(void *self, const struct rh_event *event)
{
    (void)self;
    char line[96];
    if (event->kind != RH_EVENT_EFFECT) {
        return;
    }
    (void)snprintf(line, sizeof(line), "%s #%u %u %s %s", event->name, (unsigned)event->ordinal,
                   (unsigned)event->number, rh_why_word(event->why), rh_status_word(event->status));
    append(told, sizeof(told), line);
}

static void strike(enum rh_effect_kind kind, enum rh_filter_action with)
{
    static const struct rh_filter filter = {answer_effect, NULL};
    static const struct rh_observer observer = {observe_effect, NULL};
    rh_node_set_filter(node, &filter);
    rh_node_observe(node, &observer);
    told[0] = '\0';
    asked = 0;
    struck = kind;
    action = with;
}

static void every_effect_is_told(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    strike(RH_EFFECT_USER, RH_FILTER_PASS);
    struct rh_ref pipe = open_pipe(a);
    struct rh_command command = {"prog", NULL, NULL, NULL};
    struct order child = tell(a, (struct order){.command = &command}, do_start);
    struct order listener = tell(a, (struct order){.text = "unix:l"}, do_listen);
    (void)effects();
    assert_status(feed(child.ref, RH_IO_STARTED), RH_OK);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_status(status_of(a, pipe, do_pause), RH_OK); /* asks for nothing */
    assert_status(status_of(a, pipe, do_resume), RH_OK);
    assert_status(status_of(a, pipe, do_shutdown), RH_OK);
    struct order kill = {.ref = child.ref, .number = 15};
    assert_status(tell(a, kill, do_kill).status, RH_OK);
    assert_status(status_of(a, listener.ref, do_close), RH_OK);
    leave_now(a);
    assert_string_equal(told, "connect #1 0 - ok; start #2 0 - ok; listen #3 0 - ok; "
                              "write #1 5 - ok; pause #1 0 - ok; resume #1 0 - ok; "
                              "shutdown #1 0 - ok; kill #2 15 - ok; close #3 0 - ok; "
                              "close #1 0 - ok; kill #2 9 - ok; close #2 0 - ok; ");
    close_node();
}

static struct rh_ref dropped_open(struct rh_pid a, enum rh_effect_kind kind)
{
    struct rh_command command = {"prog", NULL, NULL, NULL};
    strike(kind, RH_FILTER_DROP);
    struct order order = {.text = "unix:a", .command = &command};
    order = tell(a, order,
                 kind == RH_EFFECT_CONNECT  ? do_connect
                 : kind == RH_EFFECT_LISTEN ? do_listen
                                            : do_start);
    assert_status(order.status, RH_OK);
    assert_int_equal(asked, 1);
    return order.ref;
}

static void a_fault_refuses_to_open(void **state)
{
    (void)state;
    const enum rh_effect_kind kinds[] = {RH_EFFECT_CONNECT, RH_EFFECT_LISTEN, RH_EFFECT_START};
    for (size_t i = 0; i < 3; i++) {
        open_node(NULL);
        struct rh_pid a = enter_player();
        struct rh_ref ref = dropped_open(a, kinds[i]);
        char line[64];
        (void)snprintf(line, sizeof(line), "%s #1 0 fault ok; ", rh_effect_kind_word(kinds[i]));
        assert_string_equal(told, line);
        assert_string_equal(effects(),
                            kinds[i] == RH_EFFECT_START ? "refuse 0 prog; " : "refuse 0 unix:a; ");
        assert_string_equal(heard_all(), ""); /* the answer is a later event */
        assert_status(feed_closed(ref, RH_CLOSE_FAULT), RH_OK);
        assert_string_equal(heard_all(), "0 closed fault; ");
        assert_status(feed_closed(ref, RH_CLOSE_FAULT), RH_NOPROC);
        assert_int_equal(handles_now(), 0);
        ref = dropped_open(a, kinds[i]);
        assert_status(status_of(a, ref, do_close), RH_OK); /* before the driver knows of it */
        assert_non_null(strstr(effects(), "close 1; "));
        assert_status(feed_closed(ref, RH_CLOSE_REQUESTED), RH_OK);
        assert_string_equal(heard_all(), "1 closed requested; ");
        (void)dropped_open(a, kinds[i]);
        leave_now(a);
        assert_string_equal(effects(), "");
        assert_int_equal(handles_now(), 0);
        close_node();
    }
}

static void a_write_that_a_fault_refuses_ends_its_pipe(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    strike(RH_EFFECT_WRITE, RH_FILTER_DROP);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    assert_string_equal(told, "write #1 5 fault ok; ");
    assert_status(feed(pipe, RH_IO_WRITTEN), RH_INVALID);
    assert_status(status_of(a, pipe, do_write), RH_FULL);
    assert_string_equal(effects(), "refuse 0 unix:a; ");
    assert_status(feed(pipe, RH_IO_WRITTEN), RH_INVALID);  /* it is not for the driver to say so */
    assert_status(status_of(a, pipe, do_shutdown), RH_OK); /* there is nothing to end */
    assert_string_equal(effects(), "");
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "in"), RH_OK); /* what was under way */
    assert_status(feed_closed(pipe, RH_CLOSE_FAULT), RH_OK);
    assert_string_equal(heard_all(), "0 bytes in; 0 closed fault; ");
    pipe = open_pipe(a);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    assert_status(status_of(a, pipe, do_close), RH_OK); /* before the driver knows of it */
    assert_string_equal(effects(), "refuse 1 unix:a; close 1; ");
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_string_equal(heard_all(), "1 closed requested; ");
    pipe = open_pipe(a);
    assert_status(status_of(a, pipe, do_write), RH_OK);
    leave_now(a); /* and its bytes with it */
    assert_string_equal(effects(), "close 2; ");
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void a_lost_pause_or_resume_leaves_what_was(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    strike(RH_EFFECT_PAUSE, RH_FILTER_DROP);
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_string_equal(effects(), "");
    assert_status(status_of(a, pipe, do_resume), RH_OK); /* it never was paused */
    assert_string_equal(effects(), "");
    strike(RH_EFFECT_RESUME, RH_FILTER_DROP);
    assert_status(status_of(a, pipe, do_pause), RH_OK);
    assert_status(status_of(a, pipe, do_resume), RH_OK); /* does not take it back either */
    assert_string_equal(effects(), "pause 0; ");
    strike(RH_EFFECT_USER, RH_FILTER_DROP);
    assert_status(status_of(a, pipe, do_resume), RH_OK);
    assert_string_equal(effects(), "resume 0; ");
    close_node();
}

static void a_lost_shutdown_or_signal_is_heard_by_nobody(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    strike(RH_EFFECT_SHUTDOWN, RH_FILTER_DROP);
    assert_status(status_of(a, pipe, do_shutdown), RH_OK);
    assert_status(status_of(a, pipe, do_write), RH_NOT_FOUND); /* its owner has said the last */
    struct rh_command command = {"prog", NULL, NULL, NULL};
    struct order child = tell(a, (struct order){.command = &command}, do_start);
    assert_string_equal(effects(), "start 1 prog; ");
    assert_status(feed(child.ref, RH_IO_STARTED), RH_OK);
    strike(RH_EFFECT_KILL, RH_FILTER_DROP);
    struct order kill = {.ref = child.ref, .number = 15};
    assert_status(tell(a, kill, do_kill).status, RH_OK);
    assert_string_equal(told, "kill #2 15 fault ok; ");
    assert_string_equal(effects(), "");
    leave_now(a);
    assert_string_equal(effects(), "close 0; close 1; ");
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK);
    assert_status(feed_closed(child.ref, RH_CLOSE_REQUESTED), RH_OK);
    assert_int_equal(handles_now(), 1); /* the child lives on */
    assert_status(feed(child.ref, RH_IO_EXITED), RH_OK);
    assert_int_equal(handles_now(), 0);
    close_node();
}

static void what_an_effect_cannot_suffer_passes_and_is_told(void **state)
{
    (void)state;
    const enum rh_filter_action others[] = {RH_FILTER_DUPLICATE, RH_FILTER_REPLACE,
                                            RH_FILTER_CRASH};
    open_node(NULL);
    struct rh_pid a = enter_player();
    for (size_t i = 0; i < 3; i++) {
        struct rh_ref pipe = open_pipe(a);
        strike(RH_EFFECT_WRITE, others[i]);
        assert_status(status_of(a, pipe, do_write), RH_OK);
        assert_non_null(strstr(told, " 5 - invalid; "));
        assert_int_equal(asked, 1);
        assert_non_null(strstr(effects(), "hello; "));
        assert_true(rh_inspect_is_alive(node, a));
    }
    struct rh_ref pipe = open_pipe(a);
    strike(RH_EFFECT_CLOSE, RH_FILTER_DROP);
    assert_status(status_of(a, pipe, do_close), RH_OK);
    assert_string_equal(told, "close #4 0 - invalid; ");
    assert_string_equal(effects(), "close 3; ");
    close_node();
}

/* ---- the event stream ---- */

static void observe(void *self, const struct rh_event *event)
{
    (void)self;
    if (event->kind == RH_EVENT_INPUT && event->name != NULL) {
        assert_null(event->message);
        assert_int_equal(event->signal, RH_SIGNAL_IO);
        assert_int_equal(event->ordinal, 1);
        assert_int_equal(event->number, 1);
        append(told, sizeof(told), event->name);
    } else if (event->kind == RH_EVENT_HANDLE || event->kind == RH_EVENT_TURN_END ||
               event->kind == RH_EVENT_DROP) {
        append(told, sizeof(told), rh_event_kind_word(event->kind));
    }
}

static void an_input_is_told_before_its_turn(void **state)
{
    (void)state;
    open_node(NULL);
    struct rh_pid a = enter_player();
    struct rh_ref pipe = open_pipe(a);
    struct rh_observer observer = {observe, NULL};
    rh_node_observe(node, &observer);
    told[0] = '\0';
    assert_status(feed_bytes(pipe, RH_IO_BYTES, "x"), RH_OK);
    leave_now(a);
    assert_status(feed_closed(pipe, RH_CLOSE_REQUESTED), RH_OK); /* nobody hears: not told */
    assert_string_equal(told, "bytes; handle; turn_end; ");
    close_node();
}

static void many_handles_are_found(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.handles_max = 1000;
    open_node(&limits);
    struct rh_pid a = enter_player();
    static struct rh_ref refs[1000];
    for (size_t i = 0; i < 1000; i++) {
        assert_status(rh_node_adopt(node, 0, a, &refs[i]), RH_OK);
    }
    for (size_t i = 0; i < 1000; i += 2) {
        assert_status(feed_closed(refs[i], RH_CLOSE_RESET), RH_OK);
        (void)heard_all();
    }
    assert_int_equal(handles_now(), 500);
    assert_status(feed_closed(refs[0], RH_CLOSE_RESET), RH_NOPROC);
    assert_status(feed_closed(refs[1], RH_CLOSE_RESET), RH_OK);
    leave_now(a);
    close_node();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_lives_from_connect_to_closed),
        cmocka_unit_test(a_refused_address_is_closed_instead_of_opened),
        cmocka_unit_test(after_close_nothing_but_closed_is_heard),
        cmocka_unit_test(closing_before_the_answer_still_answers),
        cmocka_unit_test(effects_of_a_closed_handle_are_withdrawn),
        cmocka_unit_test(pause_and_resume_take_each_other_back),
        cmocka_unit_test(a_listener_accepts_pipes_of_their_own),
        cmocka_unit_test(accepting_may_end_the_owner),
        cmocka_unit_test(a_child_ends_with_exited_and_closed_in_either_order),
        cmocka_unit_test(a_missing_program_is_closed_without_exited),
        cmocka_unit_test(signals_to_a_child_are_a_set),
        cmocka_unit_test(an_adopted_pipe_is_open),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(limits_are_a_status),
        cmocka_unit_test(references_can_run_out),
        cmocka_unit_test(a_fault_may_take_the_turn_but_not_the_bookkeeping),
        cmocka_unit_test(every_effect_is_told),
        cmocka_unit_test(a_fault_refuses_to_open),
        cmocka_unit_test(a_write_that_a_fault_refuses_ends_its_pipe),
        cmocka_unit_test(a_lost_pause_or_resume_leaves_what_was),
        cmocka_unit_test(a_lost_shutdown_or_signal_is_heard_by_nobody),
        cmocka_unit_test(what_an_effect_cannot_suffer_passes_and_is_told),
        cmocka_unit_test(an_input_is_told_before_its_turn),
        cmocka_unit_test(many_handles_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
