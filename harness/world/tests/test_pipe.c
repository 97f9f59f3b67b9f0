/* SPDX-License-Identifier: MIT */
/* Pipes between virtual nodes: order, capacity, chunks, ends, harms, and how many ways there are to cut a stream. */
#include "harness/world/tests/talk.h"

/* ---- tests ---- */

static void a_write_arrives_and_is_answered(void **state)
{
    struct stage stage;
    (void)state;
    set_up_connected(&stage, NULL);
    act(&stage, 0, do_write, "hello");
    act(&stage, 1, do_write, "you");
    run(&stage);
    both_heard("written bytes:you ", "written bytes:hello ");
    assert_int_equal(rh_world_pipes(stage.world, 0, 1), 1);
    tear_down_all(&stage);
}

static void nobody_there_refuses(void **state)
{
    struct stage stage;
    (void)state;
    set_up(&stage, fifo(), NULL);
    act(&stage, 0, do_connect, "node:2");
    run(&stage);
    act(&stage, 0, do_connect, "node:7");
    run(&stage);
    act(&stage, 0, do_connect, "tcp:localhost:1");
    run(&stage);
    act(&stage, 0, do_listen, "node:2"); /* which is another one's */
    run(&stage);
    both_heard("closed:refused closed:refused closed:refused closed:refused ", "");
    assert_int_equal(rh_world_pipes(stage.world, 0, 1), 0);
    tear_down_all(&stage);
}

static struct rh_filter_answer drop_effects(void *self, const struct rh_filter_question *question)
{
    bool is_effect = question->point == RH_FILTER_EFFECT && strcmp(question->name, self) == 0;
    return (struct rh_filter_answer){.action = is_effect ? RH_FILTER_DROP : RH_FILTER_PASS};
}

/* What a fault refuses to open is closed in a later step, and a write that it takes waits for the close. */
static void a_fault_takes_effects_away(void **state)
{
    (void)state;
    struct stage stage;
    set_up(&stage, fifo(), NULL);
    static const char *const words[] = {"connect", "listen", "write"};
    struct rh_filter filters[3];
    for (size_t i = 0; i < 3; i++) {
        filters[i] = (struct rh_filter){drop_effects, (void *)(uintptr_t)words[i]};
    }
    rh_node_set_filter(rh_world_node(stage.world, 1), &filters[1]);
    act(&stage, 1, do_listen, "node:2");
    assert_string_equal(heard[1].text, "");
    run(&stage);
    assert_string_equal(heard[1].text, "closed:fault ");
    rh_node_set_filter(rh_world_node(stage.world, 1), NULL);
    act(&stage, 1, do_listen, "node:2");
    rh_node_set_filter(rh_world_node(stage.world, 0), &filters[0]);
    act(&stage, 0, do_connect, "node:2");
    run(&stage);
    both_heard("closed:fault ", "closed:fault opened ");
    rh_node_set_filter(rh_world_node(stage.world, 0), &filters[2]);
    act(&stage, 0, do_connect, "node:2");
    run(&stage);
    both_heard("closed:fault opened ", "closed:fault opened accepted ");
    act(&stage, 0, do_write, "lost");
    run(&stage);
    both_heard("closed:fault opened closed:fault ", "closed:fault opened accepted eof ");
    tear_down_all(&stage);
}

static void a_free_word_is_an_address_too(void **state)
{
    struct stage stage;
    (void)state;
    set_up(&stage, fifo(), NULL);
    act(&stage, 1, do_listen, "unix:/run/here");
    run(&stage);
    act(&stage, 0, do_listen, "unix:/run/here");
    act(&stage, 0, do_connect, "unix:/run/here");
    run(&stage);
    both_heard("closed:refused opened ", "opened accepted ");
    tear_down_all(&stage);
}

