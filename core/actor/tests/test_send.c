/* SPDX-License-Identifier: MIT */
/* Sending: what is refused, what is dropped, what comes back, and that every message is accounted for. */
#include "core/actor/tests/stage.h"

#include <string.h>

OPERATION(do_send_back, rh_send_with(ctx, op->to, word(op->text), RH_RETURN))
OPERATION(do_send_name, rh_send_name(ctx, op->name, word(op->text)))
OPERATION(do_send_name_at, rh_send_name_at(ctx, op->name, op->flags, word(op->text)))
OPERATION(do_send_alias, rh_send_alias(ctx, op->ref, word(op->text)))
OPERATION(do_send_failed, rh_send(ctx, op->to, rh_message_failed(RH_MALFORMED)))
OPERATION(do_send_macro, RH_SEND(ctx, op->to, "ping", 7, op->text))
OPERATION(do_ask, rh_ask_alive(ctx, op->to, &op->ref))
OPERATION(do_open, rh_alias_open(ctx, RH_ALIAS_EXPLICIT, &op->ref))

static enum rh_status send_back(struct stage *s, struct rh_pid actor, struct rh_pid to,
                                const char *text)
{
    return perform(s, actor, (struct operation){.to = to, .text = text}, do_send_back).status;
}

static enum rh_status send_name(struct stage *s, struct rh_pid actor, const char *name,
                                const char *text)
{
    return perform(s, actor, (struct operation){.name = name, .text = text}, do_send_name).status;
}

static enum rh_status send_name_at(struct stage *s, struct rh_pid actor, const char *name,
                                   uint32_t node, const char *text)
{
    return perform(s, actor, (struct operation){.name = name, .flags = node, .text = text},
                   do_send_name_at)
        .status;
}

static struct rh_pid on_another_node(void)
{
    struct rh_pid far = {.node = 9, .incarnation = 1, .slot = 0, .generation = 1};
    return far;
}

static void messages_of_one_sender_arrive_in_order(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_send(&s, a, b, "one");
    (void)act_send(&s, b, b, "own");
    assert_status(perform(&s, a, (struct operation){.to = b, .text = "x"}, do_send_macro).status,
                  RH_OK);
    (void)act_send(&s, a, b, "three");
    settle(&s);
    assert_string_equal(heard(&s, b),
                        "message a one; message b own; message a [ping, 7, x]; message a three; ");
    stage_close(&s);
}

static void nobody_is_not_an_address(void **state)
{
    struct stage s;
    struct operation op = {.text = "x"};
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    assert_status(act_send(&s, a, rh_pid_none(), "x"), RH_INVALID);
    assert_status(perform(&s, a, op, do_send_macro).status, RH_INVALID);
    assert_status(perform(&s, a, op, do_send_alias).status, RH_INVALID);
    assert_status(perform(&s, a, op, do_ask).status, RH_INVALID);
    assert_status(act_link(&s, a, rh_pid_none()), RH_INVALID);
    op.ref.owner = a; /* but no alias */
    assert_status(perform(&s, a, op, do_send_alias).status, RH_INVALID);
    assert_int_equal(stats(&s).messages_sent, 0);
    stage_close(&s);
}

static void a_message_that_failed_to_build_is_not_sent(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    stage_log(&s, STAGE_BIT(SEND) | STAGE_BIT(REFUSE));
    assert_status(perform(&s, a, (struct operation){.to = a}, do_send_failed).status, RH_MALFORMED);
    assert_string_equal(logged(&s), "refuse MESSAGE a>a; ");
    assert_int_equal(stats(&s).messages_refused, 1);
    stage_close(&s);
}

/* ---- limits ---- */

static void a_message_may_be_as_large_as_the_limit(void **state)
{
    struct stage s;
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options options = {.limits = &limits};
    char text[72];
    (void)state;
    limits.message_bytes_max = 64;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    memset(text, 'x', sizeof(text));
    text[62] = '\0'; /* and a head of two bytes */
    assert_status(act_send(&s, a, a, text), RH_OK);
    text[62] = 'x';
    text[63] = '\0';
    assert_status(act_send(&s, a, a, text), RH_LIMIT);
    assert_status(perform(&s, a, (struct operation){.to = a, .text = text}, do_send_macro).status,
                  RH_LIMIT);
    assert_int_equal(stats(&s).messages_sent, 1);
    assert_int_equal(stats(&s).messages_bytes, 64);
    settle(&s);
    stage_close(&s);
}

