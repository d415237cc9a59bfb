/*
 * Writing: one call a batch, one writev a packet: virtio header, head, pieces, straight from JavaScript's memory.
 * Whatever offsets and lengths arrive here, only memory that belongs to the arrays given is touched: a packet
 * that does not fit into them is dropped, as is one that the kernel refuses.
 */
#include "tun.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>

/* All parts but the head. */
#define MOST_PIECES (PACKET_PARTS - 1)
#define LARGEST_PACKET 65535

/* As in src/wire/batch.ts. */
#define CHECKSUM_PARTIAL 1

#define UDP_HEADER 8
#define UDP_CHECKSUM 6

/* `length` int32 from index `at` of the descriptors; NULL when they are not there (any more). */
static const int32_t *numbers(napi_env env, napi_value array, int64_t at, int64_t length) {
  napi_typedarray_type type;
  size_t size = 0;
  void *data = NULL;
  if (napi_get_typedarray_info(env, array, &type, &size, &data, NULL, NULL) != napi_ok) return NULL;
  if (type != napi_int32_array || data == NULL || at < 0 || length < 0 || at + length > (int64_t)size) return NULL;
  return (const int32_t *)data + at;
}

/* `length` bytes from `start` of a Uint8Array as a part of a writev. */
static bool range(napi_env env, napi_value array, int32_t start, int32_t length, struct iovec *part) {
  napi_typedarray_type type;
  size_t size = 0;
  void *data = NULL;
  if (start < 0 || length < 0) return false;
  if (napi_get_typedarray_info(env, array, &type, &size, &data, NULL, NULL) != napi_ok) return false;
  if (type != napi_uint8_array || data == NULL || (uint64_t)start + (uint64_t)length > size) return false;
  part->iov_base = (uint8_t *)data + start;
  part->iov_len = (size_t)length;
  return true;
}

/* Tells the device its part of the work on a packet: virtio 1.2, 5.1.6.2. False when the packet does not allow it. */
static bool describe(struct virtio_net_hdr *header, const struct iovec *head, size_t total, int32_t checksum,
                     int32_t segment_size) {
  const uint8_t *ip = head->iov_base;
  size_t ip_header, tcp_header;
  uint8_t protocol;
  memset(header, 0, sizeof *header);
  if (checksum != CHECKSUM_PARTIAL) {
    /* A device cuts only what it completes the checksums of. */
    return segment_size == 0 || total <= (size_t)segment_size;
  }
  ip_header = ip_header_length(ip, head->iov_len, &protocol);
  if (ip_header == 0) return false;
  header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
  header->csum_start = (uint16_t)ip_header;
  if (protocol == 17) {
    header->csum_offset = UDP_CHECKSUM;
    return segment_size == 0 && head->iov_len >= ip_header + UDP_HEADER;
  }
  if (protocol != PROTOCOL_TCP || head->iov_len < ip_header + TCP_HEADER) return false;
  header->csum_offset = TCP_CHECKSUM;
  tcp_header = (size_t)(ip[ip_header + 12] >> 4) * 4;
  if (tcp_header < TCP_HEADER || ip_header + tcp_header > total) return false;
  if (segment_size == 0 || total - ip_header - tcp_header <= (size_t)segment_size) return true;
  header->gso_type = ip[0] >> 4 == 6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
  /* CWR only on the first segment, RFC 3168 section 6.1.2. */
  if (ip[ip_header + 13] & 0x80) header->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
  header->gso_size = (uint16_t)segment_size;
  header->hdr_len = (uint16_t)(ip_header + tcp_header);
  return true;
}

/* Completes the checksum where the device does not: the sum of the pseudo-header is there. */
static void complete(const struct virtio_net_hdr *header, const struct iovec *parts, int count) {
  uint16_t checksum;
  if (header->flags == 0) return;
  checksum = checksum_of(parts, count, header->csum_start);
  /* A zero would say that there is none (RFC 768). */
  if (checksum == 0 && header->csum_offset == UDP_CHECKSUM) checksum = 0xffff;
  memcpy((uint8_t *)parts->iov_base + header->csum_start + header->csum_offset, &checksum, sizeof checksum);
}