static void latency_is_kept_both_ways(void **state)
{
    const struct rh_pipe_rules rules = {.latency_min = 3 * RH_MILLISECOND,
                                        .latency_max = 3 * RH_MILLISECOND};
    struct stage stage;
    (void)state;
    set_up_connected(&stage, &rules);
    assert_int_equal(rh_world_now(stage.world), 6 * RH_MILLISECOND);
    act(&stage, 0, do_write, "a");
    run(&stage);
    assert_int_equal(rh_world_now(stage.world), 9 * RH_MILLISECOND);
    both_heard("written ", "bytes:a ");
    tear_down_all(&stage);
}

static void a_write_without_room_waits(void **state)
{
    const struct rh_pipe_rules rules = {.capacity = 3};
    struct stage stage;
    (void)state;
    set_up_connected(&stage, &rules);
    act(&stage, 1, do_pause, NULL);
    act(&stage, 0, do_write, "abcdefgh");
    run(&stage);
    both_heard("", "");
    assert_int_equal(rh_world_bytes(stage.world), 3);
    act(&stage, 1, do_resume, NULL);
    run(&stage);
    both_heard("written ", "bytes:abc bytes:def bytes:gh ");
    tear_down_all(&stage);
}

static void chunks_are_cut(void **state)
{
    const struct rh_pipe_rules rules = {.chunk = 2};
    struct stage stage;
    (void)state;
    set_up_connected(&stage, &rules);
    act(&stage, 0, do_write, "abcde");
    run(&stage);
    both_heard("written ", "bytes:ab bytes:cd bytes:e ");
    tear_down_all(&stage);
}

/* 2^(L-1) ways to cut L bytes; what arrives is the same in all. */
static void every_cut_is_found_once(void **state)
{
    const struct rh_pipe_rules rules = {.chunk = RH_CHUNK_ANY};
    struct rh_strategy *strategy = NULL;
    (void)state;
    assert_int_equal(rh_strategy_exhaustive(rh_allocator_default(), 4096, &strategy), RH_OK);
    bool more = true;
    while (more) {
        struct stage stage;
        set_up(&stage, strategy, &rules);
        connect_them(&stage);
        act(&stage, 0, do_write, "abcdefghi");
        run(&stage);
        assert_string_equal(heard[1].bytes, "abcdefghi");
        more = tear_down(&stage);
    }
    assert_true(strategy->complete);
    /* Each cut with the completion of the write in each place between the arrivals: a stream in k chunks has k + 1 places,
     * and C(8, k - 1) streams have k chunks. The sum is 2^8 + 2^8 + 8 * 2^7. */
    assert_int_equal(strategy->runs, 256 + 256 + 8 * 128);
    rh_strategy_destroy(strategy);
}

static void several_writes_may_arrive_together(void **state)
{
    const struct rh_pipe_rules rules = {.chunk = RH_CHUNK_ANY};
    struct rh_strategy *strategy = NULL;
    bool together = false;
    bool across = false;
    (void)state;
    assert_int_equal(rh_strategy_random(rh_allocator_default(), 1, 200, &strategy), RH_OK);
    bool more = true;
    while (more) {
        struct stage stage;
        set_up(&stage, strategy, &rules);
        connect_them(&stage);
        act(&stage, 1, do_pause, NULL);
        act(&stage, 0, do_write, "ab");
        run(&stage);
        act(&stage, 0, do_write, "cd");
        run(&stage);
        act(&stage, 1, do_resume, NULL);
        run(&stage);
        assert_string_equal(heard[1].bytes, "abcd");
        together = together || strstr(heard[1].text, "bytes:abcd") != NULL;
        across = across || strstr(heard[1].text, "bytes:abc ") != NULL;
        more = tear_down(&stage);
    }
    assert_true(together && across);
    rh_strategy_destroy(strategy);
}

static void half_closed_goes_on_the_other_way(void **state)
{
    struct stage stage;
    (void)state;
    set_up_connected(&stage, NULL);
    act(&stage, 0, do_write, "last");
    act(&stage, 0, do_shutdown, NULL);
    run(&stage);
    both_heard("written ", "bytes:last eof ");
    act(&stage, 1, do_write, "answer");
    run(&stage);
    act(&stage, 1, do_shutdown, NULL);
    run(&stage);
    both_heard("written bytes:answer eof closed:eof ", "bytes:last eof written closed:eof ");
    assert_int_equal(rh_world_pipes(stage.world, 0, 1), 0);
    tear_down_all(&stage);
}