static void a_node_full_of_signals_refuses_more(void **state)
{
    struct stage s;
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options options = {.limits = &limits};
    (void)state;
    limits.signals_max = 5;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_trapping(&s, "b");
    stage_log(&s, STAGE_BIT(LIMIT));
    for (int i = 0; i < 4; i++) {
        assert_status(act_send(&s, a, b, "x"), RH_OK);
    }
    assert_status(act_link(&s, a, b), RH_LIMIT); /* room for one half */
    assert_int_equal(look(&s, a).link_count, 0);
    assert_string_equal(logged(&s), "limit - signals_max; ");
    assert_status(act_send(&s, a, b, "x"), RH_OK);
    assert_status(act_send(&s, a, b, "x"), RH_LIMIT);
    assert_status(perform(&s, a, (struct operation){.to = b, .text = "x"}, do_send_macro).status,
                  RH_LIMIT);
    assert_status(rh_node_send(s.node, 0, b, word("x")), RH_LIMIT);
    assert_status(rh_node_input(s.node, 0, b, word("x")), RH_LIMIT);
    assert_status(rh_node_exit_signal(s.node, 0, b, word("x")), RH_LIMIT);
    assert_status(perform(&s, a, (struct operation){.to = b}, do_ask).status, RH_LIMIT);
    settle(&s);
    assert_status(act_link(&s, a, b), RH_OK);
    settle(&s);
    stage_close(&s);
}

/* ---- caps ---- */

static struct rh_pid enter_capped(struct stage *s, const char *name, enum rh_overflow overflow,
                                  bool mailbox)
{
    struct rh_spawn_options options = {.cap = 2, .overflow = overflow, .mailbox = mailbox};
    return enter(s, name, &options);
}

static void a_full_inbox_refuses(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_capped(&s, "b", RH_OVERFLOW_REFUSE, false);
    stage_log(&s, STAGE_BIT(REFUSE));
    assert_status(act_send(&s, a, b, "one"), RH_OK);
    assert_status(act_link(&s, a, b), RH_OK); /* no message, no matter */
    assert_status(act_send(&s, a, b, "two"), RH_OK);
    assert_status(act_send(&s, a, b, "three"), RH_FULL);
    assert_status(perform(&s, a, (struct operation){.to = b, .text = "x"}, do_send_macro).status,
                  RH_FULL);
    assert_string_equal(logged(&s), "refuse MESSAGE a>b; refuse MESSAGE a>b; ");
    assert_int_equal(rh_node_run(s.node, 0, 1), 1);
    assert_status(act_send(&s, a, b, "four"), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, b), "message a one; message a two; message a four; ");
    assert_int_equal(stats(&s).messages_refused, 2);
    stage_audit(&s);
    stage_close(&s);
}

static void a_full_inbox_drops_the_newest(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_capped(&s, "b", RH_OVERFLOW_DROP_NEWEST, false);
    stage_log(&s, STAGE_BIT(DROP));
    for (int i = 0; i < 3; i++) {
        assert_status(act_send(&s, a, b, i == 2 ? "late" : "early"), RH_OK);
    }
    assert_string_equal(logged(&s), "drop:overflow MESSAGE b>a; ");
    settle(&s);
    assert_string_equal(heard(&s, b), "message a early; message a early; ");
    assert_int_equal(stats(&s).messages_dropped, 1);
    stage_audit(&s);
    stage_close(&s);
}

static void a_full_inbox_drops_the_oldest(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_capped(&s, "b", RH_OVERFLOW_DROP_OLDEST, false);
    struct rh_pid c = enter_plain(&s, "c");
    (void)act_send(&s, a, c, "other");
    (void)act_send(&s, a, b, "one");
    (void)act_send(&s, c, b, "two");
    (void)act_send(&s, a, b, "three");
    settle(&s);
    assert_string_equal(heard(&s, b), "message c two; message a three; ");
    assert_string_equal(heard(&s, c), "message a other; ");
    stage_audit(&s);
    stage_close(&s);
}

