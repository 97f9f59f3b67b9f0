/* SPDX-License-Identifier: MIT */
#include <rehearse/rehearse.h>

int main(int argc, char **argv)
{
    return rh_main(argc, argv, NULL);
}
