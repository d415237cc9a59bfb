// One connection that carries as much as it can, and the check that it carries the right bytes.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

enum { DISCARD = 9, CHARGEN = 19, ECHO = 7 };

static int call(const struct settings *s, int port) {
  int fd = dial(s, port, 0, 1);
  if (fd < 0) fail("connect");
  return fd;
}

// Until the server has read everything and closed: what it says to have read must be what was sent.
static void settle(int fd, uint64_t sent) {
  char text[32];
  size_t length = 0;
  if (shutdown(fd, SHUT_WR) < 0) fail("shutdown");
  for (ssize_t n; (n = read(fd, text + length, sizeof text - 1 - length)) != 0; length += n)
    if (n < 0) fail("upload: no orderly end");
  text[length] = 0;
  if (length > 0 && strtoull(text, NULL, 10) != sent) {
    errno = EBADMSG;
    fail("upload: the server has not read what was sent");
  }
}

void upload(const struct settings *s) {
  int fd = call(s, DISCARD);
  uint64_t sent = 0;
  struct span start = begin(s);
  while (now() - start.seconds < s->seconds) {
    ssize_t n = write(fd, pattern, BLOCK);
    if (n < 0) fail("upload");
    sent += n;
  }
  settle(fd, sent);
  struct span span = since(s, start);
  printf("{\"bytes\":%llu,", (unsigned long long)sent);
  print_span(span);
  puts("}");
}

// Reads for so many seconds; compares when told to. Returns the bytes.
static uint64_t drain(int fd, double start, double seconds, int check) {
  static uint8_t block[BLOCK];
  uint64_t received = 0;
  while (now() - start < seconds) {
    ssize_t n = read(fd, block, BLOCK);
    if (n <= 0) fail("download");
    if (check && memcmp(block, pattern + received % PERIOD, n) != 0) {
      errno = EBADMSG;
      fail("download: wrong bytes");
    }
    received += n;
  }
  return received;
}

void download(const struct settings *s) {
  int fd = call(s, CHARGEN);
  struct span start = begin(s);
  uint64_t received = drain(fd, start.seconds, s->seconds, 0);
  struct span span = since(s, start);
  printf("{\"bytes\":%llu,", (unsigned long long)received);
  print_span(span);
  puts("}");
}

// Bytes that came back, 64 KB at a time, must be those that were sent.
static void check_echo(const struct settings *s) {
  enum { SOME = 65536 };
  static uint8_t back[SOME];
  int fd = call(s, ECHO);
  uint64_t offset = 0;
  for (double start = now(); now() - start < s->seconds; offset += SOME) {
    const uint8_t *there = pattern + offset % PERIOD;
    for (size_t sent = 0; sent < SOME;) {
      ssize_t n = write(fd, there + sent, SOME - sent);
      if (n < 0) fail("echo");
      sent += n;
    }
    for (size_t received = 0; received < SOME;) {
      ssize_t n = read(fd, back + received, SOME - received);
      if (n <= 0) fail("echo");
      received += n;
    }
    if (memcmp(there, back, SOME) != 0) {
      errno = EBADMSG;
      fail("echo: wrong bytes");
    }
  }
  close(fd);
}

void verify(const struct settings *s) {
  int fd = call(s, CHARGEN);
  drain(fd, now(), s->seconds, 1);
  close(fd);
  check_echo(s);
  upload(s);
}