static void a_close_is_seen_behind_what_was_written(void **state)
{
    struct stage stage;
    (void)state;
    set_up_connected(&stage, NULL);
    act(&stage, 0, do_write, "bye");
    act(&stage, 0, do_close, NULL);
    run(&stage);
    both_heard("closed:requested ", "bytes:bye eof ");
    act(&stage, 1, do_write, "too late");
    run(&stage);
    both_heard("closed:requested ", "bytes:bye eof closed:reset ");
    assert_int_equal(rh_world_pipes(stage.world, 0, 1), 0);
    tear_down_all(&stage);
}

/* n1 says something and leaves, and n2, who has not heard of that, writes: every order of what n2 hears. */
static void a_write_to_who_has_left_may_go_well(void **state)
{
    struct rh_strategy *strategy = NULL;
    struct stage stage;
    bool kept = false;
    bool thrown_away = false;
    bool went_well = false;
    bool more = true;
    (void)state;
    assert_int_equal(rh_strategy_exhaustive(NULL, 100, &strategy), RH_OK);
    while (more) {
        set_up(&stage, strategy, NULL);
        connect_them(&stage);
        act(&stage, 0, do_write, "bye");
        act(&stage, 0, do_close, NULL);
        act(&stage, 1, do_write, "late");
        run(&stage);
        kept = kept || strcmp(heard[1].text, "bytes:bye eof closed:reset ") == 0;
        thrown_away = thrown_away || strcmp(heard[1].text, "closed:reset ") == 0;
        went_well = went_well || strcmp(heard[1].text, "written bytes:bye eof closed:reset ") == 0;
        assert_non_null(strstr(heard[1].text, "closed:reset "));
        assert_string_equal(heard[0].text, "closed:requested ");
        assert_int_equal(rh_world_pipes(stage.world, 0, 1), 0);
        more = tear_down(&stage);
    }
    assert_true(kept && thrown_away && went_well);
    rh_strategy_destroy(strategy);
}

static void that_a_write_is_lost_is_known_when_the_news_is_there(void **state)
{
    const struct rh_pipe_rules rules = {.latency_min = 5, .latency_max = 5};
    struct stage stage;
    (void)state;
    set_up_connected(&stage, &rules);
    rh_instant begun = rh_world_now(stage.world);
    assert_int_equal(rh_world_part(stage.world, 0, 1, begun + 20), RH_OK);
    act(&stage, 0, do_close, NULL);
    act(&stage, 1, do_write, "late");
    run(&stage);
    assert_string_equal(heard[1].text, "written closed:reset ");
    assert_int_equal(rh_world_now(stage.world), begun + 20);
    tear_down_all(&stage);
    set_up_connected(&stage, &rules);
    assert_int_equal(rh_world_part(stage.world, 0, 1, RH_NEVER), RH_OK);
    act(&stage, 0, do_close, NULL);
    act(&stage, 1, do_write, "late");
    run(&stage);
    assert_string_equal(heard[1].text, "written ");
    assert_true(rh_world_is_settled(stage.world));
    rh_world_heal(stage.world);
    run(&stage);
    assert_string_equal(heard[1].text, "written closed:reset ");
    tear_down_all(&stage);
}

static void a_pipe_may_be_open_before_it_is_accepted(void **state)
{
    struct stage stage;
    (void)state;
    connects_early = true;
    set_up(&stage, fifo(), NULL);
    act(&stage, 1, do_listen, "node:2");
    run(&stage);
    heard[0].says = "hello";
    rh_world_freeze_node(stage.world, 1, RH_NEVER);
    act(&stage, 0, do_connect, "node:2");
    run(&stage);
    both_heard("opened written ", "opened ");
    rh_world_heal(stage.world);
    run(&stage);
    both_heard("opened written ", "opened accepted bytes:hello ");
    tear_down_all(&stage);
}