static void mail_counts_against_the_cap_until_it_is_taken(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_capped(&s, "b", RH_OVERFLOW_REFUSE, true);
    struct rh_receive want = {.timeout = RH_NEVER};
    (void)act_send(&s, a, b, "one");
    settle(&s);
    assert_status(act_send(&s, a, b, "two"), RH_OK); /* one in the mailbox, one in the inbox */
    assert_status(act_send(&s, a, b, "three"), RH_FULL);
    settle(&s);
    assert_status(act_send(&s, a, b, "four"), RH_FULL);
    assert_status(act_receive(&s, b, &want), RH_OK);
    settle(&s);
    assert_status(act_send(&s, a, b, "five"), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, b), "message a one; ");
    assert_int_equal(look(&s, b).mailbox_length, 2);
    stage_close(&s);
}

static void a_full_mailbox_drops_its_oldest_message_but_no_notice(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_spawn_options options = {
        .cap = 2, .overflow = RH_OVERFLOW_DROP_OLDEST, .mailbox = true, .trap = true};
    struct rh_pid b = enter(&s, "b", &options);
    (void)act_exit_signal(&s, a, b, "notice");
    (void)act_send(&s, a, b, "one");
    (void)act_send(&s, a, b, "two");
    settle(&s);
    stage_log(&s, STAGE_BIT(DISCARD));
    (void)act_send(&s, a, b, "three");
    assert_string_equal(logged(&s), "discard:overflow MESSAGE b>a; ");
    settle(&s);
    struct rh_receive want = {.timeout = 0};
    for (int i = 0; i < 4; i++) {
        (void)act_receive(&s, b, &want);
        settle(&s);
    }
    assert_string_equal(heard(&s, b), "exit a notice; message a two; message a three; "
                                      "receive_timeout b; ");
    stage_close(&s);
}

/* A look that had found something times out when that is taken from under it. */
static void a_look_ends_even_when_its_find_is_dropped(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_capped(&s, "b", RH_OVERFLOW_DROP_OLDEST, true);
    struct rh_message one = word("one");
    struct rh_receive want = {.patterns = &one, .pattern_count = 1, .timeout = 0};
    (void)act_send(&s, a, b, "one");
    (void)act_send(&s, a, b, "two");
    settle(&s);
    assert_status(act_receive(&s, b, &want), RH_OK);
    (void)act_send(&s, a, b, "three");
    stage_log(&s, STAGE_BIT(WAIT_END) | STAGE_BIT(HANDLE) | STAGE_BIT(PUT));
    settle(&s);
    assert_string_equal(logged(&s),
                        "wait_end:fired b; handle RECEIVE_TIMER b>b; put MESSAGE b>a; ");
    assert_string_equal(heard(&s, b), "receive_timeout b; ");
    assert_int_equal(look(&s, b).mailbox_length, 2);
    assert_false(look(&s, b).waiting);
    stage_close(&s);
}

static void a_selective_actor_is_capped_by_default(void **state)
{
    struct stage s;
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options options = {.limits = &limits};
    (void)state;
    limits.mailbox_messages_max = 1;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_selective(&s, "a");
    assert_status(act_send(&s, a, a, "one"), RH_OK);
    assert_status(act_send(&s, a, a, "two"), RH_FULL);
    stage_close(&s);
}

/* Whom a name means is not known before it is handled; then the cap holds all the same. */
static void a_message_to_a_name_meets_the_cap_when_it_arrives(void **state)
{
    struct stage s;
    static const struct {
        enum rh_overflow overflow;
        const char *left;
    } cases[] = {
        {RH_OVERFLOW_REFUSE, "message a one; message a two; "},
        {RH_OVERFLOW_DROP_NEWEST, "message a one; message a two; "},
        {RH_OVERFLOW_DROP_OLDEST, "message a two; message a three name=svc; "},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        stage_open(&s);
        struct rh_pid a = enter_plain(&s, "a");
        struct rh_pid b = enter_capped(&s, "b", cases[i].overflow, true);
        struct rh_receive want = {.timeout = RH_NEVER};
        assert_status(act_register(&s, a, "svc", b), RH_OK);
        stage_log(&s, STAGE_BIT(DROP) | STAGE_BIT(DISCARD));
        (void)act_send(&s, a, b, "one");
        (void)act_send(&s, a, b, "two");
        assert_status(send_name_at(&s, a, "svc", 1, "three"), RH_OK);
        settle(&s);
        assert_string_equal(logged(&s), cases[i].overflow == RH_OVERFLOW_DROP_OLDEST
                                            ? "discard:overflow MESSAGE b>a; "
                                            : "drop:overflow MESSAGE b>a svc; ");
        for (int take = 0; take < 2; take++) {
            (void)act_receive(&s, b, &want);
            settle(&s);
        }
        assert_string_equal(heard(&s, b), cases[i].left);
        assert_status(act_send(&s, a, b, "four"), RH_OK);
        assert_status(act_send(&s, a, b, "five"), RH_OK); /* it has lost no room */
        settle(&s);
        assert_int_equal(look(&s, b).mailbox_length, 2);
        stage_audit(&s);
        stage_close(&s);
    }
}

