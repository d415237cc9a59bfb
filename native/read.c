/*
 * Reading: when the device is readable, packets are drained into the slab, one behind the other, and JavaScript is
 * called once for all of them. One batch a wake-up: the poll is level-triggered, so what is left wakes us again, after
 * everybody else in the event loop has had a turn.
 */
#include "tun.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>

/* Wake-ups that bring nothing but errors, before the device is given up as broken. */
#define BARREN_LIMIT 1000

struct reading {
  int count, errors, last_errno;
  /* The device is gone: nothing will ever be read again. */
  bool lost;
  /* There is no room for a single packet (somebody has detached the slab): JavaScript must give another one. */
  bool starved;
  int32_t fields[BATCH_PACKETS * READ_FIELDS];
};

/* The present memory of the slab; asked for each batch, because JavaScript may have detached or resized it. */
static uint8_t *slab_memory(struct device *device, size_t *bytes) {
  napi_value slab;
  napi_typedarray_type type;
  void *data = NULL;
  *bytes = 0;
  if (device->slab == NULL) return NULL;
  if (napi_get_reference_value(device->env, device->slab, &slab) != napi_ok || slab == NULL) return NULL;
  if (napi_get_typedarray_info(device->env, slab, &type, bytes, &data, NULL, NULL) != napi_ok) return NULL;
  return data;
}

static bool is_fatal(int error) {
  switch (error) {
  case EBADF:
  case EBADFD:
  case EIO:
  case ENODEV:
  case ENXIO:
    return true;
  default:
    return false;
  }
}

/* Nothing in here runs JavaScript, so the slab stays where it is. */
static void drain(struct device *device, struct reading *reading, size_t start) {
  size_t bytes;
  uint8_t *slab = slab_memory(device, &bytes);
  while (reading->count < BATCH_PACKETS && reading->errors < BATCH_PACKETS) {
    struct virtio_net_hdr header;
    struct iovec parts[2];
    ssize_t got;
    int32_t *field = &reading->fields[reading->count * READ_FIELDS];

    if (slab == NULL || start > bytes || bytes - start < PACKET_ROOM) {
      reading->starved = reading->count == 0;
      return;
    }
    parts[0].iov_base = &header;
    parts[0].iov_len = sizeof header;
    parts[1].iov_base = slab + start;
    parts[1].iov_len = PACKET_ROOM;
    memset(&header, 0, sizeof header);
    if (device->virtio_header) got = readv(device->fd, parts, 2);
    else got = readv(device->fd, parts + 1, 1);

    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return;
      reading->errors++;
      reading->last_errno = errno;
      if (is_fatal(errno)) {
        reading->lost = true;
        return;
      }
      continue;
    }
    if (device->virtio_header) got -= (ssize_t)sizeof header;
    else if (got > 0 && checksum_verified(slab + start, (size_t)got)) header.flags = VIRTIO_NET_HDR_F_DATA_VALID;
    if (got <= 0 || got > PACKET_ROOM) {
      reading->errors++;
      reading->last_errno = EMSGSIZE;
      continue;
    }
    field[0] = (int32_t)start;
    field[1] = (int32_t)got;
    field[2] = header.flags | header.gso_type << 8;
    field[3] = header.gso_size;
    reading->count++;
    start = (start + (size_t)got + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  }
}

/* The numbers that are shared with JavaScript; NULL when they are not there (any more). */
static int32_t *shared(struct device *device) {
  napi_value info;
  napi_typedarray_type type;
  size_t length = 0;
  void *data = NULL;
  if (napi_get_reference_value(device->env, device->info, &info) != napi_ok || info == NULL ||
      napi_get_typedarray_info(device->env, info, &type, &length, &data, NULL, NULL) != napi_ok ||
      type != napi_int32_array || length < INFO_LENGTH)
    return NULL;
  return data;
}

/* The beginning of the batch; whatever JavaScript has written there, drain() looks for room. */
static size_t next_start(struct device *device) {
  const int32_t *info = shared(device);
  return info == NULL || info[NEXT_START] < 0 ? 0 : (size_t)info[NEXT_START];
}

