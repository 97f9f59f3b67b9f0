/* SPDX-License-Identifier: MIT */
/* A play that uses everything a conversation has, for tests that let something fail at every point of it. */
#ifndef CORE_CONVERSATION_TESTS_PLAY_H
#define CORE_CONVERSATION_TESTS_PLAY_H

#include "core/conversation/tests/talk.h"

/** From talk_begin to the end of the conversation; not to talk_end. Owned participants end with it, whatever happens. */
void play_all(struct talk *talk, enum rh_crash_policy policy);
/** Every call has had its one outcome, unless it never went out, and whoever was owned has ended. */
void play_judge(const struct talk *talk);

#endif
