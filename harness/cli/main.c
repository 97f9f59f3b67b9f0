/* SPDX-License-Identifier: MIT */
#include <rehearse/version.h>

#include <stdio.h>

int main(void)
{
    return printf("rehearse %s\n", rh_version()) < 0 ? 1 : 0;
}
