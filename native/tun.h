/* Shared by the files of this addon. Every function that can fail returns -errno. */
#ifndef TUNTCP_TUN_H
#define TUNTCP_TUN_H

#define NAPI_VERSION 8
#include <linux/virtio_net.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include <uv.h>

/* The revision of the interface between JavaScript and this: it grows with every change. */
#define REVISION 11

/* Packets read before JavaScript hears of them. */
#define BATCH_PACKETS 64
/* Memory that packets are read to, as many as have room. */
#define SLAB_BYTES (1 << 19)
/* Room that the largest packet may need; each begins at a multiple of ALIGNMENT. */
#define PACKET_ROOM 65536
#define ALIGNMENT 16
/* Numbers that describe a packet read: start, bytes, virtio flags | gso_type << 8, gso_size. */
#define READ_FIELDS 4
/* Behind them all: where in the slab the next batch begins, which JavaScript chooses. */
#define NEXT_START (BATCH_PACKETS * READ_FIELDS)
/* Then whether a batch is being handed over, and JavaScript wants to be called once more before the wake-up is over. */
#define WAKE_UP (NEXT_START + 1)
#define INFO_LENGTH (WAKE_UP + 1)
enum wake_up { WAKE_UP_OVER, WAKE_UP_LASTS, WAKE_UP_CALL };
/* Numbers that describe a packet to write: start, length, checksum, segment size, end of its pieces. */
#define WRITE_FIELDS 5
/* Numbers that describe a piece: start, length. */
#define PIECE_FIELDS 2

/* Looking at the device without sleeping. Times in ns. */
struct busy_poll {
  /* The longest time after traffic, at most and at present; 0 for never. */
  uint64_t limit, window;
  /* The time at which the last packets had been answered, and that at which to sleep again. */
  uint64_t since, until;
  /* The event loop may have slept since then; and the device was read before it polled. */
  bool asleep, read;
  /* Active while it is looked at: the event loop does not sleep, and calls before it polls. */
  uv_idle_t idle;
  uv_prepare_t prepare;
};

/*
 * One open TUN device. It is freed when neither its JavaScript object (wrapped) nor one of its handles needs it any more, in
 * whichever order they go.
 */
struct device {
  napi_env env;
  int fd;
  bool virtio_header;
  int write_errno;

  uv_poll_t poll;
  /* Active while JavaScript waits to be called: the event loop does not sleep, and calls it after reading, read or not. */
  uv_idle_t idle;
  uv_check_t check;
  struct busy_poll busy;
  /* Handles that are not closed. */
  int handles;
  bool wrapped, closed;
  int callbacks;
  int barren;
  napi_async_cleanup_hook_handle hook;
  napi_async_context context;
  napi_ref callback, call, info, slab;
};

/* device.c */
bool device_create(napi_env env, napi_value self);
int device_start(struct device *device, napi_value callback, napi_value info, napi_value call);
void device_set_slab(struct device *device, napi_value slab);
int device_wake(struct device *device);
void device_close(struct device *device);
void device_settle(struct device *device);

/* interface.c: knows nothing of Node */
int interface_open(void);
int interface_attach(int fd, char *name, bool want_header, bool queues, bool *has_header);
int interface_steer(int fd, bool attached);
int interface_offload(int fd, unsigned int features);
int64_t interface_get(int fd, unsigned long request);
int interface_set_mtu(int fd, int mtu);
int interface_set_address(int fd, uint32_t address, uint32_t mask);
int interface_add_ipv6(int fd, const uint8_t *address, uint32_t prefix_length);
int interface_up(int fd);

/* netlink.c: knows nothing of Node */
int netlink_ask(const void *request, size_t request_length, unsigned char **answer, size_t *length);

/* busy-poll.c */
void busy_poll_limit(struct device *device, uint32_t microseconds);
void busy_poll_init(struct device *device, uv_loop_t *loop);
void busy_poll_arrived(struct device *device);
void busy_poll_begin(struct device *device);
bool busy_poll_was_read(struct device *device);

/* read.c */
void read_packets(uv_poll_t *poll, int status, int events);
void read_when_polled(uv_poll_t *poll, int status, int events);
void stay_awake(uv_idle_t *idle);
void wake_up(uv_check_t *check);

/* The parts of a packet that both directions look at. */
#define IPV4_HEADER 20
#define IPV4_CHECKSUM 10
#define IPV6_HEADER 40
#define PROTOCOL_TCP 6
#define TCP_HEADER 20
#define TCP_CHECKSUM 16

/*
 * Bytes of the IP header, of whose packet `length` bytes are there, and the protocol that follows: options of IPv4 count,
 * extension headers of IPv6 are a protocol of their own. 0 when it is no such header.
 */
static inline size_t ip_header_length(const uint8_t *packet, size_t length, uint8_t *protocol) {
  size_t header;
  if (length >= IPV6_HEADER && packet[0] >> 4 == 6) {
    *protocol = packet[6];
    return IPV6_HEADER;
  }
  if (length < IPV4_HEADER || packet[0] >> 4 != 4) return 0;
  header = (size_t)(packet[0] & 15) * 4;
  *protocol = packet[9];
  return header < IPV4_HEADER ? 0 : header;
}

/* checksum.c: knows nothing of Node */
bool checksum_verified(const uint8_t *packet, size_t length);
uint16_t checksum_fold(uint64_t sum);
uint16_t checksum_of(const struct iovec *parts, int count, size_t skip);

/* event.c */
napi_status event_begin(napi_env env, const char *resource, napi_async_context *context);
void event_call(napi_env env, napi_async_context context, napi_ref function, size_t count,
                const napi_value *arguments);
void event_report(napi_env env);
napi_value method_uncaught(napi_env env, napi_callback_info info);

/* tun.c */
napi_value number(napi_env env, double value);
napi_value bad_arguments(napi_env env, const char *expected);

/* closing.c */
napi_value method_start_closing(napi_env env, napi_callback_info info);
napi_value method_closing(napi_env env, napi_callback_info info);

/* alone.c */
napi_value method_start_alone(napi_env env, napi_callback_info info);
napi_value method_soon(napi_env env, napi_callback_info info);
napi_value method_alone(napi_env env, napi_callback_info info);
napi_value method_immediate(napi_env env, napi_callback_info info);
napi_value method_before(napi_env env, napi_callback_info info);
void alone_run(void);

/* slab.c */
void slab_pool_create(napi_env env);
napi_value slab_take(napi_env env);

/* The most parts of a packet: IOV_MAX of Linux, less the virtio header. */
#define PACKET_PARTS 1023

/* segmentation.c: knows nothing of Node */
int write_segments(int fd, const struct iovec *parts, int count, const struct virtio_net_hdr *wanted);

/* write.c: the first returns how many of `count` packets were dropped, -1 with an exception pending */
int write_packets(struct device *device, int count, napi_value descriptors, napi_value buffers,
                  napi_value pieces);
int write_parts(int fd, const struct iovec *parts, int count);

#endif