/* Who connects and hangs up is accepted and gone, or is not heard of. */
static void who_hangs_up_in_the_queue_may_be_accepted(void **state)
{
    struct rh_strategy *strategy = NULL;
    struct stage stage;
    bool was_accepted = false;
    bool was_forgotten = false;
    bool more = true;
    (void)state;
    assert_int_equal(rh_strategy_exhaustive(NULL, 100, &strategy), RH_OK);
    while (more) {
        connects_early = true;
        set_up(&stage, strategy, NULL);
        act(&stage, 1, do_listen, "node:2");
        run(&stage);
        act(&stage, 0, do_connect, "node:2");
        act(&stage, 0, do_close, NULL);
        heard[1].closes_at_eof = true;
        run(&stage);
        assert_string_equal(heard[0].text, "closed:requested ");
        was_accepted =
            was_accepted || strcmp(heard[1].text, "opened accepted eof closed:requested ") == 0;
        was_forgotten = was_forgotten || strcmp(heard[1].text, "opened ") == 0;
        assert_int_equal(rh_world_pipes(stage.world, 0, 1), 0);
        more = tear_down(&stage);
    }
    assert_true(was_accepted && was_forgotten);
    rh_strategy_destroy(strategy);
}

static void unread_bytes_make_a_close_a_reset(void **state)
{
    struct stage stage;
    (void)state;
    set_up_connected(&stage, NULL);
    act(&stage, 1, do_pause, NULL);
    act(&stage, 0, do_write, "unread");
    run(&stage);
    act(&stage, 1, do_close, NULL);
    run(&stage);
    both_heard("written eof closed:reset ", "closed:requested ");
    tear_down_all(&stage);
}

static void harm(enum rh_harm what, uint64_t bytes, const char *first, const char *second)
{
    struct stage stage;
    set_up_connected(&stage, NULL);
    act(&stage, 0, do_write, "abc");
    rh_world_run(stage.world);
    act(&stage, 1, do_pause, NULL);
    act(&stage, 0, do_write, "def");
    run(&stage);
    assert_int_equal(rh_world_harm(stage.world, 0, 1, what, bytes), 1);
    act(&stage, 1, do_resume, NULL);
    run(&stage);
    both_heard(first, second);
    tear_down_all(&stage);
}

static void harms_are_what_they_say(void **state)
{
    (void)state;
    harm(RH_HARM_RESET, 0, "written written closed:reset ", "bytes:abc closed:reset ");
    harm(RH_HARM_CLOSE, 0, "written written eof closed:eof ",
         "bytes:abc bytes:def eof closed:eof ");
    harm(RH_HARM_HALF_CLOSE, 0, "written written ", "bytes:abc bytes:def eof ");
    harm(RH_HARM_BLACK_HOLE, 0, "written written ", "bytes:abc ");
    harm(RH_HARM_CUT, 4, "written written closed:reset ", "bytes:abc bytes:d closed:reset ");
    harm(RH_HARM_CUT, 2, "written written closed:reset ", "bytes:abc closed:reset ");
}

static void parted_nodes_go_on_where_they_were(void **state)
{
    struct stage stage;
    (void)state;
    set_up_connected(&stage, NULL);
    assert_int_equal(rh_world_part(stage.world, 0, 1, RH_NEVER), RH_OK);
    act(&stage, 0, do_write, "held");
    run(&stage);
    both_heard("written ", "");
    rh_world_heal(stage.world);
    run(&stage);
    both_heard("written ", "bytes:held ");
    assert_int_equal(rh_world_part(stage.world, 0, 1, 5 * RH_SECOND), RH_OK);
    act(&stage, 0, do_write, "!");
    run(&stage);
    both_heard("written written ", "bytes:held bytes:! ");
    assert_int_equal(rh_world_now(stage.world), 5 * RH_SECOND);
    tear_down_all(&stage);
}

