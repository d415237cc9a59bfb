// Many connections: opened and closed as fast as they go, and open with nothing to say.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

enum { ECHO = 7, EVENTS = 256 };
enum phase { FREE, OPENING, ASKED, CLOSING, OPEN, LOST };

struct caller {
  int fd;
  enum phase phase;
  double since;
};

static int epoll = -1;

static void watch(struct caller *caller, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = caller};
  if (epoll_ctl(epoll, operation, caller->fd, &event) < 0) fail("epoll_ctl");
}

static void hang_up(struct caller *caller, enum phase phase) {
  if (caller->fd >= 0) close(caller->fd);
  caller->fd = -1;
  caller->phase = phase;
}

static void start_call(const struct settings *s, struct caller *caller, int n) {
  caller->since = now();
  caller->fd = dial(s, ECHO, n, 0);
  caller->phase = caller->fd < 0 ? LOST : OPENING;
  if (caller->fd >= 0) watch(caller, EPOLL_CTL_ADD, EPOLLOUT);
}

static void ask(struct caller *caller, int operation) {
  if (write(caller->fd, "x", 1) != 1) {
    hang_up(caller, LOST);
    return;
  }
  caller->phase = ASKED;
  watch(caller, operation, EPOLLIN);
}

// The next step on a connection that something has happened on; `stay`: the answer is the end of it for now.
static void advance(struct caller *caller, int stay) {
  char byte;
  switch (caller->phase) {
    case OPENING:
      ask(caller, EPOLL_CTL_MOD);
      break;
    case ASKED:
      if (read(caller->fd, &byte, 1) != 1) hang_up(caller, LOST);
      else if (stay) {
        caller->phase = OPEN;
        watch(caller, EPOLL_CTL_DEL, 0);
      } else {
        caller->phase = CLOSING;
        shutdown(caller->fd, SHUT_WR);
      }
      break;
    case CLOSING:
      // An orderly end, not a reset.
      hang_up(caller, read(caller->fd, &byte, 1) == 0 ? FREE : LOST);
      break;
    default:
      break;
  }
}

void connects(const struct settings *s) {
  struct samples samples = {0};
  struct epoll_event events[EVENTS];
  struct caller *callers = calloc(s->at_once, sizeof *callers);
  long opened = 0, lost = 0;
  epoll = epoll_create1(0);
  struct span start = begin(s);
  for (int i = 0; i < s->at_once; i++) start_call(s, &callers[i], opened++);
  while (now() - start.seconds < s->seconds) {
    int count = epoll_wait(epoll, events, EVENTS, 100);
    for (int i = 0; i < count; i++) {
      struct caller *caller = events[i].data.ptr;
      advance(caller, 0);
      if (caller->phase == FREE) add_sample(&samples, (now() - caller->since) * 1e6);
      if (caller->phase == LOST) lost++;
      if (caller->phase == FREE || caller->phase == LOST) start_call(s, caller, opened++);
    }
  }
  struct span span = since(s, start);
  printf("{\"count\":%zu,\"lost\":%ld,\"p50\":%.2f,\"p99\":%.2f,", samples.count, lost, quantile(&samples, 0.5),
         quantile(&samples, 0.99));
  print_span(span);
  puts("}");
}

// Brings all from one phase through ASKED to OPEN, `at_once` at a time; returns how many got there.
static int round_of(const struct settings *s, struct caller *callers, enum phase from) {
  struct epoll_event events[EVENTS];
  int next = 0, under_way = 0, open = 0;
  double progress = now();
  while ((next < s->connections || under_way > 0) && now() - progress < 10) {
    for (; next < s->connections && under_way < s->at_once; next++) {
      struct caller *caller = &callers[next];
      if (caller->phase != from) continue;
      if (from == FREE) start_call(s, caller, next);
      else ask(caller, EPOLL_CTL_ADD);
      if (caller->phase != LOST) under_way++;
    }
    int count = epoll_wait(epoll, events, EVENTS, 100);
    if (count > 0) progress = now();
    for (int i = 0; i < count; i++) {
      struct caller *caller = events[i].data.ptr;
      advance(caller, 1);
      if (caller->phase == OPEN) open++;
      if (caller->phase == OPEN || caller->phase == LOST) under_way--;
    }
  }
  return open;
}

void idle(const struct settings *s) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
  struct caller *callers = calloc(s->connections, sizeof *callers);
  for (int i = 0; i < s->connections; i++) callers[i].fd = -1;
  epoll = epoll_create1(0);
  struct span start = begin(s);
  int opened = round_of(s, callers, FREE);
  struct span span = since(s, start);
  printf("{\"count\":%d,", opened);
  print_span(span);
  puts("}");
  fflush(stdout);
  // Whoever started us looks at the memory now, and then lets us go on.
  getchar();
  printf("{\"survived\":%d}\n", round_of(s, callers, OPEN));
  for (int i = 0; i < s->connections; i++) hang_up(&callers[i], FREE);
}
