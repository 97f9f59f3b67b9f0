%% SPDX-License-Identifier: MIT
%% The Erlang peer: the workloads of README.md, run as
%%   erl +S 1:1 +P 4000000 -noshell -pa DIR -run erlang_bench main WORKLOAD SIZE
%% A workload runs once to warm up (code, allocators), then once for the figure.
-module(erlang_bench).
-behaviour(gen_server).
-export([main/1]).
-export([init/1, handle_call/3, handle_cast/2]).
-export([relay/2, relay_found/1, collect/2, flood/2, generation/2, chained/2, hub/2, leaf/0, target/0,
         watch/2, idle/0, sink/1]).

main([Name, SizeText]) ->
    Size = list_to_integer(SizeText),
    Workload = list_to_existing_atom(Name),
    {Unit, Total} = measure(Workload, Size),
    Operations = Size * operations_per_size(Workload),
    io:format("{\"system\":\"erlang\",\"workload\":\"~s\",\"row\":\"built\",\"operations\":~b,"
              "\"~s_total\":~b,\"~s_per_operation\":~.2f}~n",
              [Name, Operations, Unit, Total, Unit, Total / Operations]),
    halt(0).

measure(idle_memory, Size) ->
    {bytes, idle_memory(Size)};
measure(Workload, Size) ->
    run(Workload, Size),
    erlang:garbage_collect(),
    {ns, run(Workload, Size)}.

operations_per_size(ping_pong) -> 2;
operations_per_size(fan_in) -> 1000;
operations_per_size(_) -> 1.

run(ping_pong, Size) -> circle(2, 2 * Size);
run(ring, Size) -> circle(1000, Size);
run(ask, Size) -> ask(Size);
run(fan_in, Size) -> fan_in(Size);
run(spawn_exit, Size) -> spawn_exit(Size);
run(chain, Size) -> chain(Size);
run(star, Size) -> star(Size);
run(monitors_fire, Size) -> monitors_fire(Size);
run(monitors_watch, Size) -> monitors_watch(Size);
run(nodes_stream_1, Size) -> nodes_stream(Size, 1);
run(nodes_stream_10, Size) -> nodes_stream(Size, 10);
run(nodes_stream_100, Size) -> nodes_stream(Size, 100).

now_ns() -> erlang:monotonic_time(nanosecond).

elapsed(Start) -> now_ns() - Start.

%% Batches to a sink on another node over the loopback, four ahead of its acknowledgements.

nodes_stream(Size, Batch) ->
    os:cmd("epmd -daemon"),
    case node() of
        nonode@nohost ->
            {ok, _} = net_kernel:start(list_to_atom("bench" ++ os:getpid() ++ "@127.0.0.1"),
                                       #{name_domain => longnames});
        _ -> ok
    end,
    {ok, Peer, Node} = peer:start_link(#{name => peer:random_name(), host => "127.0.0.1", longnames => true,
                                         args => ["+S", "1:1", "-pa", filename:dirname(code:which(?MODULE))]}),
    Sink = spawn(Node, ?MODULE, sink, [Batch]),
    Start = now_ns(),
    Sent = lists:foldl(fun(_, Sent) -> send_batch(Sink, Sent, Batch) end, 0, lists:seq(1, 4)),
    stream(Sink, Sent, 0, Batch, Size),
    Elapsed = elapsed(Start),
    peer:stop(Peer),
    Elapsed.

send_batch(Sink, Sent, Batch) ->
    lists:foreach(fun(I) -> Sink ! {ping, self(), Sent + I} end, lists:seq(1, Batch)),
    Sent + Batch.

stream(_, _, Acknowledged, _, Size) when Acknowledged >= Size -> done;
stream(Sink, Sent, Acknowledged, Batch, Size) ->
    receive more -> ok end,
    Next = if Sent < Size -> send_batch(Sink, Sent, Batch); true -> Sent end,
    stream(Sink, Next, Acknowledged + Batch, Batch, Size).

sink(Batch) -> sink(Batch, 1).

sink(Batch, Number) ->
    receive
        {ping, From, Number} when Number rem Batch =:= 0 -> From ! more, sink(Batch, Number + 1);
        {ping, _, Number} -> sink(Batch, Number + 1)
    end.

%% A circle of relays and a token {ping, N} that makes N hops.

circle(Count, Hops) ->
    First = spawn(?MODULE, relay_found, [self()]),
    Last = lists:foldl(fun(_, Next) -> spawn(?MODULE, relay, [self(), Next]) end, First,
                       lists:seq(2, Count)),
    First ! {next, Last},
    Start = now_ns(),
    Last ! {ping, Hops},
    receive done -> elapsed(Start) end.

relay_found(Main) ->
    receive {next, Next} -> relay(Main, Next) end.

