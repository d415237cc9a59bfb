/*
 * Calls JavaScript with no other JavaScript, and no callback scope, beneath it. Node's parts in C++ that it calls then (TLS,
 * HTTP/2) call their users as they do when the event loop has called them: the ticks and promises of each callback settle
 * before the next one.
 */
#include "tun.h"

#include <errno.h>
#include <stdlib.h>

struct alone {
  napi_env env;
  /* Both start when JavaScript asks: the event loop does not sleep then, and calls before Node's immediates. */
  uv_idle_t idle;
  uv_check_t check;
  int handles;
  /* JavaScript has asked. */
  bool asked;
  napi_ref call, go_on;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
};

/* Each environment has a thread of its own. */
static _Thread_local struct alone *ours;

static void handle_closed(uv_handle_t *handle) {
  struct alone *alone = handle->data;
  napi_async_cleanup_hook_handle hook = alone->hook;
  if (--alone->handles > 0) return;
  free(alone);
  if (hook != NULL) napi_remove_async_cleanup_hook(hook);
}

static void environment_ends(napi_async_cleanup_hook_handle hook, void *data) {
  struct alone *alone = data;
  (void)hook;
  if (ours == alone) ours = NULL;
  napi_delete_reference(alone->env, alone->call);
  napi_delete_reference(alone->env, alone->go_on);
  napi_async_destroy(alone->env, alone->context);
  uv_close((uv_handle_t *)&alone->idle, handle_closed);
  uv_close((uv_handle_t *)&alone->check, handle_closed);
}

/* What was thrown is an uncaught exception, as from any event. */
static void report(napi_env env) {
  napi_value exception;
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok)
    napi_fatal_exception(env, exception);
}

void alone_run(void) {
  while (ours != NULL && ours->asked) {
    struct alone *alone = ours;
    napi_env env = alone->env;
    napi_handle_scope scope;
    napi_value global, function;
    alone->asked = false;
    uv_idle_stop(&alone->idle);
    uv_check_stop(&alone->check);
    if (napi_open_handle_scope(env, &scope) != napi_ok) return;
    if (napi_get_global(env, &global) == napi_ok) {
      if (napi_get_reference_value(env, alone->call, &function) == napi_ok) {
        napi_call_function(env, global, function, 0, NULL, NULL);
        report(env);
      }
      /* (The environment may have ended.) */
      if (ours == alone && napi_get_reference_value(env, alone->go_on, &function) == napi_ok) {
        napi_make_callback(env, alone->context, global, function, 0, NULL, NULL);
        report(env);
      }
    }
    napi_close_handle_scope(env, scope);
  }
}

static void checked(uv_check_t *check) {
  (void)check;
  alone_run();
}

/* Once for each environment: `call` is called alone whenever it was asked for, and then `go_on` as an event. */
int alone_create(napi_env env, napi_value call, napi_value go_on) {
  napi_value name;
  uv_loop_t *loop;
  struct alone *alone;
  if (ours != NULL) return -EALREADY;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOTSUP;
  alone = calloc(1, sizeof *alone);
  if (alone == NULL) return -ENOMEM;
  alone->env = env;
  if (napi_create_string_utf8(env, "tuntcp:alone", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env, NULL, name, &alone->context) != napi_ok ||
      napi_create_reference(env, call, 1, &alone->call) != napi_ok ||
      napi_create_reference(env, go_on, 1, &alone->go_on) != napi_ok ||
      napi_add_async_cleanup_hook(env, environment_ends, alone, &alone->hook) != napi_ok) {
    free(alone);
    return -ENOMEM;
  }
  uv_idle_init(loop, &alone->idle);
  uv_check_init(loop, &alone->check);
  alone->handles = 2;
  alone->idle.data = alone->check.data = alone;
  ours = alone;
  return 0;
}

void alone_ask(void) {
  if (ours == NULL) return;
  ours->asked = true;
  uv_check_start(&ours->check, checked);
  uv_idle_start(&ours->idle, stay_awake);
}
