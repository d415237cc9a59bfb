/*
 * Calls back in the closing phase of the event loop, which comes after Node's immediates, among what libuv tells of handles that
 * were closed: by closing one.
 */
#include "tun.h"

#include <errno.h>
#include <stdlib.h>

struct closing {
  napi_env env;
  /* Of libuv's from when JavaScript asks until it is called. */
  uv_idle_t handle;
  bool asked, ended;
  napi_ref callback;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
};

/* Each environment has a thread of its own. */
static _Thread_local struct closing *ours;

static void remove_closing(struct closing *closing) {
  napi_async_cleanup_hook_handle hook = closing->hook;
  free(closing);
  napi_remove_async_cleanup_hook(hook);
}

static void environment_ends(napi_async_cleanup_hook_handle hook, void *data) {
  struct closing *closing = data;
  (void)hook;
  if (ours == closing) ours = NULL;
  closing->ended = true;
  napi_delete_reference(closing->env, closing->callback);
  napi_async_destroy(closing->env, closing->context);
  if (!closing->asked) remove_closing(closing);
}

static void handle_closed(uv_handle_t *handle) {
  struct closing *closing = handle->data;
  napi_env env = closing->env;
  napi_handle_scope scope;
  closing->asked = false;
  if (closing->ended) {
    remove_closing(closing);
    return;
  }
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  event_call(env, closing->context, closing->callback, 0, NULL);
  napi_close_handle_scope(env, scope);
}

static int create(napi_env env, napi_value callback) {
  struct closing *closing;
  if (ours != NULL) return -EALREADY;
  closing = calloc(1, sizeof *closing);
  if (closing == NULL) return -ENOMEM;
  closing->env = env;
  if (event_begin(env, "tuntcp:closing", &closing->context) != napi_ok ||
      napi_create_reference(env, callback, 1, &closing->callback) != napi_ok ||
      napi_add_async_cleanup_hook(env, environment_ends, closing, &closing->hook) != napi_ok) {
    free(closing);
    return -ENOMEM;
  }
  ours = closing;
  return 0;
}

/* startClosing(callback), once for each environment; returns -errno, or 0. */
napi_value method_start_closing(napi_env env, napi_callback_info info) {
  napi_value callback;
  napi_valuetype type;
  size_t count = 1;
  if (napi_get_cb_info(env, info, &count, &callback, NULL, NULL) != napi_ok || count < 1 ||
      napi_typeof(env, callback, &type) != napi_ok || type != napi_function)
    return bad_arguments(env, "startClosing(callback: function)");
  return number(env, create(env, callback));
}

/* closing(): `callback` is called in the next closing phase. */
napi_value method_closing(napi_env env, napi_callback_info info) {
  struct closing *closing = ours;
  uv_loop_t *loop;
  (void)info;
  if (closing == NULL || closing->asked || napi_get_uv_event_loop(env, &loop) != napi_ok) return NULL;
  closing->asked = true;
  uv_idle_init(loop, &closing->handle);
  closing->handle.data = closing;
  uv_close((uv_handle_t *)&closing->handle, handle_closed);
  return NULL;
}