relay(Main, Next) ->
    receive
        {ping, 0} ->
            Main ! done;
        {ping, N} ->
            Next ! {ping, N - 1},
            relay(Main, Next)
    end.

%% Questions to a gen_server, each behind the answer to the one before.

ask(Size) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    Start = now_ns(),
    ask(Server, Size),
    Elapsed = elapsed(Start),
    gen_server:stop(Server),
    Elapsed.

ask(_, 0) -> done;
ask(Server, N) ->
    {pong, N} = gen_server:call(Server, {ping, N}, 5000),
    ask(Server, N - 1).

init([]) -> {ok, none}.

handle_call({ping, N}, _From, State) -> {reply, {pong, N}, State}.

handle_cast(_, State) -> {noreply, State}.

%% 1,000 senders, each sends {ping, N} `Size` times to one collector.

fan_in(Size) ->
    Collector = spawn(?MODULE, collect, [1000 * Size, self()]),
    Senders = [spawn(?MODULE, flood, [Size, Collector]) || _ <- lists:seq(1, 1000)],
    erlang:yield(),
    Start = now_ns(),
    lists:foreach(fun(Sender) -> Sender ! start end, Senders),
    receive done -> elapsed(Start) end.

collect(0, Main) ->
    Main ! done;
collect(Left, Main) ->
    receive {ping, _} -> collect(Left - 1, Main) end.

flood(Size, Collector) ->
    receive start -> flood_now(Size, Collector) end.

flood_now(0, _) ->
    ok;
flood_now(N, Collector) ->
    Collector ! {ping, N},
    flood_now(N - 1, Collector).

%% Each actor spawns its successor and exits.

spawn_exit(Size) ->
    Start = now_ns(),
    spawn(?MODULE, generation, [Size, self()]),
    receive done -> elapsed(Start) end.

generation(1, Main) ->
    Main ! done;
generation(N, Main) ->
    spawn(?MODULE, generation, [N - 1, Main]).

%% Storms: over when the node has no more processes than before.

population() -> erlang:system_info(process_count).

await_population(Expected) ->
    case population() =< Expected of
        true -> ok;
        false -> erlang:yield(), await_population(Expected)
    end.

chain(Size) ->
    Before = population(),
    Head = spawn(?MODULE, chained, [Size, self()]),
    receive ready -> ok end,
    Start = now_ns(),
    Head ! die,
    await_population(Before),
    elapsed(Start).

chained(1, Main) ->
    Main ! ready,
    leaf();
chained(N, Main) ->
    spawn_link(?MODULE, chained, [N - 1, Main]),
    leaf().

leaf() ->
    receive die -> exit(boom) end.

star(Size) ->
    Before = population(),
    Hub = spawn(?MODULE, hub, [Size - 1, self()]),
    receive ready -> ok end,
    Start = now_ns(),
    Hub ! die,
    await_population(Before),
    elapsed(Start).

hub(0, Main) ->
    Main ! ready,
    leaf();
hub(N, Main) ->
    spawn_link(?MODULE, leaf, []),
    hub(N - 1, Main).

%% One watcher, many targets: it stops each and counts the notices.

monitors_fire(Size) ->
    Targets = [spawn(?MODULE, target, []) || _ <- lists:seq(1, Size)],
    lists:foreach(fun(Target) -> erlang:monitor(process, Target) end, Targets),
    erlang:yield(),
    Start = now_ns(),
    lists:foreach(fun(Target) -> Target ! stop end, Targets),
    await_downs(Size),
    elapsed(Start).

await_downs(0) -> ok;
await_downs(Left) -> receive {'DOWN', _, process, _, normal} -> await_downs(Left - 1) end.

target() ->
    receive stop -> ok end.

%% One target, many watchers: each exits when its notice comes.

monitors_watch(Size) ->
    Before = population(),
    Target = spawn(?MODULE, target, []),
    [spawn(?MODULE, watch, [Target, self()]) || _ <- lists:seq(2, Size)],
    [receive ready -> ok end || _ <- lists:seq(2, Size)],
    Start = now_ns(),
    Target ! stop,
    await_population(Before),
    elapsed(Start).

watch(Target, Main) ->
    erlang:monitor(process, Target),
    Main ! ready,
    receive {'DOWN', _, process, _, normal} -> ok end.

%% Memory of waiting actors, as the growth of the resident set.

idle_memory(Size) ->
    Before = resident_bytes(),
    spawn_idle(Size),
    erlang:yield(),
    resident_bytes() - Before.

spawn_idle(0) -> ok;
spawn_idle(N) -> spawn(?MODULE, idle, []), spawn_idle(N - 1).

idle() ->
    receive stop -> ok end.

resident_bytes() ->
    {ok, Statm} = file:read_file("/proc/self/statm"),
    [_, Resident | _] = string:split(Statm, " ", all),
    binary_to_integer(Resident) * 4096.
