// Requests one after the other over connections that stay open: for where there is no wrk.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client.h"

enum { HTTP = 80, LARGEST = 16384, EVENTS = 256 };

struct visitor {
  int fd;
  double since;
  size_t length;
  char answer[LARGEST + 1];
};

static const char REQUEST[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";

static void request(struct visitor *v) {
  v->length = 0;
  v->since = now();
  if (write(v->fd, REQUEST, sizeof REQUEST - 1) != sizeof REQUEST - 1) fail("request");
}

// True when the whole answer is there: a header with a content-length, and so many bytes.
static int complete(struct visitor *v) {
  v->answer[v->length] = 0;
  char *body = strstr(v->answer, "\r\n\r\n");
  if (body == NULL) return 0;
  char *length = strcasestr(v->answer, "content-length:");
  if (strncmp(v->answer, "HTTP/1.1 200", 12) != 0 || length == NULL || length > body) {
    errno = EBADMSG;
    fail("answer");
  }
  return v->length >= body + 4 - v->answer + strtoul(length + 15, NULL, 10);
}

void http(const struct settings *s) {
  struct samples samples = {0};
  struct epoll_event events[EVENTS];
  struct visitor *visitors = calloc(s->connections, sizeof *visitors);
  int epoll = epoll_create1(0);
  for (int i = 0; i < s->connections; i++) {
    visitors[i].fd = dial(s, HTTP, i, 1);
    if (visitors[i].fd < 0) fail("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &visitors[i]};
    epoll_ctl(epoll, EPOLL_CTL_ADD, visitors[i].fd, &event);
  }
  struct span start = begin(s);
  for (int i = 0; i < s->connections; i++) request(&visitors[i]);
  while (now() - start.seconds < s->seconds) {
    int count = epoll_wait(epoll, events, EVENTS, 100);
    for (int i = 0; i < count; i++) {
      struct visitor *v = events[i].data.ptr;
      ssize_t n = read(v->fd, v->answer + v->length, LARGEST - v->length);
      if (n <= 0) fail("answer");
      v->length += n;
      if (!complete(v)) continue;
      add_sample(&samples, (now() - v->since) * 1e6);
      request(v);
    }
  }
  struct span span = since(s, start);
  printf("{\"count\":%zu,\"p50\":%.2f,\"p99\":%.2f,", samples.count, quantile(&samples, 0.5),
         quantile(&samples, 0.99));
  print_span(span);
  puts("}");
}
