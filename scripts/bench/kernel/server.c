// server ADDRESS   echo, discard and a pattern on the kernel's sockets: what a server costs that is little more than TCP itself.
//
// One thread around one epoll. Ports and services are those of services.js; a connection goes away when its peer has ended and
// everything owed to it is sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ECHO = 7, DISCARD = 9, CHARGEN = 19 };
// The i-th byte of the pattern is i mod PERIOD; as much is sent at once as services.js does.
enum { PERIOD = 251, BLOCK = PERIOD * 1044, BACKLOG = 4096, EVENTS = 256 };

struct socket {
  int fd, port;
  int listens;
  uint64_t bytes;      // read by discard, sent by chargen
  uint32_t interest;   // what epoll watches
  char *owed;          // what echo has yet to send back
  size_t owed_bytes;
};

static int queue;
static char block[BLOCK], pattern[BLOCK + PERIOD];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void watch(struct socket *s, uint32_t interest) {
  struct epoll_event event = {.events = interest, .data = {.ptr = s}};
  if (s->interest == interest) return;
  if (epoll_ctl(queue, s->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, s->fd, &event) < 0) fail("epoll_ctl");
  s->interest = interest;
}

static void forget(struct socket *s) {
  close(s->fd);
  free(s->owed);
  free(s);
}

static void add(int fd, int port, int listens) {
  struct socket *s = calloc(1, sizeof *s);
  if (s == NULL) fail("calloc");
  s->fd = fd;
  s->port = port;
  s->listens = listens;
  watch(s, port == CHARGEN && !listens ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void start(const char *address, int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (inet_pton(AF_INET, address, &at.sin_addr) != 1) {
    fputs("usage: server ADDRESS\n", stderr);
    exit(2);
  }
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, BACKLOG) < 0) fail("listen");
  add(fd, port, 1);
}

static void accept_all(const struct socket *listener) {
  for (int fd, on = 1; (fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    add(fd, listener->port, 0);
  }
}

// As much of it as the socket takes; -1 when the connection is gone.
static ssize_t give(const struct socket *s, const char *bytes, size_t length) {
  ssize_t n = send(s->fd, bytes, length, MSG_NOSIGNAL);
  return n < 0 && errno == EAGAIN ? 0 : n;
}

// The services return 0 when the connection is over.

static int echo(struct socket *s, const char *bytes, size_t length) {
  ssize_t sent = give(s, bytes, length);
  if (sent < 0) return 0;
  if ((size_t)sent < length) {
    s->owed_bytes = length - sent;
    s->owed = malloc(s->owed_bytes);
    if (s->owed == NULL) return 0;
    memcpy(s->owed, bytes + sent, s->owed_bytes);
    // Nothing more is read before that is gone.
    watch(s, EPOLLOUT);
  }
  return 1;
}

static int pay(struct socket *s) {
  ssize_t sent = give(s, s->owed, s->owed_bytes);
  if (sent < 0) return 0;
  s->owed_bytes -= sent;
  memmove(s->owed, s->owed + sent, s->owed_bytes);
  if (s->owed_bytes > 0) return 1;
  free(s->owed);
  s->owed = NULL;
  watch(s, EPOLLIN);
  return 1;
}

static int fill(struct socket *s) {
  // Others have their turn after a few blocks.
  for (int i = 0; i < 16; i++) {
    ssize_t sent = give(s, pattern + s->bytes % PERIOD, BLOCK);
    if (sent < 0) return 0;
    s->bytes += sent;
    if (sent < BLOCK) return 1;
  }
  return 1;
}

static int take(struct socket *s) {
  ssize_t n = recv(s->fd, block, sizeof block, 0);
  if (n < 0) return errno == EAGAIN;
  if (n > 0) {
    if (s->port == DISCARD) s->bytes += n;
    return s->port == ECHO ? echo(s, block, n) : 1;
  }
  if (s->port == DISCARD) {
    char text[32];
    give(s, text, sprintf(text, "%llu\n", (unsigned long long)s->bytes));
  }
  return 0;
}

static int serve(struct socket *s, uint32_t events) {
  if (events & EPOLLOUT) {
    if (s->owed != NULL ? !pay(s) : s->port == CHARGEN && !fill(s)) return 0;
  }
  return events & (EPOLLIN | EPOLLHUP | EPOLLERR) && s->owed == NULL ? take(s) : 1;
}

int main(int count, char **words) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  for (int i = 0; i < BLOCK + PERIOD; i++) pattern[i] = i % PERIOD;
  queue = epoll_create1(0);
  const char *address = count > 1 ? words[1] : "";
  start(address, ECHO);
  start(address, DISCARD);
  start(address, CHARGEN);
  for (;;) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(queue, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      struct socket *s = events[i].data.ptr;
      if (s->listens) accept_all(s);
      else if (!serve(s, events[i].events)) forget(s);
    }
  }
}
