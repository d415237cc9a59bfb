/* JavaScript called as from an event of the loop: ticks and promises follow, and what it throws is an uncaught exception. */
#include "tun.h"

/* The resource that async_hooks shows events by. */
napi_status event_begin(napi_env env, const char *resource, napi_async_context *context) {
  napi_value name;
  napi_status status = napi_create_string_utf8(env, resource, NAPI_AUTO_LENGTH, &name);
  return status == napi_ok ? napi_async_init(env, NULL, name, context) : status;
}

void event_report(napi_env env) {
  napi_value exception;
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok)
    napi_fatal_exception(env, exception);
}

/*
 * What is thrown is reported before the scope is closed (napi_make_callback holds it back until then): a tick that throws within the
 * call leaves its context on the stack of contexts, which the report clears. A scope that finds it there ends the process.
 */
void event_call(napi_env env, napi_async_context context, napi_ref function, size_t count,
                const napi_value *arguments) {
  napi_value global, callback;
  napi_callback_scope scope;
  if (napi_get_reference_value(env, function, &callback) != napi_ok || callback == NULL ||
      napi_get_global(env, &global) != napi_ok ||
      napi_open_callback_scope(env, global, context, &scope) != napi_ok)
    return;
  napi_call_function(env, global, callback, count, arguments, NULL);
  event_report(env);
  napi_close_callback_scope(env, scope);
  event_report(env);
}

/* uncaught(error): as if it had been thrown where nobody catches it. */
napi_value method_uncaught(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value error;
  if (napi_get_cb_info(env, info, &count, &error, NULL, NULL) != napi_ok || count < 1)
    return bad_arguments(env, "uncaught(error)");
  napi_fatal_exception(env, error);
  return NULL;
}
