#!/usr/bin/env escript
%% SPDX-License-Identifier: MIT
%%! +S 1:1 +SDcpu 1:1 -noshell -kernel start_distribution false
%%
%% The random programs on the BEAM itself: usage: programs.escript PROGRAMS.jsonl OUTCOMES.jsonl
%%
%% One scheduler, puppets at high priority, the driver at normal: the driver runs only when nothing else can, which is the
%% barrier behind each step. A puppet takes only commands out of its mailbox; everything else stays, and is read after
%% each step to learn in which step it arrived.
-mode(compile).

main([ProgramsFile, OutcomesFile]) ->
    Outcomes = maps:from_list([{maps:get(<<"id">>, O), O} || O <- read_lines(OutcomesFile)]),
    Results = [check(P, Outcomes) || P <- read_lines(ProgramsFile)],
    Failed = length([x || false <- Results]),
    io:format("~b passed, ~b failed, 0 skipped on Erlang/OTP ~s~n",
              [length(Results) - Failed, Failed, erlang:system_info(otp_release)]),
    halt(case {Failed, Results} of {0, [_ | _]} -> 0; {0, []} -> 4; _ -> 1 end);
main(_) ->
    io:format(standard_error, "usage: programs.escript PROGRAMS.jsonl OUTCOMES.jsonl~n", []),
    halt(2).

check(Program, Outcomes) ->
    Id = maps:get(<<"id">>, Program),
    Expected = maps:get(Id, Outcomes),
    case play(Program) of
        Expected ->
            true;
        Observed ->
            io:format("FAIL ~s: expected ~0p observed ~0p~n", [Id, Expected, Observed]),
            false
    end.

%% ---- a program ----