static void a_frozen_node_thaws(void **state)
{
    struct stage stage;
    (void)state;
    set_up_connected(&stage, NULL);
    rh_world_freeze_node(stage.world, 1, RH_NEVER);
    act(&stage, 0, do_write, "hello");
    run(&stage);
    both_heard("written ", "");
    assert_true(rh_world_node_is_up(stage.world, 1));
    rh_world_freeze_node(stage.world, 1, 0);
    run(&stage);
    both_heard("written ", "bytes:hello ");
    tear_down_all(&stage);
}

struct deaths {
    uint32_t count;
    struct rh_pid last;
};

static void on_death(void *self, const struct rh_record *record)
{
    struct deaths *deaths = self;
    if (record->kind == RH_RECORD_EVENT && record->event->kind == RH_EVENT_EXIT) {
        assert_int_equal(record->event->why, RH_WHY_NODE);
        deaths->count++;
        deaths->last = record->event->actor;
    }
}

static void a_killed_node_is_seen_and_restarts(void **state)
{
    struct stage stage;
    struct deaths deaths = {0, {0, 0, 0, 0}};
    const struct rh_listener listener = {RH_LISTEN(EXIT), on_death, &deaths};
    (void)state;
    set_up(&stage, fifo(), NULL);
    assert_int_equal(rh_world_listen(stage.world, &listener), RH_OK);
    connect_them(&stage);
    act(&stage, 1, do_write, "last words");
    rh_world_kill_node(stage.world, 1, 9, 0);
    assert_int_equal(deaths.count, 1);
    assert_true(rh_pid_equal(deaths.last, stage.actors[1]));
    run(&stage);
    both_heard("bytes:last words eof ", "");
    assert_int_equal(rh_world_restart_node(stage.world, 0), RH_ALREADY);
    act(&stage, 0, do_write, "?");
    act(&stage, 0, do_connect, "node:2");
    run(&stage);
    assert_string_equal(heard[0].text, "bytes:last words eof closed:reset closed:refused ");
    assert_int_equal(rh_world_restart_node(stage.world, 1), RH_OK);
    const struct rh_spawn_options spawn = {.argument = RH_ITEM(NULL, 1)};
    struct rh_pid again;
    assert_int_equal(rh_world_spawn(stage.world, 1, "n2", &talker, &spawn, &again), RH_OK);
    assert_int_equal(again.node, 2);
    assert_int_equal(again.incarnation, 2);
    assert_false(
        rh_inspect_is_alive(rh_world_node_of(stage.world, stage.actors[1]), stage.actors[1]));
    struct rh_pid found;
    assert_true(rh_world_find(stage.world, "n2", &found));
    assert_true(rh_pid_equal(found, again));
    tear_down_all(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_arrives_and_is_answered),
        cmocka_unit_test(nobody_there_refuses),
        cmocka_unit_test(a_fault_takes_effects_away),
        cmocka_unit_test(a_free_word_is_an_address_too),
        cmocka_unit_test(latency_is_kept_both_ways),
        cmocka_unit_test(a_write_without_room_waits),
        cmocka_unit_test(chunks_are_cut),
        cmocka_unit_test(every_cut_is_found_once),
        cmocka_unit_test(several_writes_may_arrive_together),
        cmocka_unit_test(half_closed_goes_on_the_other_way),
        cmocka_unit_test(a_close_is_seen_behind_what_was_written),
        cmocka_unit_test(a_write_to_who_has_left_may_go_well),
        cmocka_unit_test(that_a_write_is_lost_is_known_when_the_news_is_there),
        cmocka_unit_test(a_pipe_may_be_open_before_it_is_accepted),
        cmocka_unit_test(who_hangs_up_in_the_queue_may_be_accepted),
        cmocka_unit_test(unread_bytes_make_a_close_a_reset),
        cmocka_unit_test(harms_are_what_they_say),
        cmocka_unit_test(parted_nodes_go_on_where_they_were),
        cmocka_unit_test(a_frozen_node_thaws),
        cmocka_unit_test(a_killed_node_is_seen_and_restarts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}
