/* SPDX-License-Identifier: MIT */
/* Pipes, processes, time, budgets: what is drawn at random is of a class that was visited, and ends as that one did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/play/tests/drawn.h"

#define PAIR "scenario: far\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true}]\n"
#define APART "scenario: far\nnodes: [n1, n2]\n"
#define BEATING                                                                                    \
    "scenario: far\nnodes: [n1, n2]\nnetwork: {heartbeat: 5ms, deadline: 20ms}\n"                  \
    "pipes: [{between: [n1, n2], connected: true, latency: 1ms}]\n"                                \
    "actors: {a: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"

/* What crosses between nodes, and how many classes that makes. */
static const struct {
    uint32_t classes;
    const char *text;
} programs[] = {
    {18, PAIR "actors: {a: {behaviour: sender, with: {to: <r>, count: 2}}, "
              "b: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"},
    /* both ways at once */
    {287, PAIR "actors: {a: {behaviour: sender, with: {to: <r>, count: 2}}, s: sink, "
               "b: {behaviour: sender, node: n2, with: {to: <s>, count: 2}}, "
               "r: {behaviour: sink, node: n2}}\n"},
    /* writes that do not fit */
    {4,
     "scenario: far\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true, capacity: 24}]\n"
     "actors: {a: {behaviour: sender, with: {to: <r>, count: 2}}, r: {behaviour: sink, node: n2}}\n"},
    {1, "scenario: far\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true, chunk: 20}]\n"
        "actors: {a: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"},
    /* links, exits, and those who are gone already */
    {21, PAIR "actors: {a: {behaviour: sink, trap: true, script: [{link: <b>}]}, "
              "b: {behaviour: sink, node: n2, script: [{exit: boom}]}}\n"},
    {60,
     PAIR "actors: {a: {behaviour: sink, script: [{monitor: <b>}, {send: {to: <b>, message: x}}]}, "
          "b: {behaviour: sink, node: n2, script: [{exit: boom}]}}\n"},
    {3, PAIR "actors: {a: {behaviour: sink, script: [{monitor: {name: x, node: n2}}]}, "
             "b: {behaviour: sink, node: n2, script: [{register: {name: x}}]}}\n"},
    /* groups are heard of by all nodes */
    {56, PAIR "actors: {a: {behaviour: sink, script: [{join: g}]}, "
              "b: {behaviour: sink, node: n2, script: [{join: g}, {leave: g}]}}\n"},
    /* three nodes, two ways from the one in the middle */
    {1,
     "scenario: far\nnodes: [n1, n2, n3]\npipes: [{between: [n1, n2], connected: true}, "
     "{between: [n1, n3], connected: true}]\n"
     "actors: {a: {behaviour: sender, with: {to: <r>}}, b: {behaviour: sender, with: {to: <s>}}, "
     "r: {behaviour: sink, node: n2}, s: {behaviour: sink, node: n3}}\n"},
    /* the connection is made, and lost */
    {8,
     APART "actors: {a: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"},
    {51, PAIR "actors: {a: {behaviour: sender, with: {to: <r>}}, m: {behaviour: sink, "
              "script: [{monitor_node: n2}]}, r: {behaviour: sink, node: n2}}\n"
              "faults: [{kill_node: n2}]\nallow_vacuous: it is counted\n"},
    {602,
     PAIR "actors: {a: {behaviour: sink, script: [{link: <b>}]}, b: {behaviour: sink, node: n2}}\n"
          "faults: [{reset_pipe: [n1, n2]}]\nallow_vacuous: it is counted\n"},
    /* a process is started, and ends */
    {128,
     "scenario: far\nactors:\n  h: {behaviour: host, with: {programs: [{name: web, process: {}}]}}\n"
     "  t: sink\nsteps:\n  - t: {ask: {to: h, request: [spawn, web, p]}}\n"},
    {2,
     "scenario: far\nactors:\n  h: {behaviour: host, with: {programs: [{name: web, process: {}}]}}\n"
     "  t: sink\nsteps:\n  - t: {ask: {to: h, request: [spawn, missing, p]}}\n"},
    /* a run ends when nothing but heartbeats is left: with those of the last instant, or without */
    {1, "scenario: far\nnodes: [n1, n2]\nnetwork: {heartbeat: 2ms, deadline: 50ms}\n"
        "pipes: [{between: [n1, n2], connected: true, latency: 1ms}]\n"
        "actors: {a: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"
        "steps: [{wait: 2ms}]\n"},
    /* where only heartbeats must follow a fault need not; they go on until the last of the faults may strike */
    {16, BEATING "allow_vacuous: it is counted\nfaults: [{reset_pipe: [n1, n2]}]\n"},
    {4, BEATING "allow_vacuous: it is counted\nfaults: [{reset_pipe: [n1, n2], from: 7ms}]\n"},
    {220, BEATING "allow_vacuous: it is counted\nfaults: [{reset_pipe: [n1, n2], from: 7ms}, "
                  "{freeze_node: {node: n2, for: 2ms}}]\n"},
    /* what may strike between two instants need not wait for the second */
    {173, "scenario: far\nnodes: [n1, n2]\n"
          "pipes: [{between: [n1, n2], connected: true, latency: 1ms}]\n"
          "actors: {a: {behaviour: sender, with: {to: <r>}}, r: {behaviour: sink, node: n2}}\n"
          "steps: [{wait: 5ms}, {a: {send: {to: r, message: x}}}, {wait: 10ms}]\n"
          "faults: [{reset_pipe: [n1, n2], from: 7ms}, {freeze_node: {node: n2, for: 2ms}}]\n"
          "allow_vacuous: it is counted\n"},
    /* one could have waited until time went on, but for its timer that is due at once; it goes on because of the other */
    {2, "scenario: far\nstall: 2ms\nbehaviours:\n"
        "  first: {on: [{message: _, do: {timer: {after: 0ms, message: due}}}, "
        "{timeout: _, do: []}]}\n"
        "  second: {on: [{message: _, do: {timer: {after: 1ms, message: due}}}, "
        "{timeout: _, do: []}]}\n"
        "actors: {a: first, b: second, c: {behaviour: sender, with: {to: <a>}}, "
        "d: {behaviour: sender, with: {to: <b>}}}\n"},
    /* of three faults any two */
    {89, "scenario: far\nactors: {a: sink, b: sink}\n"
         "faults: {budget: 2, of: [{forge: {to: a, from: b, signal: exit, reason: x}}, "
         "{forge: {to: b, from: a, signal: exit, reason: x}}, "
         "{forge: {to: a, from: b, signal: down, reason: x}}]}\n"
         "steps: [{a: {send: {to: b, message: x}}}]\nallow_vacuous: it is counted\n"},
    /* whether it has to allocate depends on what others have left */
    {16, "scenario: far\ntime: free\nbehaviours: {w: {on: [{message: _, do: {timer: "
         "{after: 1ms, message: due}}}, {timeout: _, do: []}]}}\n"
         "actors: {log: sink, w: w, a: {behaviour: sender, with: {to: <log>, count: 2}}, "
         "p: {behaviour: sender, with: {to: <w>}}}\n"
         "faults: [{fail_allocation: w}]\nallow_vacuous: it is counted\n"},
    /* when a fault strikes is seen by who hears of it, and depends on nothing else */
    {46, "scenario: far\n"
         "behaviours:\n"
         "  patient:\n"
         "    init:\n"
         "      - alias: {as: $sent, mode: reply}\n"
         "      - send: {to: conv, message: [\"$call\", $sent, [send, hello]]}\n"
         "    on:\n"
         "      - message: [ok, 1]\n"
         "        do:\n"
         "          - alias: {as: $got, mode: reply}\n"
         "          - send: {to: conv, message: [\"$call\", $got, [receive, 5000000]]}\n"
         "      - message: [error, $kind]\n"
         "        do: {output: $kind}\n"
         "      - message: [error, $kind, _]\n"
         "        do: {output: $kind}\n"
         "      - message: [ok, 1, <p>, [echo, $x]]\n"
         "        do: {output: $x}\n"
         "actors:\n"
         "  p: {behaviour: server, with: {delay: 5ms}}\n"
         "  conv: {behaviour: conversation, with: {participants: [<p>], policy: compensate}}\n"
         "  c: patient\n"
         "faults: [{crash: p, reason: boom}]\n"
         "time: free\n"
         "allow_vacuous: it is counted\n"},
    /* a step comes because whoever had to act before is dead */
    {14, "scenario: far\n"
         "actors: {a: {behaviour: sink, link: <b>}, b: sink}\n"
         "steps: [{race: [{a: {unlink: <b>}}, {b: {unlink: <a>}}]}, {b: {exit: boom}}]\n"
         "faults: [{crash: a}]\n"
         "allow_vacuous: it is counted\n"},
    /* and twice had to act */
    {4, "scenario: far\n"
        "actors: {b: sink, c: sink}\n"
        "steps: [{b: {output: 1}}, {c: {output: 2}}, "
        "{race: [{b: {output: 3}}, {c: {output: 4}}]}]\n"
        "faults: [{crash: c}]\n"
        "allow_vacuous: it is counted\n"},
    /* what the dead were to do last is left out behind a step that could have come before their death */
    {25,
     "scenario: far\n"
     "time: free\n"
     "behaviours: {waiter: {init: {timer: {after: 5ms, message: late}}, on: [{timeout: _, do: []}, {message: _, do: []}]}}\n"
     "actors: {p: sink, w: waiter}\n"
     "steps: [{wait: 7ms}, {p: {send: {to: <w>, message: x}}}]\n"
     "faults: [{kill: p}, {fire: w}]\n"
     "allow_vacuous: it is counted\n"},
    /* no budget of what is drawn keeps what is pinned to a time */
    {32,
     "scenario: far\n"
     "time: free\n"
     "actors: {s: {behaviour: sink, script: [{send: {to: <r>, message: x}}, {exit: done}]}, r: sink}\n"
     "faults: {budget: 1, of: [{stall: s, for: 14ms, from: 4ms}, {forge: {to: r, from: r, signal: demonitor}}]}\n"
     "allow_vacuous: it is counted\n"},
    /* the dead have room for all */
    {9,
     "scenario: far\n"
     "behaviours: {giver: {on: [{user: $n, do: [{send: {to: <r>, message: $n, status: $s}}, {output: $s}]}]}}\n"
     "actors: {r: {behaviour: sink, cap: 1, overflow: refuse}, g: giver}\n"
     "steps: [{input: {to: g, message: 1}}, {input: {to: g, message: 2}}]\n"
     "faults: [{crash: r}]\n"
     "allow_vacuous: it is counted\n"},
    /* what is behind something forged could have come before that was */
    {555,
     "scenario: far\n"
     "actors: {s: {behaviour: server}, c: {behaviour: client, with: {server: <s>, timeout: 4ms}}}\n"
     "faults: {budget: 3, of: [{crash: c}, {forge: {to: s, from: c, signal: exit}}, "
     "{forge: {to: c, from: c, signal: exit}, max: 2}]}\n"
     "allow_vacuous: it is counted\n"},
    /* what waits to be written to a pipe that is lost */
    {99,
     "scenario: far\n"
     "time: free\n"
     "nodes: [n1, n2]\n"
     "pipes: [{between: [n1, n2], connected: true}]\n"
     "actors: {w: {behaviour: sender, with: {to: <log>, count: 2}}, log: {behaviour: sink, node: n2}}\n"
     "faults: [{kill_node: n2}]\n"
     "allow_vacuous: it is counted\n"},
    {212, "scenario: far\n"
          "nodes: [n1, n2]\n"
          "pipes: [{between: [n1, n2], connected: true}]\n"
          "actors: {w: {behaviour: sender, with: {to: <log>}}, "
          "v: {behaviour: sender, with: {to: <log>}}, log: {behaviour: sink, node: n2}}\n"
          "faults: [{kill_node: n2}]\n"
          "allow_vacuous: it is counted\n"},
    /* a turn that takes time puts off the next one, which could have come instead */
    {21,
     "scenario: far\n"
     "actors: {c: {behaviour: sink, cap: 1, script: [{send: {to: <c>, message: y}}, {output: 1}]}}\n"
     "steps: [{wait: 4ms}, {c: {send: {to: <c>, message: x}}}]\n"
     "faults: [{slow: c, for: 2ms}]\n"
     "allow_vacuous: it is counted\n"},
    /* what was left out behind a death, since another one has died before */
    {17, "scenario: far\n"
         "actors: {a: {behaviour: sink, script: [{kill: <b>}]}, b: sink}\n"
         "steps: [{input: {to: a, message: u}}, {b: {send: {to: <b>, message: y}}}]\n"
         "faults: [{kill: a}]\n"
         "allow_vacuous: it is counted\n"},
    /* nobody of another node, and nobody */
    {2660, "scenario: far\n"
           "nodes: [n1, n2]\n"
           "behaviours: {q: {init: [{monitor_node: {node: n2}}]}}\n"
           "actors: {a: {behaviour: q, script: [{monitor: {name: n, node: n2}}]}, "
           "b: {behaviour: sink, script: [{disconnect: {node: n2}}]}}\n"
           "allow_vacuous: it is counted\n"},
    /* what moves the time on takes away what strikes until then */
    {3, "scenario: far\n"
        "time: free\n"
        "behaviours: {p: {init: [{timer: {after: 4ms, message: t}}]}}\n"
        "actors: {d: p}\n"
        "faults: [{kill: d, until: 1ms}]\n"
        "allow_vacuous: it is counted\n"},
    /* what lets the run end takes heartbeats away */
    {9, "scenario: far\n"
        "stall: 2ms\n"
        "nodes: [n1, n2]\n"
        "network: {heartbeat: 2ms, deadline: 20ms}\n"
        "pipes: [{between: [n1, n2], connected: true}]\n"
        "actors: {a: {behaviour: sink, script: [{send: {to: <b>, message: x}}]}, b: sink}\n"},
    /* what could have waited could have waited for a fault */
    {3, "scenario: far\n"
        "stall: 3ms\n"
        "actors: {b: {behaviour: sink, script: [{timer: {after: 1ms, message: t}}]}, "
        "c: sink, d: {behaviour: sink, script: [{exit_signal: {to: <c>, reason: gone}}]}}\n"
        "faults: [{crash: c, from: 2ms}]\n"
        "allow_vacuous: it is counted\n"},
    /* heartbeats could have come while anything of the last instant was left */
    {135,
     "scenario: far\n"
     "nodes: [n1, n2]\n"
     "network: {heartbeat: 3ms, deadline: 20ms}\n"
     "pipes: [{between: [n1, n2], connected: true}]\n"
     "actors: {a: {behaviour: sender, with: {to: <b>, count: 2}}, b: {behaviour: sink, node: n2}}\n"
     "faults: [{freeze_node: {node: n2, for: 4ms}}]\n"
     "allow_vacuous: it is counted\n"},
    /* to one node by two ways */
    {16,
     "scenario: far\n"
     "nodes: [origin, left, right, far]\n"
     "network: {reach: [[origin, left], [origin, right], [left, far], [right, far]]}\n"
     "pipes: [{between: [origin, left], connected: true}, {between: [left, far], connected: true},\n"
     "  {between: [origin, right], connected: true}, {between: [right, far], connected: true}]\n"
     "behaviours:\n"
     "  near: {state: {$d: 0}, on: [{message: [left, $who], do: [{set: {$d: $who}}]},\n"
     "    {message: [right, $who], do: [{send: {to: $d, message: x}}, "
     "{send: {to: $who, message: y}}]}]}\n"
     "  left: {on: [{message: $who, do: {send: {to: <a>, message: [left, $who]}}}]}\n"
     "  right: {on: [{message: $who, do: {send: {to: <a>, message: [right, $who]}}}]}\n"
     "actors:\n"
     "  a: {behaviour: near, node: origin}\n"
     "  l: {behaviour: left, node: left}\n"
     "  r: {behaviour: right, node: right}\n"
     "  d: {behaviour: sink, node: far}\n"
     "  e: {behaviour: sink, node: far}\n"
     "steps: [{d: {send: {to: <l>, message: <self>}}}, settle, "
     "{e: {send: {to: <r>, message: <self>}}}]\n"},
    /* a timer that fires behind a barrier, which others hold up for a while */
    {41, "scenario: far\n"
         "nodes: [n1, n2]\n"
         "pipes: [{between: [n1, n2], connected: true}]\n"
         "actors:\n"
         "  a: {behaviour: sink, node: n2}\n"
         "  b: {behaviour: sink, node: n2, script: [{timer: {after: 0ms, message: t}}, "
         "{send: {to: <a>, message: x}}]}\n"
         "steps: [settle, {b: {output: y}}]\n"
         "faults: [{reset_pipe: [n1, n2]}, {hold: {to: b}, for: 2ms}]\n"
         "allow_vacuous: it is counted\n"},
    /* what comes of a fault before a barrier is waited for, behind it not */
    {17,
     "scenario: far\n"
     "behaviours: {linker: {on: [{user: go, do: [{link: {to: <b>, status: $s}}, {output: $s}]}]}}\n"
     "actors: {a: linker, b: sink}\n"
     "steps: [{input: {to: a, message: go}}, settle, {a: {output: here}}]\n"
     "faults: [{crash: b}, {kill: a}]\n"
     "allow_vacuous: it is counted\n"},
    /* what is drawn before the first step */
    {4, "scenario: far\n"
        "behaviours: {p: {init: [{draw: {below: 2, as: $d}}, {output: $d}], "
        "on: [{message: _, do: [{draw: {below: 2, as: $d}}, {output: $d}]}]}}\n"
        "actors: {a: p, b: sink}\n"
        "given: [{b: {send: {to: a, message: x}}}]\n"
        "steps: [{b: {send: {to: b, message: x}}}]\n"},
    /* all of a race comes before all of the next one */
    {3, "scenario: far\n"
        "actors: {a: sink, b: sink, c: sink}\n"
        "steps: [{race: [{a: {send: {to: c, message: 1}}}, {b: {send: {to: c, message: 2}}}]}, "
        "{race: [{a: {send: {to: c, message: 3}}}]}]\n"},
    /* those who race share their variables */
    {3,
     "scenario: far\n"
     "behaviours: {tell: {on: [{message: $x, do: {output: $x}}]}}\n"
     "actors: {a: sink, b: sink, c: tell}\n"
     "steps: [{race: [{b: {set: {$x: 1}}}, {a: [{set: {$x: 2}}, {send: {to: c, message: $x}}]}]}]\n"},
    /* what is sent to a name may come before its owner has had a first turn */
    {10,
     "scenario: far\n"
     "behaviours: {kid: {init: [{register: {name: k}}], on: [{message: die, do: [{exit: died}]}]}}\n"
     "actors: {sup: {behaviour: supervisor, with: {children: [{id: k, behaviour: kid}]}}, "
     "a: {behaviour: sink, script: [{send_name: {name: k, message: die}}]}}\n"
     "steps: [{a: {send_name: {name: k, node: n1, message: x}}}]\n"},
    /* who has acted at an instant could have acted before it began */
    {184, "scenario: far\n"
          "stall: 1ms\n"
          "actors: {s: sink, a: {behaviour: sink, script: [{link: {to: s}}]}, "
          "b: {behaviour: server, script: [{ask: {to: s, request: x, timeout: 1ms}}]}}\n"
          "steps: [{a: {exit_signal: {to: s, reason: kill}}}]\n"},
    /* what stands in no order is there all the same, when all that it comes of has happened */
    {9,
     "scenario: far\n"
     "nodes: [n1, n2, n3]\n"
     "pipes: [{between: [n1, n3], connected: true}]\n"
     "actors: {a: sink, b: {behaviour: sink, node: n3}, c: sink}\n"
     "steps: [{c: {send: {to: b, message: x}}}, {race: [{a: {output: 3}}, {b: {output: 1}}]}, {kill_node: n2}]\n"},
    /* what comes of a timer is waited for by a barrier that it fires before, and not by one that it fires behind */
    {214, "scenario: far\n"
          "nodes: [n1, n2]\n"
          "actors: {a: sink, "
          "b: {behaviour: sink, node: n2, script: [{ask: {to: <a>, request: x, timeout: 0ms}}]}}\n"
          "steps: [settle, {race: [{b: [{join: {group: g}}]}]}]\n"},
    /* whose turns take time is not seen for as long */
    {424, "scenario: far\n"
          "actors: {b: {behaviour: sink, script: [{send_after: {after: 2ms, message: y}}]}, "
          "c: {behaviour: sink, script: [{monitor: {target: b}}]}}\n"
          "steps: [{b: {timer: {after: 0ms, message: t}}}, {c: {send: {to: b, message: x}}}]\n"
          "faults: [{slow: c}]\n"
          "allow_vacuous: it is counted\n"},
};

static void visits_every_class_that_is_drawn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const char *text = programs[i].text;
        struct rh_scenario *scenario = NULL;
        struct drawn drawn;
        assert_int_equal(rh_scenario_parse(NULL, "test.yaml", text, strlen(text), NULL, &scenario),
                         RH_OK);
        assert_true(drawn_compare(scenario, DRAWN_CLASSES_MAX, 2000, &drawn));
        rh_scenario_destroy(scenario);
        if (drawn.classes != programs[i].classes || drawn.missing > 0 || drawn.unlike > 0) {
            print_message("%u classes, not %u; %u missing, %u unlike:\n%s\n", drawn.classes,
                          programs[i].classes, drawn.missing, drawn.unlike, text);
        }
        assert_int_equal(drawn.classes, programs[i].classes);
        assert_int_equal(drawn.missing + drawn.unlike, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visits_every_class_that_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