%% Processes by name and names by process; references likewise; mailboxes as [{Step, Entry, Origin}] by name; the dead.
-record(run, {pids = #{}, names = #{}, deaths = #{}, refs = #{}, ref_names = #{}, logs = #{},
              dead = #{}, results = []}).

play(Program) ->
    Steps = lists:enumerate(maps:get(<<"steps">>, Program)),
    Run = lists:foldl(fun({N, Step}, R) -> step(N, Step, R) end, #run{}, Steps),
    Outcome = outcome(maps:get(<<"id">>, Program), Run),
    clean_up(Run),
    Outcome.

step(N, Step, Run) ->
    case is_skipped(Step, Run) of
        true -> Run#run{results = [<<"skip">> | Run#run.results]};
        false -> collect(N, perform(Step, Run))
    end.

is_skipped([<<"spawn">>, P | Options], Run) ->
    By = [Q || <<"by=", Q/binary>> <- Options],
    is_map_key(P, Run#run.pids) orelse lists:any(fun(Q) -> not is_alive(Q, Run) end, By);
is_skipped([<<"burst">>, A, Steps], Run) ->
    {Skipped, _} =
        lists:foldl(fun(Step, {Bad, R}) -> {Bad orelse is_skipped(Step, R), note_reference(Step, R)} end,
                    {not is_alive(A, Run), Run}, Steps),
    Skipped;
is_skipped([Verb, A, B | _], Run) when Verb =:= <<"link">>; Verb =:= <<"unlink">>; Verb =:= <<"mon">>;
                                       Verb =:= <<"sig">>; Verb =:= <<"send">>; Verb =:= <<"alive">> ->
    not is_alive(A, Run) orelse not is_map_key(B, Run#run.pids);
is_skipped([<<"reg">>, A, _, B], Run) ->
    not is_alive(A, Run) orelse not is_map_key(B, Run#run.pids);
is_skipped([<<"demon", _/binary>>, A, M], Run) ->
    not is_alive(A, Run) orelse not is_map_key(M, Run#run.refs);
is_skipped([_, A | _], Run) ->
    not is_alive(A, Run).

%% Inside a burst a reference counts as made as soon as its step has come.
note_reference([<<"mon">>, _, _, M], Run) -> Run#run{refs = (Run#run.refs)#{M => burst}};
note_reference(_, Run) -> Run.

is_alive(Name, #run{pids = Pids}) ->
    case Pids of
        #{Name := Pid} -> is_process_alive(Pid);
        #{} -> false
    end.

perform([<<"spawn">>, P | Options], Run) ->
    Trap = lists:member(<<"trap">>, Options),
    Made = case [Q || <<"by=", Q/binary>> <- Options] of
               [] ->
                   {ok, spawn_opt(fun() -> puppet(Trap) end, [{priority, high}])};
               [Q] ->
                   Link = [link || <<"link">> <- Options],
                   Monitor = [monitor || <<"mon=", _/binary>> <- Options],
                   command(maps:get(Q, Run#run.pids), [{spawn, Trap, Link ++ Monitor}])
           end,
    born(P, Options, Made, Run);
perform([<<"burst">>, A, Steps], Run) ->
    answer(command(maps:get(A, Run#run.pids), [encode(S, Run) || S <- Steps]), Steps, Run);
perform([_, A | _] = Step, Run) ->
    answer(command(maps:get(A, Run#run.pids), [encode(Step, Run)]), [Step], Run).

born(P, Options, Made, Run) ->
    {Pid, Ref} = case Made of
                     {ok, [{Child, Monitor}]} -> {Child, Monitor};
                     {ok, [Child]} -> {Child, none};
                     {ok, Child} -> {Child, none}
                 end,
    By = [Q || <<"by=", Q/binary>> <- Options],
    With = Run#run{pids = (Run#run.pids)#{P => Pid}, names = (Run#run.names)#{Pid => P},
                   deaths = (Run#run.deaths)#{P => monitor(process, Pid)}},
    Bound = lists:foldl(fun(M, R) -> bind(M, Ref, R) end, With, [M || <<"mon=", M/binary>> <- Options]),
    Died = lists:any(fun(Q) -> not is_alive(Q, Bound) end, By),
    result(case Died of true -> <<"died">>; false -> <<"ok">> end, Bound).

answer(died, _, Run) ->
    result(<<"died">>, Run);
answer({ok, Values}, Steps, Run) ->
    Bound = lists:foldl(fun({[_, _, _, M], Ref}, R) when is_reference(Ref) -> bind(M, Ref, R);
                           (_, R) -> R
                        end, Run, lists:zip(Steps, Values)),
    Words = [word(V, Run) || V <- Values],
    result(iolist_to_binary(lists:join($,, Words)), Bound).

bind(M, Ref, Run) ->
    Run#run{refs = (Run#run.refs)#{M => Ref}, ref_names = (Run#run.ref_names)#{Ref => M}}.

result(Word, Run) ->
    Run#run{results = [Word | Run#run.results]}.

word(Ref, _) when is_reference(Ref) -> <<"ok">>;
word(Pid, Run) when is_pid(Pid) -> maps:get(Pid, Run#run.names);
word(Atom, _) when is_atom(Atom) -> atom_to_binary(Atom).

%% A step as a puppet understands it: names are processes, references are references; one that is made in the same burst
%% goes by its name, which the puppet knows by then.
encode([Verb, _, B | Rest], Run) when Verb =:= <<"link">>; Verb =:= <<"unlink">>; Verb =:= <<"alive">>;
                                      Verb =:= <<"sig">>; Verb =:= <<"mon">> ->
    list_to_tuple([binary_to_atom(Verb), maps:get(B, Run#run.pids) | [binary_to_atom(W) || W <- Rest]]);
encode([<<"send">>, A, B, X], Run) ->
    {send, maps:get(B, Run#run.pids), {msg, A, X}};
encode([<<"sendn">>, A, N, X], _) ->
    {send, binary_to_atom(N), {msg, A, X}};
encode([<<"monn">>, _, N, M], _) ->
    {mon, binary_to_atom(N), binary_to_atom(M)};
encode([<<"demon", How/binary>>, _, M], Run) ->
    Options = case How of <<>> -> []; <<"f">> -> [flush]; <<"i">> -> [info] end,
    {demon, maps:get(M, Run#run.refs, binary_to_atom(M)), Options};
encode([<<"reg">>, _, N, B], Run) ->
    {reg, binary_to_atom(N), maps:get(B, Run#run.pids)};
encode([Verb, _, W], _) ->
    {binary_to_atom(Verb), binary_to_atom(W)}.

%% ---- puppets ----

command(Pid, Operations) ->
    Monitor = monitor(process, Pid),
    Pid ! {'$command', self(), Monitor, Operations},
    Answer = receive
                 {Monitor, Values} ->
                     {ok, Values};
                 {'DOWN', Monitor, process, Pid, _} ->
                     died
             end,
    demonitor(Monitor, [flush]),
    settle(),
    case is_process_alive(Pid) of
        true -> Answer;
        false when element(1, hd(Operations)) =:= spawn -> Answer;
        false -> died
    end.

%% Whoever can run has a higher priority: when the driver is back, nobody can.
settle() ->
    erlang:yield(),
    erlang:yield().

puppet(Trap) ->
    process_flag(trap_exit, Trap),
    puppet_loop().

puppet_loop() ->
    receive
        {'$command', From, Ref, Operations} ->
            {Values, _} = lists:mapfoldl(fun do/2, #{}, Operations),
            From ! {Ref, Values},
            puppet_loop()
    end.

do({mon, Target, M}, Made) ->
    Ref = monitor(process, Target),
    {Ref, Made#{M => Ref}};
do({demon, M, Options}, Made) when is_atom(M) ->
    {demonitor(maps:get(M, Made), Options), Made};
do(Operation, Made) ->
    {do(Operation), Made}.

do({spawn, Trap, Options}) ->
    spawn_opt(fun() -> puppet(Trap) end, [{priority, high} | Options]);
do({link, Pid}) ->
    try link(Pid) catch error:noproc -> noproc end;
do({unlink, Pid}) -> unlink(Pid);
do({demon, Ref, Options}) -> demonitor(Ref, Options);
do({trap, Switch}) -> process_flag(trap_exit, Switch =:= on);
do({exit, Reason}) -> exit(Reason);
do({sig, Pid, Reason}) -> exit(Pid, Reason);
do({send, To, Message}) ->
    try To ! Message, ok catch error:badarg -> badarg end;
do({reg, Name, Pid}) ->
    try register(Name, Pid) catch error:badarg -> badarg end;
do({unreg, Name}) ->
    try unregister(Name) catch error:badarg -> badarg end;
do({whereis, Name}) -> whereis(Name);
do({alive, Pid}) -> is_process_alive(Pid).

%% ---- mailboxes ----

%% After a step: who has died, and what has come to the living.
collect(N, Run) ->
    settle(),
    maps:fold(fun(Name, Pid, R) -> look(N, Name, Pid, R) end, Run, Run#run.pids).

look(N, Name, Pid, Run) ->
    case process_info(Pid, messages) of
        {messages, Messages} ->
            Old = maps:get(Name, Run#run.logs, []),
            Run#run{logs = (Run#run.logs)#{Name => merge(N, Old, Messages, Run)}};
        undefined when is_map_key(Name, Run#run.dead) ->
            Run;
        undefined ->
            Death = maps:get(Name, Run#run.deaths),
            Reason = receive {'DOWN', Death, process, Pid, R} -> atom_to_binary(R) end,
            Run#run{dead = (Run#run.dead)#{Name => [Reason, N]}}
    end.

%% What is gone from the mailbox was flushed; what is behind the rest is new.
merge(N, [{_, M, _} = Entry | Old], [M | Messages], Run) ->
    [Entry | merge(N, Old, Messages, Run)];
merge(N, [_ | Old], Messages, Run) ->
    merge(N, Old, Messages, Run);
merge(N, [], Messages, Run) ->
    [{N, M, origin(M, Run)} || M <- Messages].

%% Origin and whether it lives now.
origin({msg, From, _}, Run) -> {From, is_alive(From, Run)};
origin({'EXIT', Pid, _}, Run) -> {maps:get(Pid, Run#run.names), is_process_alive(Pid)};
origin({'DOWN', _, process, {Name, _}, _}, _) -> {<<"name:", (atom_to_binary(Name))/binary>>, false};
origin({'DOWN', _, process, Pid, _}, Run) -> {maps:get(Pid, Run#run.names), is_process_alive(Pid)}.

entry({msg, From, X}, _) -> [<<"msg">>, From, X];
entry({'EXIT', Pid, Reason}, Run) -> [<<"EXIT">>, maps:get(Pid, Run#run.names), atom_to_binary(Reason)];
entry({'DOWN', Ref, process, Object, Reason}, Run) ->
    Name = case Object of {N, _} -> atom_to_binary(N); Pid -> maps:get(Pid, Run#run.names) end,
    [<<"DOWN">>, maps:get(Ref, Run#run.ref_names), Name, atom_to_binary(Reason)].

log(Log, Run) ->
    Steps = lists:usort([N || {N, _, _} <- Log]),
    [[N, entry(M, Run)] || N <- Steps, M <- in_order([{O, M} || {S, M, O} <- Log, S =:= N], Run)].

in_order(Entries, Run) ->
    Origins = lists:usort([O || {{O, _}, _} <- Entries]),
    lists:append([group([E || {{O, _}, _} = E <- Entries, O =:= Origin], Run) || Origin <- Origins]).

group([{{_, true}, _} | _] = Entries, _) ->
    [M || {_, M} <- Entries];
group(Entries, Run) ->
    Messages = [M || {_, M} <- Entries],
    {Notices, Before} = lists:splitwith(fun(M) -> element(1, M) =/= msg end, lists:reverse(Messages)),
    Keyed = lists:sort([{entry(M, Run), M} || M <- Notices]),
    lists:reverse(Before) ++ [M || {_, M} <- Keyed].

%% ---- the outcome ----

outcome(Id, Run) ->
    Alive = lists:sort([N || N <- maps:keys(Run#run.pids), is_alive(N, Run)]),
    Logs = maps:filter(fun(_, L) -> L =/= [] end, maps:map(fun(_, L) -> log(L, Run) end, Run#run.logs)),
    #{<<"id">> => Id,
      <<"alive">> => Alive,
      <<"dead">> => Run#run.dead,
      <<"log">> => Logs,
      <<"ret">> => lists:reverse(Run#run.results),
      <<"links">> => lists:sort([[A, B] || A <- Alive, B <- linked(A, Run), A < B]),
      <<"mons">> => maps:from_list([{A, Ms} || A <- Alive, Ms <- [monitored(A, Run)], Ms =/= []])}.

linked(Name, Run) ->
    {links, Links} = process_info(maps:get(Name, Run#run.pids), links),
    [maps:get(P, Run#run.names) || P <- Links, is_map_key(P, Run#run.names), is_process_alive(P)].

monitored(Name, Run) ->
    {monitors, Monitors} = process_info(maps:get(Name, Run#run.pids), monitors),
    lists:sort([case T of {N, _} -> atom_to_binary(N); P -> maps:get(P, Run#run.names) end
                || {process, T} <- Monitors]).

clean_up(Run) ->
    [demonitor(M, [flush]) || M <- maps:values(Run#run.deaths)],
    [exit(P, kill) || P <- maps:values(Run#run.pids)],
    settle().

%% ---- JSON lines: strings are binaries, objects maps ----

read_lines(File) ->
    {ok, Bytes} = file:read_file(File),
    [begin {Value, <<>>} = value(Line), Value end || Line <- binary:split(Bytes, <<"\n">>, [global]), Line =/= <<>>].

value(<<C, T/binary>>) when C =:= $\s -> value(T);
value(<<"true", T/binary>>) -> {true, T};
value(<<"false", T/binary>>) -> {false, T};
value(<<$", T/binary>>) -> string(T, <<>>);
value(<<$[, T/binary>>) -> list(space(T), []);
value(<<${, T/binary>>) -> object(space(T), #{});
value(T) -> number(T, <<>>).

space(<<$\s, T/binary>>) -> space(T);
space(T) -> T.

%% The files hold no escapes.
string(<<$", T/binary>>, Acc) -> {Acc, T};
string(<<C, T/binary>>, Acc) when C =/= $\\ -> string(T, <<Acc/binary, C>>).

number(<<C, T/binary>>, Acc) when C >= $0, C =< $9; C =:= $- -> number(T, <<Acc/binary, C>>);
number(T, Acc) -> {binary_to_integer(Acc), T}.

list(<<$], T/binary>>, Acc) ->
    {lists:reverse(Acc), T};
list(<<$,, T/binary>>, Acc) ->
    list(space(T), Acc);
list(T, Acc) ->
    {Value, Rest} = value(T),
    list(space(Rest), [Value | Acc]).

object(<<$}, T/binary>>, Acc) ->
    {Acc, T};
object(<<$,, T/binary>>, Acc) ->
    object(space(T), Acc);
object(<<$", T/binary>>, Acc) ->
    {Key, Rest} = string(T, <<>>),
    <<$:, Behind/binary>> = space(Rest),
    {Value, Left} = value(space(Behind)),
    object(space(Left), Acc#{Key => Value}).
