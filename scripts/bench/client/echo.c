// One byte there and back: how long it takes, and whether a server is there at all.
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client.h"

enum { ECHO = 7 };

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

void ready(const struct settings *s) {
  for (double start = now(); now() - start < s->seconds; usleep(50000)) {
    int fd = dial(s, ECHO, 0, 1);
    if (fd < 0) continue;
    struct timeval patience = {.tv_sec = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int answered = there_and_back(fd);
    close(fd);
    if (answered) {
      puts("{}");
      return;
    }
  }
  fail("no echo on port 7");
}
