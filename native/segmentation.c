/*
 * Segmentation of TCP's super-segments for a device that does none: each segment is written as a packet of its own, with its
 * checksums. The packets are those that the kernel would make (virtio 1.2, 5.1.6.2): the same headers but for lengths, sequence
 * number and identification, FIN and PSH on the last one alone, CWR on the first (RFC 3168, section 6.1.2).
 */
#include "tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* IP without extension headers and TCP, each with all its options. */
#define LONGEST_HEADERS (60 + 60)

#define TCP_SEQUENCE 4
#define TCP_FLAGS 13
#define FIN 0x01
#define PSH 0x08
#define CWR 0x80

/* Text that is yet to be written: the rest of the first part, and the parts behind it. */
struct text {
  const struct iovec *parts;
  int count;
  size_t offset;
};

/* The next `bytes` of the text, which has them, as parts of a write; returns how many. */
static int take(struct text *text, size_t bytes, struct iovec *to) {
  int count = 0;
  while (bytes > 0) {
    size_t left = text->parts->iov_len - text->offset;
    size_t taken = left < bytes ? left : bytes;
    if (taken > 0) {
      to[count].iov_base = (uint8_t *)text->parts->iov_base + text->offset;
      to[count++].iov_len = taken;
    }
    text->offset += taken;
    bytes -= taken;
    if (text->offset == text->parts->iov_len && text->count > 1) {
      text->parts++;
      text->count--;
      text->offset = 0;
    }
  }
  return count;
}

static uint16_t read16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, sizeof value);
  return ntohs(value);
}

static void write16(uint8_t *at, uint16_t value) {
  value = htons(value);
  memcpy(at, &value, sizeof value);
}

static void add32(uint8_t *at, uint32_t more) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  value = htonl(ntohl(value) + more);
  memcpy(at, &value, sizeof value);
}

/* The headers of segment `n`, `length` bytes of text from `at` on, out of those of the whole, which has `total` bytes of it. */
static void address(uint8_t *headers, const struct virtio_net_hdr *wanted, size_t n, size_t at, size_t length, size_t total) {
  uint8_t *tcp = headers + wanted->csum_start;
  size_t tcp_header = wanted->hdr_len - wanted->csum_start;
  uint32_t sum = read16(tcp + TCP_CHECKSUM);
  if (headers[0] >> 4 == 6) {
    write16(headers + 4, (uint16_t)(wanted->hdr_len - IPV6_HEADER + length));
  } else {
    struct iovec ip = {headers, wanted->csum_start};
    uint16_t checksum;
    write16(headers + 2, (uint16_t)(wanted->hdr_len + length));
    write16(headers + 4, (uint16_t)(read16(headers + 4) + n));
    memset(headers + IPV4_CHECKSUM, 0, sizeof checksum);
    checksum = checksum_of(&ip, 1, 0);
    memcpy(headers + IPV4_CHECKSUM, &checksum, sizeof checksum);
  }
  add32(tcp + TCP_SEQUENCE, (uint32_t)at);
  if (n > 0) tcp[TCP_FLAGS] &= (uint8_t)~CWR;
  if (at + length < total) tcp[TCP_FLAGS] &= (uint8_t)~(FIN | PSH);
  /* So far the checksum is the sum of the pseudo-header, which has the length of the whole. */
  sum += (uint16_t)~(tcp_header + total) + (uint32_t)(tcp_header + length);
  write16(tcp + TCP_CHECKSUM, checksum_fold(sum));
}

/*
 * Writes a super-segment: `count` parts, the first of which begins with all the headers, to be cut as `wanted` says. Returns an
 * errno when one of its segments was refused; the others are on their way all the same.
 */
int write_segments(int fd, const struct iovec *parts, int count, const struct virtio_net_hdr *wanted) {
  struct text text = {parts, count, wanted->hdr_len};
  uint8_t headers[LONGEST_HEADERS];
  struct iovec out[1 + PACKET_PARTS];
  size_t total = 0;
  int refused = 0;
  if (wanted->hdr_len > LONGEST_HEADERS || wanted->hdr_len > parts[0].iov_len || count > PACKET_PARTS) return EINVAL;
  for (int i = 0; i < count; i++) total += parts[i].iov_len;
  total -= wanted->hdr_len;
  for (size_t n = 0, at = 0; at < total; n++) {
    size_t length = total - at < wanted->gso_size ? total - at : wanted->gso_size;
    uint16_t checksum;
    int pieces, error;
    memcpy(headers, parts[0].iov_base, wanted->hdr_len);
    address(headers, wanted, n, at, length, total);
    out[0].iov_base = headers;
    out[0].iov_len = wanted->hdr_len;
    pieces = take(&text, length, out + 1);
    checksum = checksum_of(out, 1 + pieces, wanted->csum_start);
    memcpy(headers + wanted->csum_start + TCP_CHECKSUM, &checksum, sizeof checksum);
    error = write_parts(fd, out, 1 + pieces);
    if (error != 0) refused = error;
    at += length;
  }
  return refused;
}