/* ---- by name ---- */

static void a_local_name_must_be_owned_when_it_is_used(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(send_name(&s, a, "svc", "x"), RH_NOT_FOUND);
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    assert_status(send_name(&s, a, "svc", "one"), RH_OK);
    act_exit(&s, b, "boom"); /* it was for b */
    assert_status(act_register(&s, a, "svc", a), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "");
    stage_close(&s);
}

static void a_name_at_a_node_is_resolved_when_it_is_handled(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(send_name_at(&s, a, "svc", 1, "one"), RH_OK); /* nobody has it yet */
    assert_status(act_register(&s, a, "svc", b), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, b), "message a one name=svc; ");
    stage_log(&s, STAGE_BIT(DROP));
    assert_status(send_name_at(&s, a, "free", 1, "two"), RH_OK);
    assert_status(send_name_at(&s, a, "svc", 9, "three"), RH_OK);
    assert_status(send_name_at(&s, a, "", 1, "four"), RH_INVALID);
    settle(&s);
    assert_string_equal(logged(&s),
                        "drop:noname MESSAGE ->a free; drop:noconnection MESSAGE ->a svc; ");
    assert_int_equal(stats(&s).stale_pids, 0);
    assert_int_equal(stats(&s).dead_letters, 2);
    stage_close(&s);
}

static void an_alias_of_the_dead_is_a_dead_letter(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct operation open = perform(&s, b, (struct operation){0}, do_open);
    struct operation op = {.ref = open.ref, .text = "x"};
    assert_status(perform(&s, a, op, do_send_alias).status, RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, b), "message a x; ");
    act_exit(&s, b, "boom");
    assert_status(perform(&s, a, op, do_send_alias).status, RH_OK);
    settle(&s);
    assert_int_equal(stats(&s).dead_letters, 1);
    assert_int_equal(stats(&s).alias_closed, 0);
    stage_close(&s);
}

/* ---- forwarding ---- */

struct relay {
    struct rh_pid to;
    enum rh_status status;
    uint16_t hops;
};

static enum rh_status relay_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    struct relay *relay = (struct relay *)(uintptr_t)rh_config(ctx);
    (void)state;
    relay->hops = in->hops;
    relay->status = rh_forward(ctx, in, relay->to);
    return RH_OK;
}

static struct rh_pid enter_relay(struct stage *s, struct rh_behaviour *behaviour,
                                 struct relay *relay)
{
    struct rh_pid pid;
    *behaviour = (struct rh_behaviour){.name = "relay", .receive = relay_receive, .config = relay};
    assert_status(rh_node_spawn(s->node, s->now, behaviour, NULL, &pid), RH_OK);
    adopt(s, "r", pid);
    settle(s);
    return pid;
}

static void a_message_that_runs_in_circles_is_stopped(void **state)
{
    struct stage s;
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options options = {.limits = &limits};
    struct rh_behaviour behaviour;
    struct relay relay;
    (void)state;
    limits.hops_max = 5;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    relay.to = enter_relay(&s, &behaviour, &relay);
    stage_log(&s, STAGE_BIT(REFUSE) | STAGE_BIT(LIMIT));
    assert_status(act_send(&s, a, relay.to, "round"), RH_OK);
    settle(&s);
    assert_status(relay.status, RH_LIMIT);
    assert_int_equal(relay.hops, 5);
    assert_int_equal(stats(&s).messages_sent, 6);
    assert_string_equal(logged(&s), "limit r hops_max; refuse MESSAGE r>r; ");
    stage_audit(&s);
    stage_close(&s);
}

