/*
 * The addon's face: a class Device with thin methods. They return a number, -errno on failure; what went wrong is
 * put into words in src/link/tun-error.ts.
 */
#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

napi_value number(napi_env env, double value) {
  napi_value result = NULL;
  napi_create_double(env, value, &result);
  return result;
}

napi_value bad_arguments(napi_env env, const char *expected) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", expected);
  return NULL;
}

/* The device, and exactly `count` arguments (absent ones are undefined). NULL with an exception pending. */
static struct device *receiver(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  napi_value self;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &count, arguments, &self, NULL) != napi_ok ||
      napi_unwrap(env, self, &data) != napi_ok || data == NULL) {
    bad_arguments(env, "not a Device");
    return NULL;
  }
  return data;
}

static bool is_typed_array(napi_env env, napi_value value, napi_typedarray_type wanted, size_t *length) {
  napi_typedarray_type type;
  bool is = false;
  return napi_is_typedarray(env, value, &is) == napi_ok && is &&
         napi_get_typedarray_info(env, value, &type, length, NULL, NULL, NULL) == napi_ok && type == wanted;
}

static napi_value construct(napi_env env, napi_callback_info info) {
  napi_value self, target = NULL;
  napi_get_new_target(env, info, &target);
  if (target == NULL) return bad_arguments(env, "Device is a class: use new");
  if (napi_get_cb_info(env, info, NULL, NULL, &self, NULL) != napi_ok) return NULL;
  if (!device_create(env, self)) return bad_arguments(env, "no memory for a Device");
  return self;
}

/* open() */
static napi_value method_open(napi_env env, napi_callback_info info) {
  struct device *device = receiver(env, info, 0, NULL);
  if (device == NULL) return NULL;
  if (device->closed) return number(env, -EBADF);
  if (device->fd >= 0) return number(env, -EALREADY);
  device->fd = interface_open();
  if (device->fd >= 0) return number(env, 0);
  int error = device->fd;
  device->fd = -1;
  return number(env, error);
}

/*
 * adopt(descriptor, virtioHeader): the queue of another Device of this process, which may live in another thread. It has a
 * descriptor of its own from then on; the queue is there as long as one of them is open.
 */
static napi_value method_adopt(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t descriptor;
  bool header;
  struct device *device = receiver(env, info, 2, arguments);
  if (device == NULL) return NULL;
  if (napi_get_value_int32(env, arguments[0], &descriptor) != napi_ok ||
      napi_get_value_bool(env, arguments[1], &header) != napi_ok)
    return bad_arguments(env, "adopt(descriptor: number, virtioHeader: boolean)");
  if (device->closed) return number(env, -EBADF);
  if (device->fd >= 0) return number(env, -EALREADY);
  device->fd = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (device->fd < 0) return number(env, -errno);
  device->virtio_header = header;
  return number(env, 0);
}

static napi_value method_descriptor(napi_env env, napi_callback_info info) {
  struct device *device = receiver(env, info, 0, NULL);
  return device == NULL ? NULL : number(env, device->fd);
}

/* steer(attached) */
static napi_value method_steer(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  bool attached;
  struct device *device = receiver(env, info, 1, arguments);
  if (device == NULL) return NULL;
  if (napi_get_value_bool(env, arguments[0], &attached) != napi_ok)
    return bad_arguments(env, "steer(attached: boolean)");
  return number(env, interface_steer(device->fd, attached));
}

/* attach(name, virtioHeader, queues): the interface's name, or -errno. Then `virtioHeader()` tells whether it has one. */
static napi_value method_attach(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result = NULL;
  char name[IFNAMSIZ] = "", attached[IFNAMSIZ + 1] = "";
  size_t length = 0;
  bool want_header, queues, has_header = false;
  int status;
  struct device *device = receiver(env, info, 3, arguments);
  if (device == NULL) return NULL;
  if (napi_get_value_string_utf8(env, arguments[0], NULL, 0, &length) != napi_ok ||
      napi_get_value_bool(env, arguments[1], &want_header) != napi_ok ||
      napi_get_value_bool(env, arguments[2], &queues) != napi_ok)
    return bad_arguments(env, "attach(name: string, virtioHeader: boolean, queues: boolean)");
  if (length >= sizeof name) return number(env, -ENAMETOOLONG);
  napi_get_value_string_utf8(env, arguments[0], name, sizeof name, &length);
  status = interface_attach(device->fd, name, want_header, queues, &has_header);
  if (status < 0) return number(env, status);
  device->virtio_header = has_header;
  memcpy(attached, name, IFNAMSIZ);
  napi_create_string_utf8(env, attached, NAPI_AUTO_LENGTH, &result);
  return result;
}

static napi_value method_virtio_header(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  struct device *device = receiver(env, info, 0, NULL);
  if (device != NULL) napi_get_boolean(env, device->virtio_header, &result);
  return result;
}

/* setOffload(features) */
static napi_value method_set_offload(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  uint32_t features;
  struct device *device = receiver(env, info, 1, arguments);
  if (device == NULL) return NULL;
  if (napi_get_value_uint32(env, arguments[0], &features) != napi_ok)
    return bad_arguments(env, "setOffload(features: number)");
  return number(env, interface_offload(device->fd, features));
}

