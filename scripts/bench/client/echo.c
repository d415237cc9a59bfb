// One byte there and back: how long it takes, and whether a server is there at all.
#include <poll.h>
#include <unistd.h>

#include "client.h"

enum { ECHO = 7, PATIENCE = 1000 };

static int there_and_back(int fd) {
  char byte = 'x';
  return write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1;
}

void echo(const struct settings *s) {
  struct samples samples = {0};
  int fd = dial(s, ECHO, 0, 1);
  if (fd < 0) fail("connect");
  struct span start = begin(s);
  for (double before = start.seconds; before - start.seconds < s->seconds;) {
    if (!there_and_back(fd)) fail("echo");
    double after = now();
    add_sample(&samples, (after - before) * 1e6);
    before = after;
  }
  struct span span = since(s, start);
  printf("{\"count\":%zu,\"p50\":%.2f,\"p99\":%.2f,", samples.count, quantile(&samples, 0.5),
         quantile(&samples, 0.99));
  print_span(span);
  puts("}");
}

static int wait_for(int fd, short events) {
  struct pollfd waiting = {fd, events, 0};
  return poll(&waiting, 1, PATIENCE) == 1;
}

// Without blocking: where nobody reads the device, a SYN is sent again for two minutes.
static int answers(const struct settings *s) {
  char byte = 'x';
  int fd = dial(s, ECHO, 0, 0);
  if (fd < 0) return 0;
  int answered =
      wait_for(fd, POLLOUT) && write(fd, &byte, 1) == 1 && wait_for(fd, POLLIN) && read(fd, &byte, 1) == 1;
  close(fd);
  return answered;
}

void ready(const struct settings *s) {
  for (double start = now(); now() - start < s->seconds; usleep(50000))
    if (answers(s)) {
      puts("{}");
      return;
    }
  puts("{\"error\":\"no echo on port 7\"}");
}