static void a_forwarded_message_comes_from_who_passed_it_on(void **state)
{
    struct stage s;
    struct rh_behaviour behaviour;
    struct relay relay = {0};
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_pid r = enter_relay(&s, &behaviour, &relay);
    relay.to = b;
    (void)act_send(&s, a, r, "hi");
    settle(&s);
    assert_string_equal(heard(&s, b), "message r hi; ");
    relay.to = rh_pid_none();
    (void)act_send(&s, a, r, "lost");
    settle(&s);
    assert_status(relay.status, RH_INVALID);
    stage_close(&s);
}

/* ---- undeliverables ---- */

static void what_cannot_be_delivered_comes_back_once(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(send_back(&s, a, b, "arrives"), RH_OK);
    settle(&s);
    act_exit(&s, b, "boom");
    assert_status(send_back(&s, a, b, "returns"), RH_OK);
    assert_status(send_back(&s, a, on_another_node(), "far"), RH_OK);
    settle(&s);
    assert_string_equal(heard(&s, a), "undeliverable b returns; undeliverable ? far; ");
    assert_int_equal(stats(&s).messages_returned, 2);
    assert_status(send_back(&s, a, b, "nobody waits for it"), RH_OK);
    act_exit(&s, a, "boom");
    settle(&s);
    assert_int_equal(stats(&s).messages_returned, 3); /* and the return was a dead letter */
    assert_int_equal(stats(&s).dead_letters, 4);
    stage_audit(&s);
    stage_close_empty(&s);
}

static enum rh_status check_undeliverable(struct rh_context *ctx, void *state,
                                          const struct rh_delivery *in)
{
    enum rh_status *found = (enum rh_status *)(uintptr_t)rh_config(ctx);
    (void)state;
    *found = rh_delivery_status(in);
    assert_true(rh_pid_is_none(rh_delivery_ref(ctx, in).owner));
    return rh_send_with(ctx, in->from, rh_message_ref(in->message), RH_RETURN);
}

static void an_undeliverable_says_why(void **state)
{
    struct stage s;
    enum rh_status found = RH_OK;
    struct rh_behaviour behaviour = {
        .name = "checker", .receive = check_undeliverable, .config = &found};
    struct rh_pid pid;
    (void)state;
    stage_open(&s);
    struct rh_pid b = enter_plain(&s, "b");
    assert_status(rh_node_spawn(s.node, 0, &behaviour, NULL, &pid), RH_OK);
    settle(&s);
    act_exit(&s, b, "boom");
    assert_status(send_back(&s, pid, b, "x"), RH_OK);
    assert_int_equal(rh_node_run(s.node, 0, 9), 9); /* it tries again each time, one event each */
    assert_status(found, RH_NOPROC);
    assert_int_equal(stats(&s).signals_waiting, 1);
    assert_int_equal(stats(&s).messages_returned, 5);
    assert_status(rh_node_send(s.node, 0, b, word("from nobody")), RH_OK);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_one_sender_arrive_in_order),
        cmocka_unit_test(nobody_is_not_an_address),
        cmocka_unit_test(a_message_that_failed_to_build_is_not_sent),
        cmocka_unit_test(a_message_may_be_as_large_as_the_limit),
        cmocka_unit_test(a_node_full_of_signals_refuses_more),
        cmocka_unit_test(a_full_inbox_refuses),
        cmocka_unit_test(a_full_inbox_drops_the_newest),
        cmocka_unit_test(a_full_inbox_drops_the_oldest),
        cmocka_unit_test(mail_counts_against_the_cap_until_it_is_taken),
        cmocka_unit_test(a_full_mailbox_drops_its_oldest_message_but_no_notice),
        cmocka_unit_test(a_look_ends_even_when_its_find_is_dropped),
        cmocka_unit_test(a_selective_actor_is_capped_by_default),
        cmocka_unit_test(a_message_to_a_name_meets_the_cap_when_it_arrives),
        cmocka_unit_test(a_local_name_must_be_owned_when_it_is_used),
        cmocka_unit_test(a_name_at_a_node_is_resolved_when_it_is_handled),
        cmocka_unit_test(an_alias_of_the_dead_is_a_dead_letter),
        cmocka_unit_test(a_message_that_runs_in_circles_is_stopped),
        cmocka_unit_test(a_forwarded_message_comes_from_who_passed_it_on),
        cmocka_unit_test(what_cannot_be_delivered_comes_back_once),
        cmocka_unit_test(an_undeliverable_says_why),
    };
    return cmocka_run_group_tests_name("core.send", tests, NULL, NULL) ? 1 : 0;
}
