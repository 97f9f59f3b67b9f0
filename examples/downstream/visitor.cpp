// SPDX-License-Identifier: MIT
// A behaviour in C++. The state is storage: what is constructed in `init` is destroyed in `deinit`.
#include "visitor.hpp"

#include <rehearse/program.h>

#include <cstdint>
#include <new>
#include <vector>

namespace {

struct visitor {
    rh_pid turnstile{};
    std::vector<std::int64_t> numbers; // of the times that it opened
};

rh_status init(rh_context *ctx, void *state, const rh_delivery *start)
{
    auto *self = new (state) visitor;
    std::int64_t coins = 1;
    rh_parameter_actor(start, "turnstile", &self->turnstile);
    rh_parameter_number(start, "coins", &coins);
    for (; coins > 0; coins--) {
        rh_status status = RH_SEND(ctx, self->turnstile, "coin");
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

rh_status receive(rh_context *ctx, void *state, const rh_delivery *in)
{
    auto *self = static_cast<visitor *>(state);
    std::int64_t number = 0;
    if (RH_MATCH(&in->message, "open", &number)) {
        self->numbers.push_back(number);
        return rh_output(ctx, rh_message_ref(in->message));
    }
    return RH_OK;
}

void deinit(void *state, const void *)
{
    static_cast<visitor *>(state)->~visitor();
}

rh_behaviour make()
{
    rh_behaviour behaviour{};
    behaviour.name = "visitor";
    behaviour.state_bytes = sizeof(visitor);
    behaviour.init = init;
    behaviour.receive = receive;
    behaviour.deinit = deinit;
    return behaviour;
}

} // namespace

const rh_behaviour visitor_behaviour = make();