/* Hands the descriptions over; without the memory for them, the packets are lost. */
static void describe(struct device *device, struct reading *reading) {
  int32_t *info = shared(device);
  if (info != NULL) {
    memcpy(info, reading->fields, (size_t)reading->count * READ_FIELDS * sizeof(int32_t));
    return;
  }
  reading->errors += reading->count;
  reading->last_errno = EFAULT;
  reading->count = 0;
}

/* (A device that JavaScript closes meanwhile goes when this has returned.) */
static void call(struct device *device, napi_ref function, size_t count, const napi_value *arguments) {
  device->callbacks++;
  event_call(device->env, device->context, function, count, arguments);
  device->callbacks--;
}

/* As long as JavaScript wants to be called once more, each time in a turn of its own. */
static void call_back(struct device *device) {
  for (;;) {
    napi_handle_scope scope;
    int32_t *info;
    alone_run();
    info = device->closed ? NULL : shared(device);
    if (info == NULL) return;
    if (info[WAKE_UP] != WAKE_UP_CALL) {
      info[WAKE_UP] = WAKE_UP_OVER;
      return;
    }
    info[WAKE_UP] = WAKE_UP_LASTS;
    uv_idle_stop(&device->idle);
    uv_check_stop(&device->check);
    if (napi_open_handle_scope(device->env, &scope) != napi_ok) return;
    call(device, device->call, 0, NULL);
    napi_close_handle_scope(device->env, scope);
  }
}

void stay_awake(uv_idle_t *idle) { (void)idle; }

void wake_up(uv_check_t *check) {
  struct device *device = check->data;
  napi_handle_scope scope;
  int32_t *info;
  if (device->closed || napi_open_handle_scope(device->env, &scope) != napi_ok) return;
  info = shared(device);
  if (info != NULL) info[WAKE_UP] = WAKE_UP_CALL;
  call_back(device);
  device_settle(device);
  napi_close_handle_scope(device->env, scope);
}

/* callback(count, errors, errno, lost), and what follows from it. */
static void deliver(struct device *device, struct reading *reading) {
  napi_env env = device->env;
  napi_value arguments[4];
  int32_t *info = shared(device);
  if (napi_create_int32(env, reading->count, &arguments[0]) != napi_ok ||
      napi_create_int32(env, reading->errors, &arguments[1]) != napi_ok ||
      napi_create_int32(env, reading->last_errno, &arguments[2]) != napi_ok ||
      napi_get_boolean(env, reading->lost, &arguments[3]) != napi_ok)
    return;
  if (info != NULL) info[WAKE_UP] = WAKE_UP_LASTS;
  call(device, device->callback, 4, arguments);
  call_back(device);
  device_settle(device);
}

void read_packets(uv_poll_t *poll, int status, int events) {
  struct device *device = poll->data;
  struct reading reading;
  napi_handle_scope scope;
  (void)events;
  if (device->closed || napi_open_handle_scope(device->env, &scope) != napi_ok) return;
  reading.count = reading.errors = reading.last_errno = 0;
  reading.lost = reading.starved = false;

  drain(device, &reading, next_start(device));
  /* libuv has stopped the poll already when it reports an error: we could only hang. */
  if (status < 0 && !reading.lost) {
    reading.lost = true;
    reading.errors++;
    reading.last_errno = -status;
  }
  device->barren = reading.count > 0 || reading.errors == 0 ? 0 : device->barren + 1;
  if (device->barren >= BARREN_LIMIT) reading.lost = true;
  if (reading.lost) uv_poll_stop(poll);
  describe(device, &reading);
  if (reading.count > 0) busy_poll_arrived(device);
  if (reading.count > 0 || reading.errors > 0 || reading.starved) deliver(device, &reading);
  if (reading.count > 0) busy_poll_begin(device);
  napi_close_handle_scope(device->env, scope);
}

void read_when_polled(uv_poll_t *poll, int status, int events) {
  if (!busy_poll_was_read(poll->data)) read_packets(poll, status, events);
}
