/* Opens wires and doors: connect(), listen(), accept(), with the options of a command. */
#include "lab-actor.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wire wires[MOST];
struct door doors[MOST];
static int accepted;

struct wire *wire_of(int number) {
  int i;
  for (i = 0; i < MOST; i++)
    if (wires[i].used && wires[i].number == number) return &wires[i];
  return NULL;
}

static struct wire *new_wire(int number, int fd, const char *options) {
  int i;
  for (i = 0; i < MOST; i++)
    if (!wires[i].used) {
      struct wire *w = &wires[i];
      memset(w, 0, sizeof *w);
      w->used = true;
      w->number = number;
      w->fd = fd;
      w->second = w->marker = -1;
      w->reading = atoi(word(options, "reading") ? word(options, "reading") : "1");
      w->closes_at_end = atoi(word(options, "closesAtEnd") ? word(options, "closesAtEnd") : "0");
      return w;
    }
  close(fd);
  return NULL;
}

void find_ports(struct wire *w) {
  struct endpoint e = {.size = sizeof e.at};
  if (getsockname(w->fd, &e.at.any, &e.size) == 0) w->local = ntohs(e.at.in.sin_port);
  e.size = sizeof e.at;
  if (getpeername(w->fd, &e.at.any, &e.size) == 0) w->remote = ntohs(e.at.in.sin_port);
}

static int set_options(int fd, const char *options) {
  int on = 1, value;
  const char *congestion = word(options, "congestionControl");
  if ((value = number(options, "receiveBuffer", 0)) > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof value);
  if (congestion != NULL && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, strlen(congestion)) < 0)
    return errno;
  if (number(options, "keepAlive", 0)) {
    int idle = number(options, "keepAliveIdle", 7200), interval = number(options, "keepAliveInterval", 75);
    int count = number(options, "keepAliveCount", 9);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
  }
  return 0;
}

int open_door(const char *line) {
  struct endpoint self = endpoint_of(word(line, "address"), number(line, "port", 0));
  int on = 1, error, i, fd = socket(self.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  if (number(line, "reuseAddress", 1)) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  error = set_options(fd, line);
  if (error == 0 && (bind(fd, &self.at.any, self.size) < 0 || listen(fd, 512) < 0)) error = errno;
  for (i = 0; error == 0 && i < MOST; i++)
    if (!doors[i].used) {
      doors[i].used = true;
      doors[i].number = number(line, "door", 0);
      doors[i].fd = fd;
      snprintf(doors[i].options, LINE, "%.*s", LINE - 1, line);
      return 0;
    }
  close(fd);
  return error == 0 ? EMFILE : error;
}

int close_door(int which) {
  int i;
  for (i = 0; i < MOST; i++)
    if (doors[i].used && doors[i].number == which) {
      close(doors[i].fd);
      doors[i].used = false;
    }
  return 0;
}

int open_wire(const char *line) {
  struct endpoint peer = endpoint_of(word(line, "address"), number(line, "port", 0));
  int on = 1, error, fd = socket(peer.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int local_port = number(line, "localPort", 0);
  struct wire *w;
  if (fd < 0) return errno;
  error = set_options(fd, line);
  if (error == 0 && local_port != 0) {
    struct endpoint self = endpoint_of(peer.at.any.sa_family == AF_INET6 ? "::" : NULL, local_port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &self.at.any, self.size) < 0) error = errno;
  }
  if (error == 0 && connect(fd, &peer.at.any, peer.size) < 0 && errno != EINPROGRESS) error = errno;
  if (error != 0) {
    close(fd);
    return error;
  }
  w = new_wire(number(line, "wire", 0), fd, line);
  if (w == NULL) return EMFILE;
  w->connecting = true;
  find_ports(w);
  w->remote = ntohs(peer.at.in.sin_port);
  tell(w, "port");
  return 0;
}

void acceptable(struct door *d) {
  struct wire *w;
  int fd = accept4(d->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0 || (w = new_wire(--accepted, fd, d->options)) == NULL) return;
  find_ports(w);
  printf("{\"event\":\"accepted\",\"door\":%d,\"wire\":%d,\"port\":%d}\n", d->number, w->number, w->local);
}