static napi_value get(napi_env env, napi_callback_info info, unsigned long code) {
  struct device *device = receiver(env, info, 0, NULL);
  return device == NULL ? NULL : number(env, (double)interface_get(device->fd, code));
}

static napi_value method_mtu(napi_env env, napi_callback_info info) { return get(env, info, SIOCGIFMTU); }
static napi_value method_flags(napi_env env, napi_callback_info info) { return get(env, info, SIOCGIFFLAGS); }
static napi_value method_address(napi_env env, napi_callback_info info) { return get(env, info, SIOCGIFADDR); }
static napi_value method_netmask(napi_env env, napi_callback_info info) { return get(env, info, SIOCGIFNETMASK); }

/* setMtu(bytes) */
static napi_value method_set_mtu(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t mtu;
  struct device *device = receiver(env, info, 1, arguments);
  if (device == NULL) return NULL;
  if (napi_get_value_int32(env, arguments[0], &mtu) != napi_ok) return bad_arguments(env, "setMtu(mtu: number)");
  return number(env, interface_set_mtu(device->fd, mtu));
}

/* setAddress(address, mask), both in host order */
static napi_value method_set_address(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  uint32_t address, mask;
  struct device *device = receiver(env, info, 2, arguments);
  if (device == NULL) return NULL;
  if (napi_get_value_uint32(env, arguments[0], &address) != napi_ok ||
      napi_get_value_uint32(env, arguments[1], &mask) != napi_ok)
    return bad_arguments(env, "setAddress(address: number, mask: number)");
  return number(env, interface_set_address(device->fd, address, mask));
}

/* addIpv6(address, prefixLength): 16 bytes */
static napi_value method_add_ipv6(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  napi_typedarray_type type;
  size_t size = 0;
  void *address = NULL;
  uint32_t prefix_length;
  struct device *device = receiver(env, info, 2, arguments);
  if (device == NULL) return NULL;
  if (napi_get_typedarray_info(env, arguments[0], &type, &size, &address, NULL, NULL) != napi_ok ||
      type != napi_uint8_array || size != 16 || address == NULL ||
      napi_get_value_uint32(env, arguments[1], &prefix_length) != napi_ok)
    return bad_arguments(env, "addIpv6(address: Uint8Array, prefixLength: number)");
  return number(env, interface_add_ipv6(device->fd, address, prefix_length));
}

static napi_value method_up(napi_env env, napi_callback_info info) {
  struct device *device = receiver(env, info, 0, NULL);
  return device == NULL ? NULL : number(env, interface_up(device->fd));
}

/* setSlab(bytes): where packets are read to. */
static napi_value method_set_slab(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t length;
  struct device *device = receiver(env, info, 1, arguments);
  if (device == NULL) return NULL;
  if (!is_typed_array(env, arguments[0], napi_uint8_array, &length))
    return bad_arguments(env, "setSlab(bytes: Uint8Array)");
  device_set_slab(device, arguments[0]);
  return NULL;
}

/* start(callback, info, call): reads from now on; see deliver() and call_back() in read.c for the calls. */
static napi_value method_start(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  napi_valuetype type, call_type;
  size_t length;
  struct device *device = receiver(env, info, 3, arguments);
  if (device == NULL) return NULL;
  if (napi_typeof(env, arguments[0], &type) != napi_ok || type != napi_function ||
      !is_typed_array(env, arguments[1], napi_int32_array, &length) || length < INFO_LENGTH ||
      napi_typeof(env, arguments[2], &call_type) != napi_ok || call_type != napi_function)
    return bad_arguments(env, "start(callback: function, info: Int32Array, call: function)");
  return number(env, device_start(device, arguments[0], arguments[1], arguments[2]));
}

/* wake(): `call` is called soon. */
static napi_value method_wake(napi_env env, napi_callback_info info) {
  struct device *device = receiver(env, info, 0, NULL);
  return device == NULL ? NULL : number(env, device_wake(device));
}

/* write(count, descriptors, buffers, pieces): packets dropped; `writeErrno()` says why the last one was. */
static napi_value method_write(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int32_t count;
  size_t length;
  bool buffers = false, pieces = false;
  int dropped;
  struct device *device = receiver(env, info, 4, arguments);
  if (device == NULL) return NULL;
  if (napi_get_value_int32(env, arguments[0], &count) != napi_ok ||
      !is_typed_array(env, arguments[1], napi_int32_array, &length) ||
      napi_is_array(env, arguments[2], &buffers) != napi_ok || !buffers ||
      napi_is_array(env, arguments[3], &pieces) != napi_ok || !pieces)
    return bad_arguments(env, "write(count: number, descriptors: Int32Array, buffers: Uint8Array[], "
                              "pieces: Uint8Array[])");
  if (count < 0 || (size_t)count > length / WRITE_FIELDS) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "write: more packets than descriptors");
    return NULL;
  }
  dropped = write_packets(device, count, arguments[1], arguments[2], arguments[3]);
  if (dropped < 0) return bad_arguments(env, "write: buffers and pieces must be arrays of Uint8Array");
  /* The end of a batch that is being handed over follows a write anyway. */
  if (device->callbacks == 0) busy_poll_begin(device);
  return number(env, dropped);
}

