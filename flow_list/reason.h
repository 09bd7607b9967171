/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow_list/reason.h - why a flow ended. */
#ifndef FLOW_LIST_REASON_H
#define FLOW_LIST_REASON_H

#include "flow_list.h"

/* @destroy: the kernel's last message; NULL: a dump did not have the flow any more. */
enum flow_reason reason_of(const struct flow *f, const struct flow_update *destroy, uint32_t now);

#endif
