/* SPDX-License-Identifier: MIT */
/** @file
 *  Every operation of a case and every field it may have, as tables. The reader checks files against them, and each row
 *  has its handler; an operation or field that is not here is an error of the file. */
#ifndef HARNESS_CONFORMANCE_OPS_H
#define HARNESS_CONFORMANCE_OPS_H

/** One row per field: identifier and key, type (see RH_BEAM_TYPE_), member of struct rh_beam_op. */
#define RH_BEAM_FIELD_MAP(X)                                                                       \
    X(by, ACTOR)                                                                                   \
    X(actor, ACTOR)                                                                                \
    X(to, TARGET)                                                                                  \
    X(from, ACTOR)                                                                                 \
    X(sup, ACTOR)                                                                                  \
    X(cleanup_msg_to, ACTOR)                                                                       \
    X(name, WORD)                                                                                  \
    X(node, WORD)                                                                                  \
    X(ref, WORD)                                                                                   \
    X(ret, WORD)                                                                                   \
    X(item, WORD)                                                                                  \
    X(how, WORD)                                                                                   \
    X(entry, WORD)                                                                                 \
    X(module, WORD)                                                                                \
    X(function, WORD)                                                                              \
    X(ms, COUNT)                                                                                   \
    X(count, COUNT)                                                                                \
    X(timeout_ms, TIMEOUT)                                                                         \
    X(value, FLAG)                                                                                 \
    X(trap, FLAG)                                                                                  \
    X(link, FLAG)                                                                                  \
    X(ghost, FLAG)                                                                                 \
    X(uncaught, FLAG)                                                                              \
    X(monitor, ANY)                                                                                \
    X(reason, ANY)                                                                                 \
    X(msg, ANY)                                                                                    \
    X(request, ANY)                                                                                \
    X(opts, LIST)                                                                                  \
    X(monitor_opts, LIST)                                                                          \
    X(args, LIST)                                                                                  \
    X(children, LIST)                                                                              \
    X(flags, OBJECT)                                                                               \
    X(run, OPS)                                                                                    \
    X(do, OPS)

enum rh_beam_field {
#define X(key, type) RH_BEAM_FIELD_##key,
    RH_BEAM_FIELD_MAP(X)
#undef X
    RH_BEAM_FIELDS
};

/* What a row of the operations says about a field. */
#define F(key) ((uint64_t)1 << RH_BEAM_FIELD_##key)
#define RH_BEAM_SPAWN_FIELDS                                                                       \
    (F(trap) | F(link) | F(monitor) | F(monitor_opts) | F(node) | F(run) | F(ghost) | F(entry))

/** One row per operation: identifier and word, who acts, fields that must be there, fields that may. `ret` and `uncaught`
 *  may stand with everything that an actor does.
 *
 *  Who: ACTOR takes `by`; SPAWN may leave it out; HARNESS has none; GROUP holds other operations; NODE needs more than one
 *  node. WAITS marks an actor's operation at which signals to oneself are handled. */
#define RH_BEAM_OP_MAP(X)                                                                          \
    X(spawn, SPAWN, F(actor), F(by) | RH_BEAM_SPAWN_FIELDS)                                        \
    X(spawn_request, ACTOR, F(actor) | F(ref), RH_BEAM_SPAWN_FIELDS)                               \
    X(link, ACTOR, F(to), 0)                                                                       \
    X(unlink, ACTOR, F(to), 0)                                                                     \
    X(monitor, ACTOR, F(to) | F(ref), F(opts))                                                     \
    X(demonitor, ACTOR, F(ref), F(opts))                                                           \
    X(trap, ACTOR, F(value), 0)                                                                    \
    X(exit, ACTOR, F(reason), 0)                                                                   \
    X(return, ACTOR, 0, F(reason))                                                                 \
    X(error, ACTOR, 0, F(reason))                                                                  \
    X(throw, ACTOR, 0, F(reason))                                                                  \
    X(exit2, ACTOR, F(to) | F(reason), 0)                                                          \
    X(catch_exit, ACTOR, F(reason), 0)                                                             \
    X(exit_after, ACTOR, F(reason) | F(cleanup_msg_to), 0)                                         \
    X(try_forever, WAITS, 0, F(reason) | F(cleanup_msg_to))                                        \
    X(after_forever, WAITS, 0, F(reason) | F(cleanup_msg_to))                                      \
    X(send, ACTOR, F(to) | F(msg), 0)                                                              \
    X(flood, ACTOR, F(to) | F(count), 0)                                                           \
    X(forward, ACTOR, F(to), 0)                                                                    \
    X(recv, WAITS, 0, F(timeout_ms))                                                               \
    X(recv_fifo, WAITS, F(from) | F(count), F(timeout_ms))                                         \
    X(recv_after, WAITS, F(ms), 0)                                                                 \
    X(sleep, WAITS, F(ms), 0)                                                                      \
    X(busy, WAITS, F(ms), 0)                                                                       \
    X(register, ACTOR, F(name) | F(to), 0)                                                         \
    X(unregister, ACTOR, F(name), 0)                                                               \
    X(whereis, ACTOR, F(name), F(node))                                                            \
    X(alias, ACTOR, F(ref), F(opts))                                                               \
    X(unalias, ACTOR, F(ref), 0)                                                                   \
    X(alive, WAITS, F(to), 0)                                                                      \
    X(info, WAITS, F(to) | F(item), 0)                                                             \
    X(send_after, ACTOR, F(ms) | F(to) | F(msg), F(ref))                                           \
    X(start_timer, ACTOR, F(ms) | F(to) | F(msg), F(ref))                                          \
    X(cancel_timer, ACTOR, F(ref), 0)                                                              \
    X(read_timer, ACTOR, F(ref), 0)                                                                \
    X(bif, ACTOR, F(function) | F(args), F(module))                                                \
    X(mfa, ACTOR, F(module) | F(function) | F(args), 0)                                            \
    X(gs_start, WAITS, F(actor), F(how) | F(opts) | F(ghost))                                      \
    X(call, WAITS, F(to) | F(request), F(timeout_ms))                                              \
    X(sup_start, WAITS, F(actor) | F(children), F(flags) | F(ghost))                               \
    X(sup_op, WAITS, F(sup) | F(function), F(args))                                                \
    X(which, WAITS, F(sup), 0)                                                                     \
    X(seq, GROUP, F(by) | F(do), 0)                                                                \
    X(race, GROUP, F(do), 0)                                                                       \
    X(wait, HARNESS, F(ms), 0)                                                                     \
    X(settle, HARNESS, 0, F(ms))                                                                   \
    X(node_start, NODE, F(node), 0)                                                                \
    X(node_kill, NODE, F(node), 0)                                                                 \
    X(node_halt, NODE, F(node), 0)                                                                 \
    X(node_freeze, NODE, F(node), 0)                                                               \
    X(node_restart, NODE, F(node), 0)                                                              \
    X(node_mark, NODE, F(node), 0)                                                                 \
    X(disconnect, NODE, F(node), F(by))                                                            \
    X(monitor_node, NODE, F(by) | F(node) | F(value), 0)                                           \
    X(monitor_nodes, NODE, F(by) | F(value), F(node) | F(opts))

enum rh_beam_op_code {
#define X(word, who, required, optional) RH_BEAM_OP_##word,
    RH_BEAM_OP_MAP(X)
#undef X
    RH_BEAM_OPS
};

#endif
