/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the loop: the threads that do its jobs. */
#ifndef HOST_LOOP_WORKERS_H
#define HOST_LOOP_WORKERS_H

#include <stdbool.h>

#include "host/loop.h"

struct loop_workers;

struct loop_workers *loop_workers_create(void);
/* Ends and joins the threads; no job may be left. */
void loop_workers_destroy(struct loop_workers *workers);
/* A worker calls job->work and then posts job->task to job->loop. False: there
 * is no thread to do it. */
bool loop_workers_give(struct loop_workers *workers, struct loop_job *job);

#endif
