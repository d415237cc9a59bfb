/* The Internet checksum (RFC 1071) of TCP segments, where the device neither verifies nor completes it. */
#include "tun.h"

#include <arpa/inet.h>
#include <string.h>

/* Two sums of 64 bits, which every machine that we compile for adds at once. */
typedef uint64_t pair __attribute__((vector_size(16)));
#define LOW_HALVES 0xffffffff

/*
 * One's complement sums do not depend on byte order (section 2(B)), nor on how many words are added at a time (2(C)): the
 * halves of 64 bits each into a sum of their own, whose carries have room above them; 32 bytes in a step.
 */
static uint64_t add(uint64_t sum, const uint8_t *bytes, size_t length) {
  pair low[2] = {{0}}, high[2] = {{0}}, words[2];
  uint32_t word;
  for (; length >= sizeof words; bytes += sizeof words, length -= sizeof words) {
    memcpy(words, bytes, sizeof words);
    low[0] += words[0] & LOW_HALVES;
    high[0] += words[0] >> 32;
    low[1] += words[1] & LOW_HALVES;
    high[1] += words[1] >> 32;
  }
  low[0] += low[1] + high[0] + high[1];
  sum += low[0][0] + low[0][1];
  for (; length >= sizeof word; bytes += sizeof word, length -= sizeof word) {
    memcpy(&word, bytes, sizeof word);
    sum += word;
  }
  word = 0;
  memcpy(&word, bytes, length);
  return sum + word;
}

/* A sum of 16 bits whose carries have been added. */
uint16_t checksum_fold(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}

static uint16_t swap(uint16_t sum) { return (uint16_t)(sum << 8 | sum >> 8); }

/* True of a whole TCP segment with a right checksum; of all else somebody else has to think. */
bool checksum_verified(const uint8_t *packet, size_t length) {
  size_t header, total;
  uint64_t sum;
  uint8_t protocol;
  header = ip_header_length(packet, length, &protocol);
  if (header == 0 || protocol != PROTOCOL_TCP) return false;
  /* The pseudo-header: addresses, protocol, length. */
  if (header == IPV6_HEADER && packet[0] >> 4 == 6) {
    total = IPV6_HEADER + ((size_t)packet[4] << 8 | packet[5]);
    sum = add(0, packet + 8, 32);
  } else {
    total = (size_t)packet[2] << 8 | packet[3];
    /* With options there may be a source route, and then another destination; fragments are not whole. */
    if (header != IPV4_HEADER || ((packet[6] << 8 | packet[7]) & 0x3fff) != 0) return false;
    sum = add(0, packet + 12, 8);
  }
  if (total > length || total < header + TCP_HEADER) return false;
  sum += htons(PROTOCOL_TCP) + htons((uint16_t)(total - header));
  return checksum_fold(add(sum, packet + header, total - header)) == 0xffff;
}

/* The checksum, in network order, of what is in the parts behind the first `skip` bytes, all of them in the first part. */
uint16_t checksum_of(const struct iovec *parts, int count, size_t skip) {
  uint64_t sum = 0;
  bool odd = false;
  for (int i = 0; i < count; i++, skip = 0) {
    size_t length = parts[i].iov_len - skip;
    uint16_t part = checksum_fold(add(0, (const uint8_t *)parts[i].iov_base + skip, length));
    /* A part that begins at an odd place has its bytes in the other halves. */
    sum += odd ? swap(part) : part;
    if (length & 1) odd = !odd;
  }
  return (uint16_t)~checksum_fold(sum);
}
