/* What the files of this addon share. Every function that can fail returns -errno. */
#ifndef TUNTCP_TUN_H
#define TUNTCP_TUN_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include <uv.h>

/* What JavaScript and this must agree on; it grows with every change of what they tell each other. */
#define REVISION 2

/* Packets read before JavaScript hears of them, one to a slot; and bytes after which no more are read. */
#define SLOTS 64
#define BATCH_BYTES (1 << 20)
/* Numbers that describe a packet read: bytes, virtio flags | gso_type << 8, gso_size. */
#define READ_FIELDS 3
/* Behind them all: the slot that the next batch begins with, which JavaScript chooses. */
#define FIRST_SLOT (SLOTS * READ_FIELDS)
#define INFO_LENGTH (FIRST_SLOT + 1)
/* Numbers that describe a packet to write: start, length, checksum, segment size, end of its pieces. */
#define WRITE_FIELDS 5
/* Numbers that describe a piece: start, length. */
#define PIECE_FIELDS 2

/*
 * One open TUN device. It is freed when neither its JavaScript object (wrapped) nor its poll handle (polling)
 * needs it any more, in whichever order the two go.
 */
struct device {
  napi_env env;
  int fd;
  bool virtio_header;
  int write_errno;

  uv_poll_t poll;
  bool wrapped, polling, closed;
  int callbacks;
  int barren;
  napi_async_cleanup_hook_handle hook;
  napi_async_context context;
  napi_ref callback, info, slots[SLOTS];
};

/* device.c */
bool device_create(napi_env env, napi_value self);
int device_start(struct device *device, napi_value callback, napi_value info);
void device_set_slot(struct device *device, uint32_t i, napi_value slot);
void device_close(struct device *device);
void device_settle(struct device *device);

/* interface.c: knows nothing of Node */
int interface_open(void);
int interface_attach(int fd, char *name, bool want_header, bool *has_header);
int interface_offload(int fd, unsigned int features);
int64_t interface_get(int fd, unsigned long request);
int interface_set_mtu(int fd, int mtu);
int interface_set_address(int fd, uint32_t address, uint32_t mask);
int interface_up(int fd);

/* read.c */
void read_packets(uv_poll_t *poll, int status, int events);

/* write.c: returns how many of `count` packets were dropped, -1 with an exception pending */
int write_packets(struct device *device, int count, napi_value descriptors, napi_value buffers,
                  napi_value pieces);

#endif