static napi_value method_write_errno(napi_env env, napi_callback_info info) {
  struct device *device = receiver(env, info, 0, NULL);
  return device == NULL ? NULL : number(env, device->write_errno);
}

/* busyPoll(microseconds): for so long after traffic it is looked at without sleeping, at most. */
static napi_value method_busy_poll(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  uint32_t microseconds;
  struct device *device = receiver(env, info, 1, arguments);
  if (device == NULL) return NULL;
  if (napi_get_value_uint32(env, arguments[0], &microseconds) != napi_ok)
    return bad_arguments(env, "busyPoll(microseconds: number)");
  busy_poll_limit(device, microseconds);
  return number(env, 0);
}

/* busyPolls(): for how many microseconds it does so at present. */
static napi_value method_busy_polls(napi_env env, napi_callback_info info) {
  struct device *device = receiver(env, info, 0, NULL);
  return device == NULL ? NULL : number(env, (double)device->busy.window / 1000);
}

static napi_value method_close(napi_env env, napi_callback_info info) {
  struct device *device = receiver(env, info, 0, NULL);
  if (device != NULL) device_close(device);
  return NULL;
}

/* slab(): memory for setSlab(), which is used again once nobody has a view of it; undefined when there is none left. */
static napi_value take_slab(napi_env env, napi_callback_info info) {
  (void)info;
  return slab_take(env);
}

/* netlink(request: Uint8Array): the messages of the answer in one Buffer, or -errno. */
static napi_value ask_netlink(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result = NULL;
  size_t count = 1, request_length, length;
  unsigned char *answer;
  void *request;
  int status;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 1 ||
      !is_typed_array(env, arguments[0], napi_uint8_array, &request_length) ||
      napi_get_typedarray_info(env, arguments[0], NULL, NULL, &request, NULL, NULL) != napi_ok)
    return bad_arguments(env, "netlink(request: Uint8Array)");
  status = netlink_ask(request, request_length, &answer, &length);
  if (status < 0)
    result = number(env, status);
  else
    napi_create_buffer_copy(env, length, answer, NULL, &result);
  free(answer);
  return result;
}

/* checksum(bytes: Uint8Array): as it stands in a packet; for tests. */
static napi_value checksum(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  struct iovec part;
  uint8_t sum[2];
  uint16_t complement;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count < 1 ||
      !is_typed_array(env, argument, napi_uint8_array, &part.iov_len) ||
      napi_get_typedarray_info(env, argument, NULL, NULL, &part.iov_base, NULL, NULL) != napi_ok)
    return bad_arguments(env, "checksum(bytes: Uint8Array)");
  complement = checksum_of(&part, 1, 0);
  memcpy(sum, &complement, sizeof sum);
  return number(env, sum[0] << 8 | sum[1]);
}

NAPI_MODULE_INIT() {
#define METHOD(name, function) {name, NULL, function, NULL, NULL, NULL, napi_default_method, NULL}
  const napi_property_descriptor methods[] = {
      METHOD("open", method_open),
      METHOD("attach", method_attach),
      METHOD("adopt", method_adopt),
      METHOD("descriptor", method_descriptor),
      METHOD("steer", method_steer),
      METHOD("virtioHeader", method_virtio_header),
      METHOD("setOffload", method_set_offload),
      METHOD("mtu", method_mtu),
      METHOD("flags", method_flags),
      METHOD("address", method_address),
      METHOD("netmask", method_netmask),
      METHOD("setMtu", method_set_mtu),
      METHOD("setAddress", method_set_address),
      METHOD("addIpv6", method_add_ipv6),
      METHOD("up", method_up),
      METHOD("setSlab", method_set_slab),
      METHOD("start", method_start),
      METHOD("wake", method_wake),
      METHOD("write", method_write),
      METHOD("writeErrno", method_write_errno),
      METHOD("busyPoll", method_busy_poll),
      METHOD("busyPolls", method_busy_polls),
      METHOD("close", method_close),
  };
  const napi_property_descriptor functions[] = {
      METHOD("slab", take_slab),
      METHOD("checksum", checksum),
      METHOD("netlink", ask_netlink),
      METHOD("startAlone", method_start_alone),
      METHOD("soon", method_soon),
      METHOD("immediate", method_immediate),
      METHOD("before", method_before),
      METHOD("alone", method_alone),
      METHOD("startClosing", method_start_closing),
      METHOD("closing", method_closing),
      METHOD("uncaught", method_uncaught),
  };
  napi_value device;
  /* Without a pool there is never a slab to lend. */
  slab_pool_create(env);
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  if (napi_define_class(env, "Device", NAPI_AUTO_LENGTH, construct, NULL, sizeof methods / sizeof *methods,
                        methods, &device) == napi_ok)
    napi_set_named_property(env, exports, "Device", device);
  napi_set_named_property(env, exports, "revision", number(env, REVISION));
  return exports;
}
