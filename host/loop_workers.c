/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of jobs and a few threads that empty it. A thread is started when a
 * job comes and no thread is idle, up to WORKERS_MAX of them. */
#include "host/loop_workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/buffer.h"

enum { WORKERS_MAX = 4 };

struct loop_workers {
    pthread_mutex_t lock;
    pthread_cond_t bell; /* a job, or the end */
    pthread_t threads[WORKERS_MAX];
    unsigned count;
    unsigned idle;
    unsigned queued;
    struct loop_job *first;
    struct loop_job **last;
    bool ending;
};

static struct loop_job *take_job(struct loop_workers *workers)
{
    struct loop_job *job = workers->first;
    assert(workers->queued != 0);
    workers->first = job->next;
    workers->queued--;
    if (!workers->first) {
        assert(workers->queued == 0);
        workers->last = &workers->first;
    }
    return job;
}

static void *work(void *context)
{
    struct loop_workers *workers = context;
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (!workers->first && !workers->ending) {
            workers->idle++;
            pthread_cond_wait(&workers->bell, &workers->lock);
            workers->idle--;
        }
        if (!workers->first) {
            break;
        }
        struct loop_job *job = take_job(workers);
        pthread_mutex_unlock(&workers->lock);
        job->work(job);
        loop_post(job->loop, &job->task);
        pthread_mutex_lock(&workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

/* Signals are the business of the program's own threads. */
static void start_thread(struct loop_workers *workers)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&workers->threads[workers->count], NULL, work,
                       workers) == 0) {
        workers->count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct loop_workers *loop_workers_create(void)
{
    struct loop_workers *workers = xcalloc(1, sizeof(*workers));
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->bell, NULL);
    workers->last = &workers->first;
    return workers;
}

void loop_workers_destroy(struct loop_workers *workers)
{
    if (!workers) {
        return;
    }
    assert(!workers->first);
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->bell);
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->count; i++) {
        pthread_join(workers->threads[i], NULL);
    }
    pthread_cond_destroy(&workers->bell);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}

bool loop_workers_give(struct loop_workers *workers, struct loop_job *job)
{
    pthread_mutex_lock(&workers->lock);
    if (workers->idle <= workers->queued && workers->count < WORKERS_MAX) {
        start_thread(workers);
    }
    bool given = workers->count != 0;
    if (given) {
        job->next = NULL;
        *workers->last = job;
        workers->last = &job->next;
        workers->queued++;
        pthread_cond_signal(&workers->bell);
    }
    pthread_mutex_unlock(&workers->lock);
    return given;
}
