/* SPDX-License-Identifier: MIT */
/* The CAF 0.17 peer: the workloads of README.md with event-based actors, atoms and an int64, on one scheduler thread.
 * The main thread is a blocking actor that starts each workload and sleeps until it is over; it keeps strong references
 * to all actors, so that what ends an actor is its exit and never its reference count. */
#include "bench/measure.h"

#include <caf/all.hpp>

#include <cstdlib>
#include <memory>
#include <vector>

namespace {

using ping_atom = caf::atom_constant<caf::atom("ping")>;
using next_atom = caf::atom_constant<caf::atom("next")>;
using start_atom = caf::atom_constant<caf::atom("start")>;
using stop_atom = caf::atom_constant<caf::atom("stop")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using context = caf::event_based_actor;

caf::actor_system *the_system;

/* The blocking actor of the main thread. */
struct stage {
    caf::scoped_actor self{*the_system};

    caf::actor main_actor()
    {
        return caf::actor_cast<caf::actor>(self);
    }

    void await_done(uint64_t count)
    {
        for (uint64_t i = 0; i < count; i++) {
            self->receive([](done_atom) {});
        }
    }

    void await_all_gone()
    {
        the_system->registry().await_running_count_equal(1); /* `self` */
    }
};

struct relay_state {
    caf::actor next;
};

caf::behavior relay(caf::stateful_actor<relay_state> *self, caf::actor main_actor, caf::actor next)
{
    self->state.next = std::move(next);
    return {
        [=](next_atom, const caf::actor &first) { self->state.next = first; },
        [=](ping_atom, int64_t hops) {
            if (hops == 0) {
                self->send(main_actor, done_atom::value);
            } else {
                self->send(self->state.next, ping_atom::value, hops - 1);
            }
        },
        [=](stop_atom) { self->quit(); },
    };
}

uint64_t circle(uint64_t count, uint64_t hops)
{
    stage stage;
    std::vector<caf::actor> relays;
    for (uint64_t i = 0; i < count; i++) {
        relays.push_back(the_system->spawn(relay, stage.main_actor(), i == 0 ? caf::actor{} : relays.back()));
    }
    caf::anon_send(relays.front(), next_atom::value, relays.back());
    uint64_t start_ns = measure_now_ns();
    caf::anon_send(relays.back(), ping_atom::value, static_cast<int64_t>(hops));
    stage.await_done(1);
    uint64_t ns = measure_now_ns() - start_ns;
    for (auto &actor : relays) {
        caf::anon_send(actor, stop_atom::value);
    }
    stage.await_all_gone();
    return ns;
}

uint64_t ping_pong(uint64_t size)
{
    return circle(2, 2 * size);
}

uint64_t ring(uint64_t size)
{
    return circle(1000, size);
}

caf::behavior collect(context *self, caf::actor main_actor, uint64_t expected)
{
    auto left = std::make_shared<uint64_t>(expected);
    return {
        [=](ping_atom, int64_t) {
            if (--*left == 0) {
                self->send(main_actor, done_atom::value);
                self->quit();
            }
        },
    };
}

caf::behavior flood(context *self, caf::actor collector, int64_t count)
{
    return {
        [=](start_atom) {
            for (int64_t i = count; i > 0; i--) {
                self->send(collector, ping_atom::value, i);
            }
            self->quit();
        },
    };
}

uint64_t fan_in(uint64_t size)
{
    stage stage;
    auto collector = the_system->spawn(collect, stage.main_actor(), 1000 * size);
    std::vector<caf::actor> senders;
    for (int i = 0; i < 1000; i++) {
        senders.push_back(the_system->spawn(flood, collector, static_cast<int64_t>(size)));
    }
    uint64_t start_ns = measure_now_ns();
    for (auto &sender : senders) {
        caf::anon_send(sender, start_atom::value);
    }
    stage.await_done(1);
    uint64_t ns = measure_now_ns() - start_ns;
    stage.await_all_gone();
    return ns;
}

caf::behavior generation(context *self, caf::actor main_actor, uint64_t left)
{
    if (left == 1) {
        self->send(main_actor, done_atom::value);
    } else {
        self->spawn(generation, main_actor, left - 1);
    }
    return {};
}

uint64_t spawn_exit(uint64_t size)
{
    stage stage;
    uint64_t start_ns = measure_now_ns();
    the_system->spawn(generation, stage.main_actor(), size);
    stage.await_done(1);
    uint64_t ns = measure_now_ns() - start_ns;
    stage.await_all_gone();
    return ns;
}

/* Waits for `stop`; links itself to what `next` brings; an exit of a linked actor ends it, as CAF has it. */
caf::behavior idle(context *self)
{
    return {
        [=](next_atom, const caf::actor &other) { self->link_to(other); },
        [=](start_atom, const caf::actor &main_actor) { self->send(main_actor, done_atom::value); },
        [=](stop_atom) { self->quit(); },
    };
}

std::vector<caf::actor> spawn_idle(uint64_t count)
{
    std::vector<caf::actor> actors;
    actors.reserve(count);
    for (uint64_t i = 0; i < count; i++) {
        actors.push_back(the_system->spawn(idle));
    }
    return actors;
}

void await_ready(stage &stage, const std::vector<caf::actor> &actors)
{
    for (const auto &actor : actors) {
        caf::anon_send(actor, start_atom::value, stage.main_actor());
    }
    stage.await_done(actors.size());
}

uint64_t time_storm(stage &stage, const caf::actor &first_to_die)
{
    uint64_t start_ns = measure_now_ns();
    caf::anon_send_exit(first_to_die, caf::exit_reason::user_shutdown);
    stage.await_all_gone();
    return measure_now_ns() - start_ns;
}

uint64_t chain(uint64_t size)
{
    stage stage;
    auto actors = spawn_idle(size);
    for (uint64_t i = 1; i < size; i++) {
        caf::anon_send(actors[i - 1], next_atom::value, actors[i]);
    }
    await_ready(stage, actors);
    return time_storm(stage, actors.front());
}

uint64_t star(uint64_t size)
{
    stage stage;
    auto actors = spawn_idle(size);
    for (uint64_t i = 1; i < size; i++) {
        caf::anon_send(actors.front(), next_atom::value, actors[i]);
    }
    await_ready(stage, actors);
    return time_storm(stage, actors.front());
}

caf::behavior watch_all(context *self, caf::actor main_actor, const std::vector<caf::actor> *targets)
{
    auto left = std::make_shared<uint64_t>(targets->size());
    for (const auto &target : *targets) {
        self->monitor(target);
    }
    self->set_down_handler([=](caf::down_msg &) {
        if (--*left == 0) {
            self->send(main_actor, done_atom::value);
            self->quit();
        }
    });
    return {
        [=](start_atom) {
            for (const auto &target : *targets) {
                self->send(target, stop_atom::value);
            }
        },
    };
}

uint64_t monitors_fire(uint64_t size)
{
    stage stage;
    auto targets = spawn_idle(size);
    auto watcher = the_system->spawn(watch_all, stage.main_actor(), &targets);
    await_ready(stage, targets);
    uint64_t start_ns = measure_now_ns();
    caf::anon_send(watcher, start_atom::value);
    stage.await_done(1);
    uint64_t ns = measure_now_ns() - start_ns;
    stage.await_all_gone();
    return ns;
}

caf::behavior watch_one(context *self, caf::actor main_actor, caf::actor target)
{
    self->monitor(target);
    self->set_down_handler([=](caf::down_msg &) { self->quit(); });
    self->send(main_actor, done_atom::value);
    return {
        [](start_atom) {},
    };
}

uint64_t monitors_watch(uint64_t size)
{
    stage stage;
    auto target = the_system->spawn(idle);
    std::vector<caf::actor> watchers;
    for (uint64_t i = 1; i < size; i++) {
        watchers.push_back(the_system->spawn(watch_one, stage.main_actor(), target));
    }
    stage.await_done(watchers.size());
    return time_storm(stage, target);
}

uint64_t idle_memory(uint64_t size)
{
    stage stage;
    std::vector<caf::actor> actors(size);
    std::fill(actors.begin(), actors.end(), stage.main_actor());
    uint64_t before = measure_resident_bytes();
    for (auto &actor : actors) {
        actor = the_system->spawn(idle);
    }
    caf::anon_send(actors.back(), start_atom::value, stage.main_actor());
    stage.await_done(1);
    uint64_t bytes = measure_resident_bytes() - before;
    for (auto &actor : actors) {
        caf::anon_send(actor, stop_atom::value);
    }
    stage.await_all_gone();
    return bytes;
}

} // namespace

int main(int argc, char **argv)
{
    measure_require(argc == 3, "usage: caf_bench WORKLOAD SIZE");
    const measure_entry entries[] = {
        {"ping_pong", ping_pong, 2},
        {"ring", ring, 1},
        {"fan_in", fan_in, 1000},
        {"spawn_exit", spawn_exit, 1},
        {"chain", chain, 1},
        {"star", star, 1},
        {"monitors_fire", monitors_fire, 1},
        {"monitors_watch", monitors_watch, 1},
        {"idle_memory", idle_memory, 1},
        {nullptr, nullptr, 0},
    };
    caf::actor_system_config config;
    config.set("scheduler.max-threads", 1);
    caf::actor_system system{config};
    the_system = &system;
    int code = measure_main("caf", "built", entries, argv[1], argv[2]);
    return code;
}
