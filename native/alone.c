/*
 * Calls functions of Node's own C++ with no JavaScript, no callback scope and no TryCatch of Node-API's beneath them, as the event
 * loop calls it. The parts of Node that call JavaScript several times meanwhile (TLS for each record, HTTP/2 for each frame) have
 * ticks and promises settle after each, and what is thrown is an uncaught exception at once. Anything beneath would hold it back:
 * the next call would find contexts that nobody has unwound, and Node would end the process.
 *
 * Node-API calls nothing without a TryCatch, so V8 is called by its own names. They take pointers and an int alone, and Node has
 * exported them since version 12; where one is missing nothing is called alone.
 */
#include "tun.h"

#include <errno.h>
#include <stdlib.h>

#define V8(symbol) __asm__(symbol) __attribute__((weak))

/* v8::Isolate::GetCurrent(), isolate->GetCurrentContext() */
extern void *v8_isolate(void) V8("_ZN2v87Isolate10GetCurrentEv");
extern void *v8_context(void *isolate) V8("_ZN2v87Isolate17GetCurrentContextEv");
/* v8::TryCatch(isolate), tryCatch->SetVerbose(value), ~TryCatch() */
extern void v8_try(void *try_catch, void *isolate) V8("_ZN2v88TryCatchC1EPNS_7IsolateE");
extern void v8_set_verbose(void *try_catch, bool value) V8("_ZN2v88TryCatch10SetVerboseEb");
extern void v8_try_over(void *try_catch) V8("_ZN2v88TryCatchD1Ev");
/* function->Call(context, receiver, count, arguments): a Local is a pointer, as a napi_value is. */
extern void *v8_call(napi_value function, void *context, napi_value receiver, int count, napi_value *arguments)
    V8("_ZN2v88Function4CallENS_5LocalINS_7ContextEEENS1_INS_5ValueEEEiPS5_");

/*
 * node_api_post_finalizer(env, finalize, data, hint), of all versions of Node since 18.19 and 20.10: has `finalize` called among Node's
 * immediates of C++, before those of JavaScript.
 */
extern napi_status post_finalizer(napi_env env, napi_finalize finalize, void *data, void *hint)
    __asm__("node_api_post_finalizer") __attribute__((weak));

/* Several times what a v8::TryCatch takes. */
struct try_catch {
  _Alignas(16) void *words[32];
};

/* A call is an array: a function, its receiver, and at most two arguments. */
#define MOST_PARTS 4

struct alone {
  napi_env env;
  /* Both start when JavaScript asks: the event loop does not sleep then, and calls before Node's immediates. */
  uv_idle_t idle;
  uv_check_t check;
  /* These start when JavaScript asks to be called before the event loop polls. */
  uv_idle_t idle_before;
  uv_prepare_t prepare;
  int handles;
  /* JavaScript has asked; also for something that is called alone first. */
  bool asked, calls;
  /* It will be called among the immediates. */
  bool immediate;
  napi_ref next, go_on, next_immediate, before;
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
  napi_delete_reference(alone->env, alone->next);
  napi_delete_reference(alone->env, alone->go_on);
  napi_delete_reference(alone->env, alone->next_immediate);
  napi_delete_reference(alone->env, alone->before);
  napi_async_destroy(alone->env, alone->context);
  uv_close((uv_handle_t *)&alone->idle, handle_closed);
  uv_close((uv_handle_t *)&alone->check, handle_closed);
  uv_close((uv_handle_t *)&alone->idle_before, handle_closed);
  uv_close((uv_handle_t *)&alone->prepare, handle_closed);
}

static bool possible(void) {
  return v8_isolate != NULL && v8_context != NULL && v8_try != NULL && v8_set_verbose != NULL && v8_try_over != NULL &&
         v8_call != NULL;
}

/* A verbose TryCatch has V8 report what is thrown where it is thrown, and then forget it. */
static void call_alone(napi_env env, napi_value call) {
  napi_value parts[MOST_PARTS];
  napi_valuetype type;
  struct try_catch try_catch;
  uint32_t count;
  if (napi_get_array_length(env, call, &count) != napi_ok || count < 2 || count > MOST_PARTS) return;
  for (uint32_t i = 0; i < count; i++)
    if (napi_get_element(env, call, i, &parts[i]) != napi_ok) return;
  if (napi_typeof(env, parts[0], &type) != napi_ok || type != napi_function) return;
  void *isolate = v8_isolate();
  void *context = v8_context(isolate);
  if (context == NULL) return;
  v8_try(&try_catch, isolate);
  v8_set_verbose(&try_catch, true);
  v8_call(parts[0], context, parts[1], (int)count - 2, parts + 2);
  v8_try_over(&try_catch);
}

void alone_run(void) {
  while (ours != NULL && ours->asked) {
    struct alone *alone = ours;
    napi_env env = alone->env;
    bool calls = alone->calls;
    napi_handle_scope scope;
    napi_value global, function, call;
    alone->asked = alone->calls = false;
    uv_idle_stop(&alone->idle);
    uv_check_stop(&alone->check);
    if (napi_open_handle_scope(env, &scope) != napi_ok) return;
    if (calls && napi_get_global(env, &global) == napi_ok &&
        napi_get_reference_value(env, alone->next, &function) == napi_ok) {
      if (napi_call_function(env, global, function, 0, NULL, &call) == napi_ok) call_alone(env, call);
      event_report(env);
    }
    /* (The environment may have ended.) */
    if (ours == alone) event_call(env, alone->context, alone->go_on, 0, NULL);
    napi_close_handle_scope(env, scope);
  }
}

