/*
 * Memory that packets are read to, and that users keep parts of for as long as they like. A slab comes back when the
 * last of their views has been collected, and is read to again: what V8 takes from malloc goes back to the kernel, and a
 * page fault for every 4 KB is a good part of what a packet costs.
 */
#include "tun.h"

#include <stdlib.h>

#define MEGABYTES(n) ((n) * 1024 * 1024)

/* The most that users may have at a time. Beyond it memory comes from V8, which collects for it, and so brings ours back. */
#define MOST_LENT (MEGABYTES(128) / SLAB_BYTES)
/* The most that we keep for the next user; the rest goes back to malloc. */
#define MOST_SPARE (MEGABYTES(32) / SLAB_BYTES)
/*
 * V8 takes every array buffer for a growth of the old generation until it is collected, and marks its whole heap after
 * 8 to 24 MB of growth when the heap is small: a gigabyte read would cost a second of marking. But what is lent again
 * and again is no growth. So V8 is told of so much at once, at first of less, and not of the slabs one by one; and again
 * when the memory of others has grown so much that it should look.
 */
#define FIRST_NOTICE MEGABYTES(32)
#define LARGEST_NOTICE MEGABYTES(1024)
#define GROWTH MEGABYTES(64)

/* One for each environment. It is freed when the environment and all slabs that users have are gone. */
struct pool {
  bool ended;
  int lent, spare;
  void *slabs[MOST_SPARE];
  /* Bytes that V8 has been told of and that were not lent yet; those it is told of next; the memory of others then. */
  int64_t announced, notice, others;
};

static void free_pool(struct pool *pool) {
  while (pool->spare > 0) free(pool->slabs[--pool->spare]);
  if (pool->ended && pool->lent == 0) free(pool);
}

static void environment_ended(napi_env env, void *data, void *hint) {
  struct pool *pool = data;
  (void)env;
  (void)hint;
  pool->ended = true;
  free_pool(pool);
}

void slab_pool_create(napi_env env) {
  struct pool *pool = calloc(1, sizeof *pool);
  if (pool != NULL && napi_set_instance_data(env, pool, environment_ended, NULL) != napi_ok) free(pool);
}

static void given_back(napi_env env, void *slab, void *hint) {
  struct pool *pool = hint;
  (void)env;
  pool->lent--;
  if (pool->spare < MOST_SPARE) pool->slabs[pool->spare++] = slab;
  else free(slab);
  if (pool->ended) free_pool(pool);
}

/* V8 has just counted a slab, and takes that back when it has collected it: once is enough. */
static void uncount(napi_env env, struct pool *pool) {
  int64_t total = 0, others;
  if (pool->announced >= SLAB_BYTES) {
    napi_adjust_external_memory(env, -SLAB_BYTES, &total);
    pool->announced -= SLAB_BYTES;
    others = total - pool->announced - (int64_t)pool->lent * SLAB_BYTES;
    if (others < pool->others) pool->others = others;
    if (others - pool->others < GROWTH) return;
    pool->others = others;
  }
  if (pool->notice < LARGEST_NOTICE) pool->notice = pool->notice == 0 ? FIRST_NOTICE : 2 * pool->notice;
  napi_adjust_external_memory(env, pool->notice - pool->announced, &total);
  pool->announced = pool->notice;
}

/* A Uint8Array of SLAB_BYTES; NULL when too many are lent, or the engine takes no memory of others'. */
napi_value slab_take(napi_env env) {
  struct pool *pool = NULL;
  napi_value buffer, slab = NULL;
  void *memory;
  if (napi_get_instance_data(env, (void **)&pool) != napi_ok || pool == NULL) return NULL;
  if (pool->lent == MOST_LENT) return NULL;
  memory = pool->spare > 0 ? pool->slabs[--pool->spare] : malloc(SLAB_BYTES);
  if (memory == NULL) return NULL;
  pool->lent++;
  if (napi_create_external_arraybuffer(env, memory, SLAB_BYTES, given_back, pool, &buffer) != napi_ok) {
    given_back(env, memory, pool);
    return NULL;
  }
  uncount(env, pool);
  napi_create_typedarray(env, napi_uint8_array, SLAB_BYTES, buffer, 0, &slab);
  return slab;
}