/* Writes the parts of one packet; returns an errno, or 0. */
int write_parts(int fd, const struct iovec *parts, int count) {
  ssize_t written;
  do written = writev(fd, parts, count);
  while (written < 0 && errno == EINTR);
  return written < 0 ? errno : 0;
}

struct packet {
  int32_t start, length, checksum, segment_size;
  int32_t first_piece, piece_count;
};

/*
 * Writes one packet whose arrays are collected (handles[0] the head's, then the pieces'). Nothing in here runs
 * JavaScript, so no array can be detached between the check and the write.
 */
static int write_packet(struct device *device, const struct packet *packet, const napi_value *handles,
                        const int32_t *pieces) {
  struct iovec parts[2 + MOST_PIECES];
  struct virtio_net_hdr header;
  size_t total;
  if (packet->segment_size < 0 || packet->segment_size > UINT16_MAX) return EINVAL;
  if (!range(device->env, handles[0], packet->start, packet->length, &parts[1])) return EFAULT;
  total = parts[1].iov_len;
  for (int n = 0; n < packet->piece_count; n++) {
    const int32_t *piece = pieces + (size_t)n * PIECE_FIELDS;
    if (!range(device->env, handles[1 + n], piece[0], piece[1], &parts[2 + n])) return EFAULT;
    total += parts[2 + n].iov_len;
  }
  if (total == 0) return EINVAL;
  if (total > LARGEST_PACKET) return EMSGSIZE;
  if (!describe(&header, &parts[1], total, packet->checksum, packet->segment_size)) return EINVAL;
  if (device->virtio_header) {
    parts[0].iov_base = &header;
    parts[0].iov_len = sizeof header;
    return write_parts(device->fd, parts, 2 + packet->piece_count);
  }
  if (header.gso_type != VIRTIO_NET_HDR_GSO_NONE)
    return write_segments(device->fd, parts + 1, 1 + packet->piece_count, &header);
  complete(&header, parts + 1, 1 + packet->piece_count);
  return write_parts(device->fd, parts + 1, 1 + packet->piece_count);
}

int write_packets(struct device *device, int count, napi_value descriptors, napi_value buffers,
                  napi_value pieces) {
  napi_env env = device->env;
  napi_value handles[1 + MOST_PIECES];
  int64_t pieces_at = (int64_t)count * WRITE_FIELDS;
  int32_t first_piece = 0;
  int dropped = 0;
  for (int i = 0; i < count; i++) {
    struct packet packet;
    const int32_t *d = numbers(env, descriptors, (int64_t)i * WRITE_FIELDS, WRITE_FIELDS);
    int error = EFAULT;
    if (d != NULL && d[4] >= first_piece && d[4] - first_piece <= MOST_PIECES) {
      packet.start = d[0];
      packet.length = d[1];
      packet.checksum = d[2];
      packet.segment_size = d[3];
      packet.first_piece = first_piece;
      packet.piece_count = d[4] - first_piece;
      /*
       * An array's element may be a getter, which runs JavaScript: all of them first, and what the
       * descriptors say of the pieces is read, and checked, after them.
       */
      if (napi_get_element(env, buffers, (uint32_t)i, &handles[0]) != napi_ok) return -1;
      for (int n = 0; n < packet.piece_count; n++)
        if (napi_get_element(env, pieces, (uint32_t)(first_piece + n), &handles[1 + n]) != napi_ok) return -1;
      d = numbers(env, descriptors, pieces_at + (int64_t)packet.first_piece * PIECE_FIELDS,
                  (int64_t)packet.piece_count * PIECE_FIELDS);
      first_piece += packet.piece_count;
      if (d != NULL) error = write_packet(device, &packet, handles, d);
    }
    if (error != 0) {
      device->write_errno = error;
      dropped++;
    }
  }
  return dropped;
}
