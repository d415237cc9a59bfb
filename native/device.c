/*
 * The life of a device: an object in JavaScript, a poll handle in the event loop, and the environment (the
 * process, or a worker thread) around both. Any of them may be the first to go.
 */
#include "tun.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void release(struct device *device) {
  if (!device->wrapped && device->handles == 0) free(device);
}

static void forget(napi_env env, napi_ref *reference) {
  if (*reference != NULL) napi_delete_reference(env, *reference);
  *reference = NULL;
}

static void handle_closed(uv_handle_t *handle) {
  struct device *device = handle->data;
  napi_async_cleanup_hook_handle hook = device->hook;
  if (--device->handles > 0) return;
  device->hook = NULL;
  release(device);
  if (hook != NULL) napi_remove_async_cleanup_hook(hook);
}

/* Ends what must not end under a running callback. */
void device_settle(struct device *device) {
  if (!device->closed || device->callbacks > 0 || device->context == NULL) return;
  napi_async_destroy(device->env, device->context);
  device->context = NULL;
}

void device_close(struct device *device) {
  if (device->closed) return;
  device->closed = true;
  if (device->handles > 0) {
    uv_close((uv_handle_t *)&device->poll, handle_closed);
    uv_close((uv_handle_t *)&device->idle, handle_closed);
    uv_close((uv_handle_t *)&device->check, handle_closed);
    uv_close((uv_handle_t *)&device->busy.idle, handle_closed);
    uv_close((uv_handle_t *)&device->busy.prepare, handle_closed);
  }
  if (device->fd >= 0) close(device->fd);
  device->fd = -1;
  forget(device->env, &device->callback);
  forget(device->env, &device->call);
  forget(device->env, &device->info);
  forget(device->env, &device->slab);
  device_settle(device);
}

/* The environment (the process, or a worker thread) ends while the device is open. */
static void environment_ends(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  device_close(data);
}

static void collected(napi_env env, void *data, void *hint) {
  struct device *device = data;
  (void)env;
  (void)hint;
  device_close(device);
  device->wrapped = false;
  release(device);
}

/* Wraps a new device into `self`, whose collection closes it. */
bool device_create(napi_env env, napi_value self) {
  struct device *device = calloc(1, sizeof *device);
  if (device == NULL) return false;
  device->env = env;
  device->fd = -1;
  if (napi_wrap(env, self, device, collected, NULL, NULL) != napi_ok) {
    free(device);
    return false;
  }
  device->wrapped = true;
  return true;
}

/* Our reference keeps the slab from the collector, whatever JavaScript does with its own. */
void device_set_slab(struct device *device, napi_value slab) {
  if (device->closed) return;
  forget(device->env, &device->slab);
  if (napi_create_reference(device->env, slab, 1, &device->slab) != napi_ok) device->slab = NULL;
}

int device_start(struct device *device, napi_value callback, napi_value info, napi_value call) {
  napi_env env = device->env;
  uv_loop_t *loop;
  int status;
  if (device->closed || device->fd < 0) return -EBADF;
  if (device->handles > 0) return -EALREADY;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOTSUP;
  status = uv_poll_init(loop, &device->poll, device->fd);
  if (status < 0) return status;
  uv_idle_init(loop, &device->idle);
  uv_check_init(loop, &device->check);
  busy_poll_init(device, loop);
  device->handles = 5;
  device->poll.data = device->idle.data = device->check.data = device;
  /* From here on the handles must be closed before the memory goes: handle_closed() does both. */
  if (napi_add_async_cleanup_hook(env, environment_ends, device, &device->hook) != napi_ok ||
      event_begin(env, "tuntcp:tun", &device->context) != napi_ok ||
      napi_create_reference(env, callback, 1, &device->callback) != napi_ok ||
      napi_create_reference(env, call, 1, &device->call) != napi_ok ||
      napi_create_reference(env, info, 1, &device->info) != napi_ok) {
    device_close(device);
    return -ENOMEM;
  }
  /* An idle device alone keeps no process alive; sockets do. */
  uv_unref((uv_handle_t *)&device->poll);
  return uv_poll_start(&device->poll, UV_READABLE, read_when_polled);
}

/*
 * Has JavaScript called soon, whatever comes: together with what is read when the event loop polls next, or after it. A check
 * that was begun last is called first, so before Node's immediates.
 */
int device_wake(struct device *device) {
  if (device->closed || device->handles == 0) return -EBADF;
  uv_check_start(&device->check, wake_up);
  return uv_idle_start(&device->idle, stay_awake);
}