static void checked(uv_check_t *check) {
  (void)check;
  alone_run();
}

static void prepared(uv_prepare_t *prepare) {
  struct alone *alone = prepare->data;
  napi_env env = alone->env;
  napi_handle_scope scope;
  uv_prepare_stop(prepare);
  uv_idle_stop(&alone->idle_before);
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  event_call(env, alone->context, alone->before, 0, NULL);
  napi_close_handle_scope(env, scope);
}

/* Ticks and promises settle after all immediates of C++, as after Node's own. */
static void immediates_come(napi_env env, void *data, void *hint) {
  napi_value global, function, call;
  napi_handle_scope scope;
  bool is_array = true;
  (void)hint;
  /* (The environment may have ended.) */
  if (ours != data || napi_get_global(env, &global) != napi_ok) return;
  ours->immediate = false;
  while (is_array && ours == data && napi_open_handle_scope(env, &scope) == napi_ok) {
    is_array = napi_get_reference_value(env, ours->next_immediate, &function) == napi_ok &&
               napi_call_function(env, global, function, 0, NULL, &call) == napi_ok &&
               napi_is_array(env, call, &is_array) == napi_ok && is_array;
    if (is_array) call_alone(env, call);
    event_report(env);
    napi_close_handle_scope(env, scope);
  }
}

/*
 * Once for each environment: `next` returns what is called alone, whenever that was asked for, or undefined for nothing any more;
 * then `go_on` is called as an event. `next_immediate` returns what is called among the immediates of C++, until there is no more.
 * `before` is called before the event loop polls.
 */
static int create(napi_env env, napi_value next, napi_value go_on, napi_value next_immediate, napi_value before) {
  uv_loop_t *loop;
  struct alone *alone;
  if (ours != NULL) return -EALREADY;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOTSUP;
  alone = calloc(1, sizeof *alone);
  if (alone == NULL) return -ENOMEM;
  alone->env = env;
  if (event_begin(env, "tuntcp:alone", &alone->context) != napi_ok ||
      napi_create_reference(env, next, 1, &alone->next) != napi_ok ||
      napi_create_reference(env, go_on, 1, &alone->go_on) != napi_ok ||
      napi_create_reference(env, next_immediate, 1, &alone->next_immediate) != napi_ok ||
      napi_create_reference(env, before, 1, &alone->before) != napi_ok ||
      napi_add_async_cleanup_hook(env, environment_ends, alone, &alone->hook) != napi_ok) {
    free(alone);
    return -ENOMEM;
  }
  uv_idle_init(loop, &alone->idle);
  uv_check_init(loop, &alone->check);
  uv_idle_init(loop, &alone->idle_before);
  uv_prepare_init(loop, &alone->prepare);
  alone->handles = 4;
  alone->idle.data = alone->check.data = alone->idle_before.data = alone->prepare.data = alone;
  ours = alone;
  return 0;
}

static void ask(bool calls) {
  if (ours == NULL) return;
  ours->asked = true;
  ours->calls |= calls;
  uv_check_start(&ours->check, checked);
  uv_idle_start(&ours->idle, stay_awake);
}

/* startAlone(next, goOn, nextImmediate, before); returns -errno, or 0. */
napi_value method_start_alone(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  napi_valuetype next, go_on, next_immediate, before;
  size_t count = 4;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 4 ||
      napi_typeof(env, arguments[0], &next) != napi_ok || next != napi_function ||
      napi_typeof(env, arguments[1], &go_on) != napi_ok || go_on != napi_function ||
      napi_typeof(env, arguments[2], &next_immediate) != napi_ok || next_immediate != napi_function ||
      napi_typeof(env, arguments[3], &before) != napi_ok || before != napi_function)
    return bad_arguments(env, "startAlone(next: function, goOn: function, nextImmediate: function, before: function)");
  return number(env, create(env, arguments[0], arguments[1], arguments[2], arguments[3]));
}

/* before(): `before` is called before the event loop polls. */
napi_value method_before(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  if (ours == NULL) return NULL;
  uv_prepare_start(&ours->prepare, prepared);
  uv_idle_start(&ours->idle_before, stay_awake);
  return NULL;
}

/* immediate(): what `nextImmediate` returns is called among Node's immediates of C++; returns false where that is not possible. */
napi_value method_immediate(napi_env env, napi_callback_info info) {
  napi_value result;
  bool is = ours != NULL && possible() && post_finalizer != NULL;
  (void)info;
  if (is && !ours->immediate)
    is = ours->immediate = post_finalizer(env, immediates_come, ours, NULL) == napi_ok;
  return napi_get_boolean(env, is, &result) == napi_ok ? result : NULL;
}

/* soon(): `goOn` is called soon. */
napi_value method_soon(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  ask(false);
  return NULL;
}

/* alone(): what `next` returns is called alone soon, and then `goOn`; returns false where that is not possible. */
napi_value method_alone(napi_env env, napi_callback_info info) {
  napi_value result;
  bool is = possible();
  (void)info;
  if (is) ask(true);
  return napi_get_boolean(env, is, &result) == napi_ok ? result : NULL;
}
