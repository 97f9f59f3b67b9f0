// SPDX-License-Identifier: MIT
#include "turnstile.h"
#include "visitor.hpp"

#include <rehearse/rehearse.h>

int main(int argc, char **argv)
{
    static const rh_parameter parameters[] = {
        {"turnstile", RH_PARAMETER_ACTOR, true, "where to pay"},
        {"coins", RH_PARAMETER_NUMBER, false, "how often; 1"},
    };
    static const rh_program_behaviour behaviours[] = {
        {&turnstile_behaviour, "opens for a coin", nullptr, 0, false},
        {&visitor_behaviour, "pays and goes through", parameters, 2, false},
    };
    static const rh_program program = {"turnstile", "1.0", behaviours, 2, nullptr};
    return rh_main(argc, argv, &program);
}
