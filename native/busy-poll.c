/*
 * Busy polling: for a while after traffic the event loop does not sleep, and the device is looked at again and again. So a
 * packet that comes soon is not held up by a processor that has to wake up. Between two looks at the others in the loop (an
 * epoll_wait that does not wait) the device has a slice of time for itself.
 *
 * The while adapts, as the kernel's halt polling does: a packet that came later than the limit halves it, one that came
 * within the limit while we slept doubles it. Where traffic is sparse it is soon nought and costs nothing.
 */
#include "tun.h"

#include <poll.h>

#define NANOSECONDS 1000
/* Nothing else in the event loop waits longer for its turn, ns. */
#define SLICE (20 * NANOSECONDS)
/* A shorter while is none, ns. */
#define SHORTEST (2 * NANOSECONDS)

void busy_poll_limit(struct device *device, uint32_t microseconds) {
  device->busy.limit = (uint64_t)microseconds * NANOSECONDS;
  device->busy.window = device->busy.limit;
}

static void sleep_again(struct device *device) {
  uv_idle_stop(&device->busy.idle);
  uv_prepare_stop(&device->busy.prepare);
  device->busy.asleep = true;
}

static bool readable(int fd) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  return poll(&one, 1, 0) > 0;
}

/* Before the event loop polls, which it does without waiting, because an idle handle is active. */
static void look(uv_prepare_t *prepare) {
  struct device *device = prepare->data;
  struct busy_poll *busy = &device->busy;
  uint64_t start = uv_hrtime(), now = start;
  busy->read = false;
  do {
    if (readable(device->fd)) {
      busy->read = true;
      read_packets(&device->poll, 0, UV_READABLE);
      return;
    }
    now = uv_hrtime();
    if (now >= busy->until) {
      sleep_again(device);
      return;
    }
  } while (now - start < SLICE);
}

void busy_poll_init(struct device *device, uv_loop_t *loop) {
  uv_idle_init(loop, &device->busy.idle);
  uv_prepare_init(loop, &device->busy.prepare);
  device->busy.idle.data = device->busy.prepare.data = device;
  uv_unref((uv_handle_t *)&device->busy.idle);
  uv_unref((uv_handle_t *)&device->busy.prepare);
}

/* Packets have come: was it worth while to wait for them, or would it have been? */
void busy_poll_arrived(struct device *device) {
  struct busy_poll *busy = &device->busy;
  if (busy->limit == 0 || !busy->asleep) return;
  busy->asleep = false;
  if (uv_hrtime() - busy->since > busy->limit) {
    busy->window /= 2;
    if (busy->window < SHORTEST) busy->window = 0;
  } else {
    busy->window = busy->window == 0 ? SHORTEST : 2 * busy->window;
    if (busy->window > busy->limit) busy->window = busy->limit;
  }
}

/* Begins the while: packets were answered, or something was sent. */
void busy_poll_begin(struct device *device) {
  struct busy_poll *busy = &device->busy;
  if (busy->limit == 0 || device->closed || device->handles == 0) return;
  busy->since = uv_hrtime();
  busy->until = busy->since + busy->window;
  if (busy->window == 0) {
    busy->asleep = true;
    return;
  }
  uv_idle_start(&busy->idle, stay_awake);
  uv_prepare_start(&busy->prepare, look);
}

/* True when the device was read before the event loop polled, and once in a round is enough. */
bool busy_poll_was_read(struct device *device) {
  bool read = device->busy.read;
  device->busy.read = false;
  return read;
}
